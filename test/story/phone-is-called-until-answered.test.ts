import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { FakeReceiver } from "../support/fake-receiver.ts";
import { createPushBrowser } from "../support/push-browser.ts";
import { type Call, eventually, startWatchbell, type Watchbell } from "../support/watchbell.ts";

const MINUTE_MS = 60_000;
const browser = createPushBrowser();
let watchbell: Watchbell;
let ana: Call;
let phone: FakeReceiver;
beforeAll(async () => {
  watchbell = await startWatchbell({ clock: "virtual", webhook: false });
  phone = watchbell.receiver;
  ana = await watchbell.signInAs("Ana Ribeiro");
  const subscription = browser.subscription(`${phone.origin}/push/ana`);
  const added = await ana("/api/v1/me/devices", { method: "POST", body: { name: "Ana's phone", subscription } });
  expect(added.status).toBe(201);
});
afterEach(() => phone.answer({ status: 201 }));
afterAll(() => watchbell.dispose());

/** Titles of the notices that arrived since the last look, oldest first. */
function notices(): string[] {
  return phone.requests.splice(0).map(({ body }) => JSON.parse(browser.decrypt(body)).notification.title as string);
}
const arrived = (count: number) =>
  eventually(() => phone.requests.length >= count).then(() => {
    const titles = notices();
    expect(titles).toHaveLength(count);
    return titles;
  });
const close = (id: string) => ana(`/api/v1/alerts/${id}/close`, { method: "POST", body: {} });
const fire = async (rule: string, severity: string) =>
  (await watchbell.alertOf(await watchbell.fire({ rule, severity }))).id;

test("a critical alert rings each minute until somebody answers", async () => {
  const id = await fire("rings", "Sev0");
  const [first] = await arrived(1);
  expect(first).toMatch(/^Critical: rings on /);
  await watchbell.advance(MINUTE_MS - 2_000, 10_000);
  expect(notices()).toEqual([]);
  await watchbell.advance(2_000, 1_000);
  expect((await arrived(1))[0]).toMatch(/^Still open, 1 min: Critical: rings/);
  await watchbell.advance(MINUTE_MS, 10_000);
  expect((await arrived(1))[0]).toMatch(/^Still open, 2 min: /);
  await ana(`/api/v1/alerts/${id}/acknowledge`, { method: "POST", body: {} });
  await watchbell.advance(3 * MINUTE_MS, 10_000);
  expect(notices()).toEqual([]);
  await close(id);
});

test("a low alert rings once a step", async () => {
  const id = await fire("rings-once", "Sev3");
  await arrived(1);
  await watchbell.advance(4 * MINUTE_MS);
  expect(notices()).toEqual([]);
  await close(id);
});

test("more than five in a minute are counted by one notice; a worse one rings at once", async () => {
  const ids: string[] = [];
  for (let index = 0; index < 9; index += 1) {
    ids.push(await fire(`flood-${index}`, "Sev3"));
    await watchbell.advance(100, 100);
  }
  await arrived(5);
  ids.push(await fire("worse", "Sev2"));
  expect((await arrived(1))[0]).toMatch(/^Medium: worse/);
  await watchbell.advance(11_000, 1_000);
  expect((await arrived(1))[0]).toMatch(/flood-8.*, and 3 more alerts$/);
  for (const id of ids) {
    expect((await watchbell.detail(id)).notifications[0]).toMatchObject({ state: "delivered" });
    await close(id);
  }
});

test("in a storm repeats are bundled like first notices", async () => {
  await watchbell.advance(2 * MINUTE_MS);
  const ids: string[] = [];
  for (let index = 0; index < 20; index += 1) ids.push(await fire(`critical-${index}`, "Sev0"));
  await watchbell.advance(11_000, 1_000);
  await arrived(6);
  await watchbell.advance(75_000, 1_000);
  expect(notices().length).toBeLessThanOrEqual(7);
  for (const id of ids) await close(id);
});

test("a dead subscription is retired, its person shown as unreachable, and the next step hastened", async () => {
  await watchbell.advance(2 * MINUTE_MS);
  phone.answer({ status: 410 });
  const id = await fire("dead-phone", "Sev1");
  await arrived(1);
  const alert = await eventually(async () => {
    const found = await watchbell.detail(id);
    return found.notifications[0]?.state === "failed" ? found : undefined;
  });
  expect(alert.notifications[0]).toMatchObject({ failure: "gone" });
  await watchbell.advance(1_000);
  const { why } = await watchbell.detail(id);
  expect(why.join("\n")).toContain("step 2 of 2");
  const devices = await ana<{ devices: { state: string }[] }>("/api/v1/me/devices");
  expect(devices.body.devices).toMatchObject([{ state: "retired" }]);
  const health = await watchbell.api<{ unreachable: { person: { name: string } }[] }>("/api/v1/health");
  expect(health.body.unreachable.map(({ person }) => person.name)).toContain("Ana Ribeiro");
  await close(id);
});
