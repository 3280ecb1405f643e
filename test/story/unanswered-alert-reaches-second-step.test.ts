import { afterAll, beforeAll, expect, test } from "vitest";
import { startWatchbell, type Watchbell } from "../support/watchbell.ts";

const MINUTE_MS = 60_000;
let watchbell: Watchbell;
beforeAll(async () => {
  watchbell = await startWatchbell({ clock: "virtual" });
});
afterAll(() => watchbell.dispose());

async function fireAndNotify(rule: string) {
  const { id } = await watchbell.alertOf(await watchbell.fire({ rule }));
  await watchbell.notified(id);
  return id;
}
const close = (id: string) => watchbell.api(`/api/v1/alerts/${id}/close`, { method: "POST", body: {} });

test("nobody is called again before five minutes, the second step at five, and that three times in all", async () => {
  const id = await fireAndNotify("unanswered");
  await watchbell.advance(5 * MINUTE_MS - 1_000);
  expect(watchbell.notifications.take(id)).toEqual([]);
  await watchbell.advance(1_000);
  const [second] = await watchbell.notified(id);
  expect(second?.data.reason).toBe("member of Operations, step 2 of 2");
  await watchbell.advance(10 * MINUTE_MS);
  expect((await watchbell.notified(id))[0]?.data.reason).toContain("step 1 of 2");
  await watchbell.advance(45 * MINUTE_MS);
  expect(watchbell.notifications.take(id)).toHaveLength(3);
  const alert = await watchbell.detail(id);
  expect(alert).toMatchObject({ state: "open", nextCall: null });
  expect(alert.why.at(-1)).toBe("Everybody was called. Nobody is called again by itself.");
  await close(id);
});

test("the webhook gets one message a call-out and none in between", async () => {
  const id = await fireAndNotify("one-message");
  await watchbell.advance(4 * MINUTE_MS);
  expect(watchbell.notifications.take(id)).toEqual([]);
  await close(id);
});

test.each(["acknowledge", "close", "take"])("after %s nobody is called", async (action) => {
  const id = await fireAndNotify(`answered-by-${action}`);
  await watchbell.api(`/api/v1/alerts/${id}/${action}`, { method: "POST", body: {} });
  await watchbell.advance(30 * MINUTE_MS);
  expect(watchbell.notifications.take(id)).toEqual([]);
  await close(id);
});

test("a policy changed meanwhile does not move a running escalation; a restart takes the new one", async () => {
  const id = await fireAndNotify("policy-changed");
  const before = watchbell.app.configuration.current().teams[0]!.policy.definition;
  const team = await watchbell.store.db.selectFrom("team").select("id").executeTakeFirstOrThrow();
  await watchbell.setPolicy({ steps: [{ delayMinutes: 1, repeat: 1, targets: [`team:${team.id}`] }] });
  await watchbell.advance(2 * MINUTE_MS);
  expect(watchbell.notifications.take(id)).toEqual([]);
  await close(id);
  await watchbell.api(`/api/v1/alerts/${id}/reopen`, { method: "POST", body: {} });
  expect((await watchbell.notified(id))[0]?.data.reason).toBe("member of Operations, step 1 of 1");
  await watchbell.advance(MINUTE_MS);
  await watchbell.notified(id);
  await close(id);
  await watchbell.setPolicy(before);
});
