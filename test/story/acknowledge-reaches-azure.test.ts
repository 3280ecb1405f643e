import { afterAll, beforeAll, expect, test } from "vitest";
import type { AlertDetail } from "../../src/api/contract.ts";
import { type Call, eventually, startWatchbell, type Watchbell } from "../support/watchbell.ts";

let watchbell: Watchbell;
let ana: Call;
beforeAll(async () => {
  watchbell = await startWatchbell();
  ana = await watchbell.signInAs("Ana Ribeiro");
});
afterAll(() => watchbell.dispose());

async function fireAndNotify(rule: string) {
  const azureId = await watchbell.fire({ rule });
  const { id } = await watchbell.alertOf(azureId);
  await watchbell.notified(id);
  return { azureId, id };
}
const answer = (call: Call, id: string, action: string, body: object = {}) =>
  call<AlertDetail>(`/api/v1/alerts/${id}/${action}`, { method: "POST", body });
const inAzure = (azureId: string, state: string) =>
  eventually(async () => {
    const azure = await watchbell.azure(azureId);
    return azure.state === state ? azure : undefined;
  });
/** What Azure shows is back here, and nothing more is written by it. */
async function expectNoLoop(azureId: string, id: string, writes: number, state: string) {
  await watchbell.round();
  await watchbell.round();
  expect(await watchbell.writes(azureId)).toHaveLength(writes);
  expect(await watchbell.detail(id)).toMatchObject({ state, azure: { sync: "in-step", advice: null } });
}

test("acknowledge writes Acknowledged with who and why, once", async () => {
  const { azureId, id } = await fireAndNotify("acknowledged");
  const { status, body } = await answer(ana, id, "acknowledge", { comment: "Looking at the pods." });
  expect(status).toBe(200);
  expect(body).toMatchObject({ state: "acknowledged", owner: { name: "Ana Ribeiro" } });
  const { history } = await inAzure(azureId, "Acknowledged");
  expect(history).toHaveLength(1);
  expect(history[0]?.comments).toMatch(
    /^Acknowledged by Ana Ribeiro in Watchbell\. Comment: Looking at the pods\. \[watchbell [0-9a-f-]{36}\]$/,
  );
  await expectNoLoop(azureId, id, 1, "acknowledged");
});

test("take writes Acknowledged and names who took it", async () => {
  const { azureId, id } = await fireAndNotify("taken");
  await answer(ana, id, "take");
  const { history } = await inAzure(azureId, "Acknowledged");
  expect(history[0]?.comments).toMatch(/^Taken by Ana Ribeiro in Watchbell\./);
  await expectNoLoop(azureId, id, 1, "acknowledged");
});

test("close writes Closed, reopen writes New and calls again", async () => {
  const { azureId, id } = await fireAndNotify("closed");
  const closed = await answer(ana, id, "close", { comment: "False alarm" });
  expect(closed.body).toMatchObject({ state: "closed" });
  const { history } = await inAzure(azureId, "Closed");
  expect(history[0]?.comments).toContain("Closed by Ana Ribeiro in Watchbell. Comment: False alarm");
  await watchbell.round();
  const reopened = await answer(ana, id, "reopen");
  expect(reopened.body).toMatchObject({ state: "open", owner: null });
  expect((await inAzure(azureId, "New")).history[0]?.comments).toContain("Reopened by Ana Ribeiro in Watchbell.");
  await watchbell.notified(id);
  await expectNoLoop(azureId, id, 2, "open");
});

test("unacknowledge writes New and calls again from the first step", async () => {
  const { azureId, id } = await fireAndNotify("given-back");
  await answer(ana, id, "acknowledge");
  await inAzure(azureId, "Acknowledged");
  const { body } = await answer(ana, id, "unacknowledge", { comment: "Not mine" });
  expect(body).toMatchObject({ state: "open", owner: null });
  const { history } = await inAzure(azureId, "New");
  expect(history[0]?.comments).toContain("Acknowledgement withdrawn by Ana Ribeiro in Watchbell. Comment: Not mine");
  const [again] = await watchbell.notified(id);
  expect(again?.data.reason).toContain("step 1 of 2");
  await expectNoLoop(azureId, id, 2, "open");
});

test("a comment leaves Azure's state as it is", async () => {
  const { azureId, id } = await fireAndNotify("commented");
  const { status, body } = await ana(`/api/v1/alerts/${id}/comments`, {
    method: "POST",
    body: { text: "Seen before." },
  });
  expect([status, body]).toMatchObject([
    201,
    { kind: "comment", text: "Seen before.", actor: { name: "Ana Ribeiro" } },
  ]);
  await expectNoLoop(azureId, id, 0, "open");
  expect(await watchbell.azure(azureId)).toMatchObject({ state: "New", history: [] });
});

test("a hand-over leaves Azure's state as it is", async () => {
  const { azureId, id } = await fireAndNotify("handed-over");
  await answer(ana, id, "acknowledge");
  await inAzure(azureId, "Acknowledged");
  const { body } = await answer(watchbell.api, id, "acknowledge", { takeOver: true });
  expect(body).toMatchObject({ state: "acknowledged", owner: { name: "Dana Weiss" } });
  await watchbell.round();
  expect((await watchbell.azure(azureId)).state).toBe("Acknowledged");
});

test("acknowledging twice writes once", async () => {
  const { azureId, id } = await fireAndNotify("twice");
  await answer(ana, id, "acknowledge");
  await answer(ana, id, "acknowledge");
  await inAzure(azureId, "Acknowledged");
  await expectNoLoop(azureId, id, 1, "acknowledged");
});

test("the last of several quick answers is what Azure shows", async () => {
  const { azureId, id } = await fireAndNotify("quick");
  await answer(ana, id, "acknowledge");
  await answer(ana, id, "unacknowledge");
  await answer(ana, id, "close");
  await inAzure(azureId, "Closed");
  await watchbell.settle();
  watchbell.notifications.take(id);
  await watchbell.round();
  await watchbell.round();
  expect(await watchbell.azure(azureId)).toMatchObject({ state: "Closed" });
  expect(await watchbell.detail(id)).toMatchObject({ state: "closed", azure: { sync: "in-step", state: "Closed" } });
});
