import { afterAll, beforeAll, expect, test } from "vitest";
import { pushBody } from "../support/push-body.ts";
import { startWatchbell, type Watchbell } from "../support/watchbell.ts";

const MINUTE_MS = 60_000;
let watchbell: Watchbell;
beforeAll(async () => {
  const settings = { WATCHBELL_AZURE_MONITOR_GRACE_MINUTES: "120", WATCHBELL_AZURE_MONITOR_AUTO_CLOSE: "false" };
  watchbell = await startWatchbell({ clock: "virtual", settings });
});
afterAll(() => watchbell.dispose());

test("the longest grace period is kept to the minute; without auto-close what resolved stays open, silently", async () => {
  const firedAt = new Date(watchbell.now()).toISOString();
  const stays = (await watchbell.pushSigned(pushBody({ rule: "stays", firedAt }))).body.alertIds[0]!;
  const recovering = pushBody({ rule: "recovers", firedAt });
  const recovers = (await watchbell.pushSigned(recovering)).body.alertIds[0]!;
  const { alertId } = (recovering["data"] as { essentials: { alertId: string } }).essentials;
  await watchbell.pushSigned(pushBody({ alertId, rule: "recovers", condition: "Resolved", firedAt }));
  await watchbell.advance(119 * MINUTE_MS, 10 * MINUTE_MS);
  expect(watchbell.notifications.take()).toEqual([]);
  await watchbell.advance(MINUTE_MS);
  await watchbell.notified(stays);
  const alert = await watchbell.detail(recovers);
  expect(alert).toMatchObject({ state: "open", notifications: [], heldUntil: null, nextCall: null });
  expect(alert.timeline.map(({ text }) => text)).toContain("Nobody is called: it recovered within the grace period.");
  await watchbell.api(`/api/v1/alerts/${stays}/close`, { method: "POST", body: {} });
});
