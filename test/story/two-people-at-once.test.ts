import { afterAll, beforeAll, expect, test } from "vitest";
import { type Call, startWatchbell, type Watchbell } from "../support/watchbell.ts";

let watchbell: Watchbell;
let ana: Call;
let ben: Call;
beforeAll(async () => {
  watchbell = await startWatchbell();
  ana = await watchbell.signInAs("Ana Ribeiro");
  ben = await watchbell.signInAs("Ben Okafor");
});
afterAll(() => watchbell.dispose());

async function fireAndNotify(rule: string) {
  const { id } = await watchbell.alertOf(await watchbell.fire({ rule }));
  await watchbell.notified(id);
  return id;
}
const answer = (call: Call, id: string, action: string, body: object = {}) =>
  call<Record<string, unknown>>(`/api/v1/alerts/${id}/${action}`, { method: "POST", body });

test.each(["acknowledge", "take"])(
  "of two who %s at once one has it and the other is told who and since when",
  async (action) => {
    const id = await fireAndNotify(`at-once-${action}`);
    const answers = await Promise.all([answer(ana, id, action), answer(ben, id, action)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const winner = answers.find(({ status }) => status === 200)!.body;
    const loser = answers.find(({ status }) => status === 409)!.body;
    expect(loser).toMatchObject({ code: "already-owned", owner: winner["owner"], since: winner["acknowledgedAt"] });
    expect(await watchbell.detail(id)).toMatchObject({ owner: winner["owner"] });
  },
);

test("acknowledging what somebody has is refused, and done with takeOver", async () => {
  const id = await fireAndNotify("take-over");
  await answer(ana, id, "acknowledge");
  const refused = await answer(ben, id, "acknowledge");
  expect(refused).toMatchObject({ status: 409, body: { code: "already-owned", owner: { name: "Ana Ribeiro" } } });
  const taken = await answer(ben, id, "acknowledge", { takeOver: true });
  expect(taken).toMatchObject({ status: 200, body: { owner: { name: "Ben Okafor" }, state: "acknowledged" } });
  expect((await watchbell.detail(id)).timeline.map(({ text }) => text)).toContain(
    "Ben Okafor acknowledged this alert from Ana Ribeiro.",
  );
});

test("of twenty who take at once exactly one is answered with the alert", async () => {
  const id = await fireAndNotify("twenty");
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => answer(index % 2 ? ana : ben, id, "take")),
  );
  const owners = new Set(
    answers.filter(({ status }) => status === 200).map(({ body }) => JSON.stringify(body["owner"])),
  );
  expect(owners.size).toBe(1);
  expect(answers.filter(({ status }) => status === 409)).toHaveLength(10);
});

test("an answer that the state does not allow names the state", async () => {
  const id = await fireAndNotify("wrong-state");
  const answers = await Promise.all(["unacknowledge", "reopen"].map((action) => answer(ana, id, action)));
  for (const { status, body } of answers)
    expect([status, body]).toMatchObject([409, { code: "wrong-state", state: "open" }]);
});
