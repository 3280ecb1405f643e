import { describe, expect, test } from "vitest";
import { AzureError } from "../../../../src/platform/http/azure-error.ts";
import { parseAlertId } from "../../../../src/sources/azure-monitor/alert-id.ts";
import type { AlertsClient } from "../../../../src/sources/azure-monitor/azure-failure.ts";
import {
  type AlertPage,
  AzureReadError,
  createAlertReader,
  PAGES_MAX,
} from "../../../../src/sources/azure-monitor/read.ts";
import { readEvent } from "../../../../src/sources/azure-monitor/read-event.ts";
import { DEFAULT_SEVERITY_MAP } from "../../../../src/sources/azure-monitor/severity.ts";
import { toEvent } from "../../../../src/sources/azure-monitor/to-event.ts";
import { ALERT_ID, buildAlert, buildBody, GUID, SUBSCRIPTION } from "./event-builder.ts";

interface Call {
  path: string;
  query: Record<string, unknown>;
}

/** Answers each call with the next of `answers`: a body, or an error to throw. */
function fakeClient(answers: unknown[]): AlertsClient & { calls: Call[] } {
  const calls: Call[] = [];
  const next = (path: string, query: Record<string, unknown> = {}) => {
    calls.push({ path, query });
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return { status: 200, body: answer, retryAfterSeconds: null, requestId: null };
  };
  return {
    calls,
    get: async (path, query) => next(path, { ...query }),
    post: async (path, query) => next(path, { ...query }),
    getNextLink: async (url) => next(url),
  };
}

async function pagesOf(client: AlertsClient, sinceMs: number | null = null): Promise<AlertPage[]> {
  const pages: AlertPage[] = [];
  const reader = createAlertReader({ client, severityMap: DEFAULT_SEVERITY_MAP });
  for await (const page of reader.listChanged({ subscriptionId: SUBSCRIPTION, sinceMs })) pages.push(page);
  return pages;
}

const modifiedAt = (time: string) => buildAlert({ lastModifiedDateTime: time });
const page = (items: unknown[], nextLink?: string) => ({ value: items, nextLink });
const PARTS = parseAlertId(ALERT_ID)!;

describe("listing what changed", () => {
  test("asks one subscription for the newest modifications of all that Azure keeps", async () => {
    const client = fakeClient([page([buildAlert()])]);
    await pagesOf(client);
    expect(client.calls).toEqual([
      {
        path: `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.AlertsManagement/alerts`,
        query: {
          "api-version": "2019-05-05-preview",
          timeRange: "30d",
          pageCount: 250,
          includeContext: false,
          sortBy: "lastModifiedDateTime",
          sortOrder: "desc",
        },
      },
    ]);
  });

  test("follows pages until one is wholly older than asked for", async () => {
    const client = fakeClient([
      page([modifiedAt("2026-11-24T10:00:00Z"), modifiedAt("2026-11-24T08:00:00Z")], "https://arm/1"),
      page([modifiedAt("2026-11-24T07:00:00Z")], "https://arm/2"),
    ]);
    const pages = await pagesOf(client, Date.parse("2026-11-24T09:00:00Z"));
    expect(pages.map(({ events }) => events.length)).toEqual([1, 0]);
    expect(client.calls.map(({ path }) => path).slice(1)).toEqual(["https://arm/1"]);
  });

  test("reads again what was modified shortly before", async () => {
    const client = fakeClient([page([modifiedAt("2026-11-24T08:59:00Z"), modifiedAt("2026-11-24T08:57:00Z")])]);
    const [only] = await pagesOf(client, Date.parse("2026-11-24T09:00:00Z"));
    expect(only?.events).toHaveLength(1);
  });

  test("reports a bad item and goes on with the others", async () => {
    const client = fakeClient([page([null, { id: ALERT_ID }, buildAlert()])]);
    const [only] = await pagesOf(client);
    expect(only?.problems).toHaveLength(2);
    expect(only?.problems[1]).toContain(ALERT_ID);
    expect(only?.events).toHaveLength(1);
  });

  test("ends when a next link comes twice or pages never end (threats L5)", async () => {
    const circle = fakeClient([page([], "https://arm/1"), page([], "https://arm/1")]);
    await expect(pagesOf(circle)).rejects.toThrow("circle");
    const endless = fakeClient(Array.from({ length: PAGES_MAX + 1 }, (_, index) => page([], `https://arm/${index}`)));
    await expect(pagesOf(endless)).rejects.toThrow("1000 pages");
    expect(endless.calls).toHaveLength(PAGES_MAX);
  });

  test("fails with what to do when the role is missing", async () => {
    const client = fakeClient([new AzureError("AuthorizationFailed", "no", { status: 403 })]);
    const error = await pagesOf(client).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AzureReadError);
    expect((error as AzureReadError).failure).toMatchObject({ kind: "refused", code: "AuthorizationFailed" });
    expect((error as AzureReadError).message).toContain("Microsoft.AlertsManagement/alerts/read");
    expect((error as AzureReadError).message).toContain(`/subscriptions/${SUBSCRIPTION}`);
  });

  test("passes on how long Azure wants to be left alone", async () => {
    const client = fakeClient([
      new AzureError("TooManyRequests", "", { status: 429, retryAfterSeconds: 17, retryable: true }),
    ]);
    await expect(pagesOf(client)).rejects.toMatchObject({ failure: { kind: "retry", retryAfterSeconds: 17 } });
  });

  test("does not take an answer without a list for an empty one", async () => {
    await expect(pagesOf(fakeClient([{}]))).rejects.toThrow("no list");
    await expect(pagesOf(fakeClient([null]))).rejects.toThrow("no list");
  });
});

