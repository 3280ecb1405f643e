import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { digestOf } from "../../src/api/auth/random-credential.ts";
import { alertIdIn, pushBody } from "../support/push-body.ts";
import { startWatchbell, type Watchbell } from "../support/watchbell.ts";

/** Threats I2, I5: identity is team, source instance and native id; Azure's test sends one id for every sample. */
let watchbell: Watchbell;
beforeAll(async () => {
  watchbell = await startWatchbell({ clock: "virtual" });
});
afterAll(() => watchbell.dispose());

test("samples of “Test action group” share an id; each rule is an alert of its own, and each resolves alone", async () => {
  const alertId = alertIdIn("11111111-1111-1111-1111-111111111111", "12345678-1234-1234-1234-1234567890ab");
  const ids: string[] = [];
  for (const rule of ["test-metric", "test-log", "test-activity"]) {
    const { body } = await watchbell.pushSigned(pushBody({ alertId, rule }));
    await watchbell.notified(body.alertIds[0]!);
    ids.push(body.alertIds[0]!);
  }
  expect(new Set(ids).size).toBe(3);
  await watchbell.pushSigned(pushBody({ alertId, rule: "test-log", condition: "Resolved" }));
  const states = await Promise.all(ids.map(async (id) => (await watchbell.detail(id)).state));
  expect(states).toEqual(["open", "closed", "open"]);
  const again = await watchbell.pushSigned(pushBody({ alertId, rule: "test-activity" }));
  expect(again.body.alertIds).toEqual([ids[2]]);
});

test("different rules under one id in one batch are alerts of their own", async () => {
  const alertId = alertIdIn("11111111-1111-1111-1111-111111111111");
  const bodies = ["a", "b", "c", "d"].map((rule) => pushBody({ alertId, rule }));
  const answers = await Promise.all([...bodies, ...bodies].map((body) => watchbell.push(body)));
  const ids = answers.map(({ body }) => body.alertIds[0]!);
  expect(new Set(ids).size).toBe(4);
  expect(ids.slice(0, 4)).toEqual(ids.slice(4));
  for (const id of new Set(ids)) await watchbell.notified(id);
});

test("the same alert id from two sources is two alerts, and one source's Resolved leaves the other's open", async () => {
  const { db } = watchbell.store;
  const first = await db.selectFrom("source").selectAll().executeTakeFirstOrThrow();
  const key = `wb_${randomBytes(32).toString("base64url")}`;
  const second = {
    ...first,
    id: randomUUID(),
    name: "Another",
    created_at: new Date(watchbell.now()),
    subscriptions: [],
  };
  await db.insertInto("source").values(second).execute();
  const row = { team_id: first.team_id, source_id: second.id, id: randomUUID(), digest: digestOf(key) };
  await db
    .insertInto("source_key")
    .values({ ...row, created_at: new Date(watchbell.now()), expires_at: null, revoked_at: null, last_used_at: null })
    .execute();
  await watchbell.app.configuration.refresh();
  // Keys that others made are read every 30 s.
  await watchbell.advance(31_000);
  const alertId = alertIdIn("00000000-0000-4000-8000-00000000000b");
  const mine = (await watchbell.push(pushBody({ alertId }))).body.alertIds[0]!;
  const theirs = (await watchbell.push(pushBody({ alertId }), { "x-watchbell-key": key })).body.alertIds[0]!;
  expect(theirs).not.toBe(mine);
  await watchbell.notified(mine);
  await watchbell.notified(theirs);
  await watchbell.pushSigned(pushBody({ alertId, condition: "Resolved" }));
  expect(await watchbell.detail(mine)).toMatchObject({ state: "closed" });
  expect(await watchbell.detail(theirs)).toMatchObject({ state: "open" });
});
