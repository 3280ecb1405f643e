import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { eventually, startWatchbell, type Watchbell } from "../support/watchbell.ts";

let watchbell: Watchbell;
beforeAll(async () => {
  watchbell = await startWatchbell({ clock: "virtual" });
});
afterEach(() => watchbell.receiver.answer({ status: 204 }));
afterAll(() => watchbell.dispose());

async function fire(rule: string) {
  const azureId = await watchbell.fire({ rule });
  return (await watchbell.alertOf(azureId)).id;
}
const close = (id: string) => watchbell.api(`/api/v1/alerts/${id}/close`, { method: "POST", body: {} });
const attempts = (id: string, attempts: number) =>
  eventually(async () => {
    const [message] = (await watchbell.detail(id)).notifications;
    return message?.attempts === attempts ? message : undefined;
  });

test("a receiver that fails is tried again with the same id until it takes the message", async () => {
  watchbell.receiver.answer({ status: 503 });
  const id = await fire("fails-twice");
  await eventually(async () => (await watchbell.detail(id)).notifications[0]?.failure === "server-error");
  const [first] = await watchbell.notified(id);
  await watchbell.advance(1_000, 250);
  const [second] = await watchbell.notified(id);
  watchbell.receiver.answer({ status: 200 });
  await watchbell.advance(2_000, 250);
  const [third] = await watchbell.notified(id);
  expect(new Set([first, second, third].map((message) => message?.messageId)).size).toBe(1);
  const alert = await watchbell.detail(id);
  expect(alert.notifications).toHaveLength(1);
  expect(alert.notifications[0]).toMatchObject({ state: "delivered", attempts: 3, failure: null });
  await close(id);
});

test("Retry-After of the receiver is obeyed", async () => {
  watchbell.receiver.answer({ status: 429, headers: { "retry-after": "60" } });
  const id = await fire("throttles");
  await eventually(async () => (await watchbell.detail(id)).notifications[0]?.failure === "throttled");
  await watchbell.notified(id);
  watchbell.receiver.answer({ status: 204 });
  await watchbell.advance(59_000, 10_000);
  expect(watchbell.notifications.take(id)).toEqual([]);
  await watchbell.advance(1_000);
  await watchbell.notified(id);
  await close(id);
});

test("an answer that will not change ends the message as failed with the reason, and hastens the next step", async () => {
  watchbell.receiver.answer({ status: 400 });
  const id = await fire("rejected");
  const alert = await eventually(async () => {
    const found = await watchbell.detail(id);
    return found.notifications[0]?.state === "failed" ? found : undefined;
  });
  await watchbell.notified(id);
  expect(alert.notifications[0]).toMatchObject({ failure: "rejected", attempts: 1 });
  watchbell.receiver.answer({ status: 204 });
  await watchbell.advance(1_000);
  const [second] = await watchbell.notified(id);
  expect(second?.data.reason).toContain("step 2 of 2");
  expect((await watchbell.detail(id)).timeline.map(({ text }) => text)).toContain(
    "Ana Ribeiro was not reached by webhook: rejected (400).",
  );
  await close(id);
});

test("a message whose alert is answered meanwhile is not sent again", async () => {
  watchbell.receiver.answer({ status: 503 });
  const id = await fire("answered-meanwhile");
  await attempts(id, 1);
  await watchbell.notified(id);
  await watchbell.api(`/api/v1/alerts/${id}/acknowledge`, { method: "POST", body: {} });
  watchbell.receiver.answer({ status: 204 });
  await watchbell.advance(60_000, 5_000);
  expect(watchbell.notifications.take(id)).toEqual([]);
  expect((await watchbell.detail(id)).notifications[0]).toMatchObject({ state: "cancelled" });
});

test("the webhook is never bundled: thirty alerts at once are thirty messages", async () => {
  const rules = Array.from({ length: 30 }, (_, index) => `storm-${index}`);
  await Promise.all(rules.map((rule) => watchbell.fire({ rule })));
  await eventually(() => watchbell.receiver.requests.filter(({ body }) => body.includes("storm-")).length === 30);
  const messages = watchbell.notifications.take();
  expect(messages.map(({ data }) => data.alert.title).sort()).toEqual(rules.toSorted());
  for (const { data } of messages) await close(data.alert.id);
});
