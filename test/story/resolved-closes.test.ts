import { afterAll, beforeAll, expect, test } from "vitest";
import { alertIdIn, pushBody } from "../support/push-body.ts";
import { eventually, startWatchbell, type Watchbell } from "../support/watchbell.ts";

let watchbell: Watchbell;
beforeAll(async () => {
  watchbell = await startWatchbell();
});
afterAll(() => watchbell.dispose());

const resolve = (azureId: string, push = true) =>
  watchbell.sandboxApi(`/sandbox/alerts/${azureId.split("/").at(-1)}/resolve`, { method: "POST", body: { push } });
const closed = (id: string) =>
  eventually(async () => {
    const alert = await watchbell.detail(id);
    return alert.state === "closed" ? alert : undefined;
  });

test("a resolved push signed by Entra closes the alert; Azure's own state is left", async () => {
  const azureId = await watchbell.fire({ rule: "recovers" });
  const { id } = await watchbell.alertOf(azureId);
  await watchbell.notified(id);
  await resolve(azureId);
  expect(await closed(id)).toMatchObject({ azure: { condition: "resolved" } });
  await watchbell.round();
  expect(await watchbell.azure(azureId)).toMatchObject({ state: "New", condition: "Resolved" });
  expect(await watchbell.writes(azureId)).toEqual([]);
});

test("a resolved that only the poll sees closes the alert", async () => {
  const azureId = await watchbell.fire({ rule: "recovers-unpushed" });
  const { id } = await watchbell.alertOf(azureId);
  await watchbell.notified(id);
  await resolve(azureId, false);
  await watchbell.round();
  expect(await watchbell.detail(id)).toMatchObject({ state: "closed" });
});

test("Resolved for an alert that nobody knew is accepted, stored closed, and nobody is told", async () => {
  const alertId = alertIdIn(watchbell.subscriptionId);
  const { status, body } = await watchbell.pushSigned(pushBody({ alertId, condition: "Resolved" }));
  expect(status).toBe(202);
  const alert = await watchbell.detail(body.alertIds[0]!);
  expect(alert).toMatchObject({ state: "closed", notifications: [] });
  expect(alert.timeline.map(({ text }) => text)).toContain("Nobody is called: it is resolved already.");
});

test("a Fired that comes after its Resolved is a late duplicate and never reopens", async () => {
  const alertId = alertIdIn(watchbell.subscriptionId);
  const first = await watchbell.pushSigned(pushBody({ alertId, condition: "Resolved" }));
  const late = await watchbell.pushSigned(pushBody({ alertId }));
  expect(late.body).toEqual(first.body);
  expect(await watchbell.detail(first.body.alertIds[0]!)).toMatchObject({ state: "closed", notifications: [] });
});

test("a late Fired does not reopen what a person has closed", async () => {
  const azureId = await watchbell.fire({ rule: "closed-by-hand" });
  const { id } = await watchbell.alertOf(azureId);
  await watchbell.notified(id);
  await watchbell.api(`/api/v1/alerts/${id}/close`, { method: "POST", body: {} });
  const late = await watchbell.pushSigned(pushBody({ alertId: azureId, rule: "closed-by-hand" }));
  expect(late.body.alertIds).toEqual([id]);
  await watchbell.round();
  expect(await watchbell.detail(id)).toMatchObject({ state: "closed" });
});
