import { afterAll, beforeAll, expect, test } from "vitest";
import { startWatchbell, type Watchbell } from "../support/watchbell.ts";

const MINUTE_MS = 60_000;
let watchbell: Watchbell;
beforeAll(async () => {
  watchbell = await startWatchbell({ clock: "virtual" });
});
afterAll(() => watchbell.dispose());

test("an acknowledgement that runs out calls again and sets Azure back to New", async () => {
  const team = await watchbell.store.db.selectFrom("team").select("id").executeTakeFirstOrThrow();
  await watchbell.setPolicy({ ackTimeoutMinutes: 20, steps: [{ delayMinutes: 5, targets: [`team:${team.id}`] }] });
  const azureId = await watchbell.fire({ rule: "ack-timeout" });
  const { id } = await watchbell.alertOf(azureId);
  await watchbell.notified(id);
  await watchbell.api(`/api/v1/alerts/${id}/acknowledge`, { method: "POST", body: {} });
  await watchbell.advance(19 * MINUTE_MS);
  expect(await watchbell.azure(azureId)).toMatchObject({ state: "Acknowledged" });
  await watchbell.advance(MINUTE_MS);
  await watchbell.notified(id);
  expect(await watchbell.detail(id)).toMatchObject({ state: "open", owner: null });
  expect(await watchbell.azure(azureId)).toMatchObject({ state: "New" });
});
