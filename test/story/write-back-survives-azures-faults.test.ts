import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { eventually, startWatchbell, type Watchbell } from "../support/watchbell.ts";

const CHANGE_STATE = "AlertsManagement.changestate";
let watchbell: Watchbell;
beforeAll(async () => {
  watchbell = await startWatchbell({ clock: "virtual" });
});
afterEach(() => watchbell.clearFaults());
afterAll(() => watchbell.dispose());

async function fireAndNotify(rule: string) {
  const azureId = await watchbell.fire({ rule });
  const { id } = await watchbell.alertOf(azureId);
  await watchbell.notified(id);
  return { azureId, id };
}
const acknowledge = (id: string) => watchbell.api(`/api/v1/alerts/${id}/acknowledge`, { method: "POST", body: {} });
const syncOf = async (id: string) => (await watchbell.detail(id)).azure.sync;
const statuses = async (azureId: string) => (await watchbell.writes(azureId)).map(({ status }) => status);
const waiting = (id: string, sync: string) => eventually(async () => (await syncOf(id)) === sync);

test("429 with Retry-After is obeyed: no earlier try, then it is written", async () => {
  const { azureId, id } = await fireAndNotify("throttled");
  await watchbell.fault(CHANGE_STATE, "429", { times: 1, retryAfterSeconds: 90 });
  await acknowledge(id);
  await waiting(id, "waiting");
  expect((await watchbell.detail(id)).azure.advice).toContain("Azure throttles (429).");
  await watchbell.advance(89_000);
  expect(await statuses(azureId)).toEqual([429]);
  await watchbell.advance(2_000);
  expect(await statuses(azureId)).toEqual([429, 200]);
  expect(await watchbell.azure(azureId)).toMatchObject({ state: "Acknowledged" });
  expect(await watchbell.detail(id)).toMatchObject({ state: "acknowledged", azure: { sync: "in-step", advice: null } });
});

test("503 is tried again with growing waits until Azure is back", async () => {
  const { azureId, id } = await fireAndNotify("unavailable");
  await watchbell.fault(CHANGE_STATE, "5xx", { times: 3 });
  await acknowledge(id);
  await waiting(id, "waiting");
  await watchbell.advance(15_000, 1_000);
  expect(await statuses(azureId)).toEqual([503, 503, 503, 200]);
  expect(await watchbell.azure(azureId)).toMatchObject({ state: "Acknowledged" });
});

test("403 says which action is missing where, and is written once the role is back", async () => {
  const { azureId, id } = await fireAndNotify("refused");
  await watchbell.fault(CHANGE_STATE, "403");
  await acknowledge(id);
  await waiting(id, "refused");
  const { azure, state } = await watchbell.detail(id);
  expect(state).toBe("acknowledged");
  expect(azure.advice).toContain("Microsoft.AlertsManagement/alerts/changestate/action");
  expect(azure.advice).toContain(`/subscriptions/${watchbell.subscriptionId}`);
  await watchbell.advance(5 * 60_000);
  const refusals = (await watchbell.detail(id)).timeline.filter(({ kind }) => kind === "azure-refused");
  expect(refusals).toHaveLength(1);
  await watchbell.clearFaults();
  await watchbell.advance(2 * 60_000 + 1_000);
  expect(await watchbell.azure(azureId)).toMatchObject({ state: "Acknowledged" });
  expect(await syncOf(id)).toBe("in-step");
});

test("an answer that is lost after the work was done ends in one state and no loop", async () => {
  const { azureId, id } = await fireAndNotify("lost-answer");
  await watchbell.fault(CHANGE_STATE, "lostAnswer", { times: 1 });
  await acknowledge(id);
  await waiting(id, "waiting");
  expect(await watchbell.azure(azureId)).toMatchObject({ state: "Acknowledged" });
  await watchbell.round();
  expect(await watchbell.detail(id)).toMatchObject({ state: "acknowledged", owner: { name: "Dana Weiss" } });
  await watchbell.advance(10_000);
  expect(await watchbell.detail(id)).toMatchObject({ state: "acknowledged", azure: { sync: "in-step" } });
  const count = (await watchbell.writes(azureId)).length;
  await watchbell.advance(60_000);
  expect(await watchbell.writes(azureId)).toHaveLength(count);
});

test("a call that Azure performs twice changes nothing else", async () => {
  const { azureId, id } = await fireAndNotify("performed-twice");
  await watchbell.fault(CHANGE_STATE, "duplicate", { times: 1 });
  await acknowledge(id);
  await waiting(id, "in-step");
  await watchbell.advance(60_000);
  expect(await watchbell.azure(azureId)).toMatchObject({ state: "Acknowledged" });
  expect(await watchbell.detail(id)).toMatchObject({ state: "acknowledged", owner: { name: "Dana Weiss" } });
});

test("while a slow write is under way a newer answer waits its turn and wins", async () => {
  const { azureId, id } = await fireAndNotify("slow");
  await watchbell.fault(CHANGE_STATE, "slow", { times: 1, afterMs: 300 });
  await acknowledge(id);
  await watchbell.api(`/api/v1/alerts/${id}/close`, { method: "POST", body: {} });
  await eventually(async () => (await watchbell.azure(azureId)).state === "Closed");
  await watchbell.advance(60_000);
  expect(await watchbell.azure(azureId)).toMatchObject({ state: "Closed" });
  expect(await watchbell.detail(id)).toMatchObject({ state: "closed", azure: { sync: "in-step", state: "Closed" } });
});

test("an alert that Azure has deleted ends as no longer in Azure, without another try", async () => {
  const { azureId, id } = await fireAndNotify("deleted");
  await watchbell.round();
  await watchbell.sandboxApi(`/sandbox/alerts/${azureId.split("/").at(-1)}`, { method: "DELETE" });
  await acknowledge(id);
  await waiting(id, "gone");
  expect((await watchbell.detail(id)).azure.advice).toContain("No longer in Azure");
  await watchbell.advance(10 * 60_000);
  expect(await statuses(azureId)).toEqual([404]);
  expect(await watchbell.detail(id)).toMatchObject({ state: "acknowledged" });
});
