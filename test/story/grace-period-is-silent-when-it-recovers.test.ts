import { afterAll, beforeAll, expect, test } from "vitest";
import { pushBody } from "../support/push-body.ts";
import { startWatchbell, type Watchbell } from "../support/watchbell.ts";

const MINUTE_MS = 60_000;
let watchbell: Watchbell;
beforeAll(async () => {
  watchbell = await startWatchbell({ clock: "virtual", settings: { WATCHBELL_AZURE_MONITOR_GRACE_MINUTES: "5" } });
});
afterAll(() => watchbell.dispose());

const guidOf = (azureId: string) => azureId.split("/").at(-1)!;
async function fire(rule: string, more: object = {}) {
  const azureId = await watchbell.fire({ rule, ...more });
  const alert = await watchbell.alertOf(azureId);
  return { azureId, id: alert.id, alert };
}
const silent = async (id: string) => {
  await watchbell.advance(6 * MINUTE_MS);
  expect(watchbell.notifications.take(id)).toEqual([]);
};
const close = (id: string) => watchbell.api(`/api/v1/alerts/${id}/close`, { method: "POST", body: {} });

test("an alert that neither recovers nor is answered is notified at the end, not before", async () => {
  const { id, alert } = await fire("stays");
  expect(alert).toMatchObject({ state: "open", nextCall: { step: 1 } });
  expect(Date.parse(alert.heldUntil ?? "")).toBe(Date.parse(alert.firedAt ?? "") + 5 * MINUTE_MS);
  await watchbell.advance(5 * MINUTE_MS - 1_000);
  expect(watchbell.notifications.take(id)).toEqual([]);
  await watchbell.advance(1_000);
  await watchbell.notified(id);
  expect(await watchbell.detail(id)).toMatchObject({ heldUntil: null });
  await close(id);
});

test("resolved within the grace period: closed, and nobody is told", async () => {
  const { azureId, id } = await fire("recovers");
  await watchbell.advance(2 * MINUTE_MS);
  await watchbell.sandboxApi(`/sandbox/alerts/${guidOf(azureId)}/resolve`, { method: "POST", body: {} });
  await silent(id);
  const alert = await watchbell.detail(id);
  expect(alert).toMatchObject({ state: "closed", notifications: [], heldUntil: null });
});

test.each(["Acknowledged", "Closed"])("%s in Azure within the grace period: nobody is told", async (state) => {
  const { azureId, id } = await fire(`answered-${state}`);
  await watchbell.advance(2 * MINUTE_MS);
  await watchbell.sandboxApi(`/sandbox/alerts/${guidOf(azureId)}/state`, { method: "POST", body: { state } });
  await silent(id);
  expect(await watchbell.detail(id)).toMatchObject({ state: state.toLowerCase(), notifications: [] });
});

test("acknowledged here within the grace period: nobody is called", async () => {
  const { id } = await fire("acknowledged-here");
  await watchbell.api(`/api/v1/alerts/${id}/acknowledge`, { method: "POST", body: {} });
  await silent(id);
});

test("a key-signed Resolved that Azure does not confirm does not silence it", async () => {
  const { azureId, id } = await fire("forged");
  await watchbell.push(pushBody({ alertId: azureId, rule: "forged", severity: "Sev3", condition: "Resolved" }));
  await watchbell.advance(5 * MINUTE_MS);
  await watchbell.notified(id);
  await close(id);
});

test("the grace period counts from the fired time, and an old alert is told at once", async () => {
  const firedAt = new Date(watchbell.now() - 4 * MINUTE_MS).toISOString();
  const { id } = await fire("fired-four-minutes-ago", { firedAt });
  await watchbell.advance(MINUTE_MS);
  await watchbell.notified(id);
  await close(id);
  const old = await fire("fired-an-hour-ago", { firedAt: new Date(watchbell.now() - 60 * MINUTE_MS).toISOString() });
  await watchbell.notified(old.id);
  await close(old.id);
});