describe("reading one alert", () => {
  test("asks by parsed parts, at the subscription", async () => {
    const client = fakeClient([buildAlert()]);
    const event = await createAlertReader({ client, severityMap: DEFAULT_SEVERITY_MAP }).get(PARTS);
    expect(event?.nativeId).toBe(GUID);
    expect(client.calls[0]?.path).toBe(ALERT_ID);
  });

  test("is null when Azure does not know it", async () => {
    const client = fakeClient([new AzureError("AlertNotFound", "", { status: 404 })]);
    expect(await createAlertReader({ client, severityMap: DEFAULT_SEVERITY_MAP }).get(PARTS)).toBeNull();
  });

  test("is a failure, not an absence, when the subscription is unknown", async () => {
    const client = fakeClient([new AzureError("SubscriptionNotFound", "", { status: 404 })]);
    const reading = createAlertReader({ client, severityMap: DEFAULT_SEVERITY_MAP }).get(PARTS);
    await expect(reading).rejects.toMatchObject({ failure: { kind: "refused", code: "SubscriptionNotFound" } });
  });
});

describe("an alert as read", () => {
  const read = (item: unknown) => {
    const event = readEvent(item, DEFAULT_SEVERITY_MAP);
    if ("problem" in event) throw new Error(event.problem);
    return event;
  };

  test("carries Azure's user response, times and names", () => {
    expect(read(buildAlert({ alertState: "Acknowledged", lastModifiedUserName: "ana@contoso.com" }))).toMatchObject({
      via: "poll",
      schema: "read",
      rule: "cpu-high",
      title: "cpu-high",
      sourceState: "Acknowledged",
      modifiedBy: "ana@contoso.com",
      modifiedAt: Date.parse("2026-11-24T08:00:05Z"),
      firedAt: Date.parse("2026-11-24T08:00:00.123Z"),
      suppressed: false,
    });
  });

  test("has the identity, title, severity and fired time that its push has", () => {
    const pushed = toEvent(buildBody(), { via: "entra", severityMap: DEFAULT_SEVERITY_MAP });
    const { nativeId, title, rule, severity, sourceSeverity, firedAt, condition } = read(buildAlert());
    expect(pushed).toMatchObject({ nativeId, title, rule, severity, sourceSeverity, firedAt, condition });
  });

  test("is called by its name when the rule is an address of the old portal", () => {
    expect(read(buildAlert({ alertRule: "https://x.portal.mms.microsoft.com/#Workspace" })).title).toBe("cpu alert");
  });

  test("tolerates unknown words and missing members", () => {
    const event = read(
      buildAlert({ alertState: "Snoozed", monitorCondition: "Flapping", severity: "Sev7", startDateTime: null }),
    );
    expect(event).toMatchObject({
      sourceState: null,
      condition: "fired",
      severity: "high",
      sourceSeverity: "Sev7",
      firedAt: null,
    });
    expect(read({ id: ALERT_ID, properties: { essentials: {} } })).toMatchObject({
      nativeId: GUID,
      title: "Azure Monitor alert",
    });
  });

  test("is suppressed only when Azure says so", () => {
    expect(read(buildAlert({ actionStatus: { isSuppressed: true } })).suppressed).toBe(true);
    expect(read(buildAlert({ actionStatus: null })).suppressed).toBe(false);
  });

  test("has a resolved time only with the condition", () => {
    const monitorConditionResolvedDateTime = "2026-11-24T09:00:00Z";
    expect(read(buildAlert({ monitorConditionResolvedDateTime })).resolvedAt).toBeNull();
    expect(read(buildAlert({ monitorConditionResolvedDateTime, monitorCondition: "Resolved" })).resolvedAt).toBe(
      Date.parse(monitorConditionResolvedDateTime),
    );
  });
});
