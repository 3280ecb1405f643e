import { describe, expect, test } from "vitest";
import { AzureError } from "../../../../src/platform/http/azure-error.ts";
import { parseAlertId } from "../../../../src/sources/azure-monitor/alert-id.ts";
import type { AlertsClient } from "../../../../src/sources/azure-monitor/azure-failure.ts";
import { DEFAULT_SEVERITY_MAP } from "../../../../src/sources/azure-monitor/severity.ts";
import { changeState } from "../../../../src/sources/azure-monitor/write.ts";
import { ALERT_ID, buildAlert, GUID, SUBSCRIPTION } from "./event-builder.ts";

interface Sent {
  path: string;
  query: unknown;
  body: unknown;
}

function fakeClient(answers: unknown[]): AlertsClient & { sent: Sent[] } {
  const sent: Sent[] = [];
  const refuse = () => Promise.reject(new Error("writing reads nothing"));
  return {
    sent,
    get: refuse,
    getNextLink: refuse,
    post: async (path, query, body) => {
      sent.push({ path, query, body });
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return { status: 200, body: answer, retryAfterSeconds: null, requestId: null };
    },
  };
}

const RESOURCE_SCOPED = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers/X/y/z/providers/Microsoft.AlertsManagement/alerts/${GUID}`;

const change = (client: AlertsClient, id = ALERT_ID) =>
  changeState({
    client,
    alert: parseAlertId(id)!,
    newState: "Acknowledged",
    comment: "Taken by Ana. [watchbell 1]",
    severityMap: DEFAULT_SEVERITY_MAP,
  });

describe("changing an alert's state in Azure", () => {
  test("posts state and comment to the address made of parsed parts (threats I3)", async () => {
    const client = fakeClient([buildAlert({ alertState: "Acknowledged" })]);
    const outcome = await change(client, RESOURCE_SCOPED);
    expect(client.sent).toEqual([
      {
        path: `${ALERT_ID}/changestate`,
        query: { "api-version": "2025-05-25-preview", newState: "Acknowledged" },
        body: { comments: "Taken by Ana. [watchbell 1]" },
      },
    ]);
    expect(outcome).toMatchObject({ kind: "done", commentSent: true, event: { sourceState: "Acknowledged" } });
  });

  test("is done even when the answer cannot be read", async () => {
    expect(await change(fakeClient([null]))).toEqual({ kind: "done", event: null, commentSent: true });
  });

  test("goes without the comment where the cloud does not know the newer version", async () => {
    const client = fakeClient([new AzureError("NoRegisteredProviderFound", "", { status: 400 }), buildAlert()]);
    expect(await change(client)).toMatchObject({ kind: "done", commentSent: false });
    expect(client.sent[1]).toMatchObject({ query: { "api-version": "2019-05-05-preview" }, body: undefined });
  });

  test("ends when Azure has deleted the alert", async () => {
    expect(await change(fakeClient([new AzureError("AlertNotFound", "", { status: 404 })]))).toEqual({ kind: "gone" });
  });

  test("names the missing action and its scope when refused", async () => {
    const outcome = await change(fakeClient([new AzureError("AuthorizationFailed", "", { status: 403 })]));
    expect(outcome).toMatchObject({ kind: "refused", code: "AuthorizationFailed" });
    expect((outcome as { advice: string }).advice).toContain("Microsoft.AlertsManagement/alerts/changestate/action");
    expect((outcome as { advice: string }).advice).toContain(`/subscriptions/${SUBSCRIPTION}`);
  });

  test.each([
    [
      "throttling, as long as told",
      new AzureError("x", "", { status: 429, retryAfterSeconds: 30, retryable: true }),
      30,
    ],
    ["a server's failure", new AzureError("x", "", { status: 503, retryable: true }), null],
    ["a conflict", new AzureError("x", "", { status: 409 }), null],
    ["a lost answer", new AzureError("Timeout", "no answer", { retryable: true }), null],
  ])("is tried again after %s", async (_, error, retryAfterSeconds) => {
    expect(await change(fakeClient([error]))).toMatchObject({ kind: "retry", retryAfterSeconds });
  });

  test("is refused when the credential has expired or the token is not accepted", async () => {
    const expired = new AzureError("AADSTS7000222", "secret expired", { advice: "secret-expired" });
    expect(await change(fakeClient([expired]))).toMatchObject({ kind: "refused", code: "AADSTS7000222" });
    const unauthorized = new AzureError("InvalidAuthenticationToken", "", { status: 401, retryable: true });
    expect(await change(fakeClient([unauthorized]))).toMatchObject({ kind: "refused" });
  });

  test("does not hide a programmer's error", async () => {
    await expect(change(fakeClient([new TypeError("bug")]))).rejects.toThrow("bug");
  });
});
