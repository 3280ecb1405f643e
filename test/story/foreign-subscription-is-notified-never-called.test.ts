import { afterAll, beforeAll, expect, test } from "vitest";
import type { RequestLogEntry } from "../../src/sandbox/world.ts";
import { alertIdIn, pushBody } from "../support/push-body.ts";
import { startWatchbell, type Watchbell } from "../support/watchbell.ts";

/** Threats I3, I5: the list of subscriptions limits calls, never intake; ids are rebuilt from their parts. */
let watchbell: Watchbell;
beforeAll(async () => {
  watchbell = await startWatchbell();
});
afterAll(() => watchbell.dispose());

const FOREIGN = "00000000-0000-4000-8000-00000000000a";
const callsNaming = async (text: string) =>
  (await watchbell.sandboxApi<RequestLogEntry[]>("/sandbox/requests")).body.filter(({ path }) => path.includes(text));

test.each(["entra", "key"])(
  "pushed by %s: accepted and notified, nothing read or written, and it says so",
  async (via) => {
    const alertId = alertIdIn(FOREIGN);
    const body = pushBody({ alertId, rule: `foreign by ${via}` });
    const { status, body: answer } = await (via === "key" ? watchbell.push(body) : watchbell.pushSigned(body));
    expect(status).toBe(202);
    const id = answer.alertIds[0]!;
    await watchbell.notified(id);
    await watchbell.api(`/api/v1/alerts/${id}/acknowledge`, { method: "POST", body: {} });
    await watchbell.round();
    const alert = await watchbell.detail(id);
    expect(alert).toMatchObject({ state: "acknowledged", azure: { sync: "not-configured" } });
    expect(alert.timeline.map(({ text }) => text)).toContainEqual(
      expect.stringContaining("Subscription not configured"),
    );
    expect(await callsNaming(alertId.split("/").at(-1)!)).toEqual([]);
  },
);

test.each([
  "https://evil.example/subscriptions/x/providers/Microsoft.AlertsManagement/alerts/1",
  "//evil.example/alerts/1",
  "/subscriptions/../../etc/passwd",
  "/subscriptions/SUBSCRIPTION/providers/Microsoft.AlertsManagement/alerts/../../../secrets",
  "/subscriptions/SUBSCRIPTION/providers/Microsoft.AlertsManagement/alerts/GUID?x=1",
  "/subscriptions/SUBSCRIPTION/providers/Microsoft.AlertsManagement/alerts/GUID#x",
  "/subscriptions/SUBSCRIPTION/resourceGroups/%2e%2e/providers/Microsoft.AlertsManagement/alerts/GUID",
])("an alert id like %s is notified and never called", async (pattern) => {
  const alertId = pattern
    .replace("SUBSCRIPTION", watchbell.subscriptionId)
    .replace("GUID", "66114d64-d9d9-478b-95c9-b789d6502100");
  const before = (await callsNaming("/alerts/")).length;
  const { status, body } = await watchbell.push(pushBody({ alertId, rule: "steering" }));
  expect(status).toBe(202);
  const id = body.alertIds[0]!;
  await watchbell.notified(id);
  await watchbell.api(`/api/v1/alerts/${id}/close`, { method: "POST", body: {} });
  await watchbell.settle();
  expect((await callsNaming("/alerts/")).length).toBe(before);
  expect(await watchbell.detail(id)).toMatchObject({ state: "closed", azure: { sync: "unknown-to-azure" } });
});

test("an alert that only a key vouches for is read before anything is written; unknown to Azure it stays unwritten", async () => {
  const alertId = alertIdIn(watchbell.subscriptionId);
  const { body } = await watchbell.push(pushBody({ alertId, rule: "made-up" }));
  const id = body.alertIds[0]!;
  await watchbell.notified(id);
  await watchbell.api(`/api/v1/alerts/${id}/acknowledge`, { method: "POST", body: {} });
  await watchbell.round();
  expect(await watchbell.detail(id)).toMatchObject({ state: "acknowledged", azure: { sync: "unknown-to-azure" } });
  expect(await watchbell.writes(alertId)).toEqual([]);
  expect(await callsNaming(alertId.split("/").at(-1)!)).toHaveLength(1);
});
