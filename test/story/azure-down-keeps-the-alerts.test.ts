import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Health } from "../../src/api/contract.ts";
import { startWatchbell, type Watchbell } from "../support/watchbell.ts";

let watchbell: Watchbell;
beforeAll(async () => {
  watchbell = await startWatchbell({ clock: "virtual", settings: { WATCHBELL_AZURE_MONITOR_POLL_SECONDS: "15" } });
});
afterEach(() => watchbell.clearFaults());
afterAll(() => watchbell.dispose());

const source = async () => (await watchbell.api<Health>("/api/v1/health")).body.sources[0]!;

test("403 on the list is shown with what to do, pushes still arrive, and what was missed is read once the role is back", async () => {
  await watchbell.fault("AlertsManagement.list", "403");
  const unpushed = await watchbell.fire({ rule: "missed", push: false });
  await watchbell.advance(120_000, 15_000);
  const refused = await source();
  expect(refused.status).toBe("failing");
  expect(refused.advice).toContain("Microsoft.AlertsManagement/alerts/read");
  const ready = await watchbell.anonymous("/readyz");
  expect([ready.status, ready.body]).toMatchObject([200, { components: { "azure-monitor": "failing" } }]);
  const pushed = await watchbell.alertOf(await watchbell.fire({ rule: "pushed-meanwhile" }));
  await watchbell.notified(pushed.id);
  await watchbell.clearFaults();
  await watchbell.round();
  const missed = await watchbell.alertOf(unpushed);
  await watchbell.notified(missed.id);
  expect(await source()).toMatchObject({ status: "ok", error: null });
  for (const { id } of [pushed, missed])
    await watchbell.api(`/api/v1/alerts/${id}/close`, { method: "POST", body: {} });
});

test("429 on the list is obeyed as told by Retry-After", async () => {
  const lists = async () => {
    const { body } = await watchbell.sandboxApi<{ path: string; method: string }[]>("/sandbox/requests");
    return body.filter(({ path, method }) => method === "GET" && /AlertsManagement\/alerts\?/.test(path)).length;
  };
  await watchbell.fault("AlertsManagement.list", "429", { times: 1, retryAfterSeconds: 100 });
  await watchbell.round();
  const before = await lists();
  await watchbell.advance(95_000, 5_000);
  expect(await lists()).toBe(before);
  await watchbell.advance(10_000, 5_000);
  expect(await lists()).toBeGreaterThan(before);
});

test("the poll reads every page", async () => {
  for (let index = 0; index < 300; index += 1) watchbell.azureAlerts.fire(requestOf(`page ${index}`));
  await watchbell.round();
  const found = await watchbell.store.db.selectFrom("alert").select("title").where("title", "like", "page %").execute();
  expect(found).toHaveLength(300);
  await watchbell.settle();
  const told = watchbell.notifications.take();
  expect(told).toHaveLength(300);
});

test("an alert with poison in its texts costs the others of its page nothing", async () => {
  watchbell.azureAlerts.fire(requestOf("poison \u0000 \ud800 rule"));
  watchbell.azureAlerts.fire(requestOf("beside the poison"));
  await watchbell.round();
  await watchbell.settle();
  expect(watchbell.notifications.take().map(({ data }) => data.alert.title)).toContain("beside the poison");
  expect(await source()).toMatchObject({ status: "ok" });
});

/** Unpushed; everything else as the control API would fill it in. */
const requestOf = (rule: string) => ({ rule, severity: "Sev4" as const, suppressed: false, push: false });
