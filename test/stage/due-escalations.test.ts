import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createConfigurationCache } from "../../src/configuration.ts";
import { createIds } from "../../src/platform/ids.ts";
import { createLogger } from "../../src/platform/log.ts";
import { fireClaimed } from "../../src/response/fire-due.ts";
import { createEscalatingAlerts, type EscalatingAlerts } from "../support/escalating-alerts.ts";
import { createTestStore, type TestStore } from "../support/test-store.ts";

const NOW = Date.UTC(2026, 10, 24, 8);
const MINUTE_MS = 60_000;
let store: TestStore;
let alerts: EscalatingAlerts;
beforeAll(async () => {
  store = await createTestStore();
  alerts = await createEscalatingAlerts(store, NOW, (personId) => ({
    repeat: -1,
    steps: [{ delayMinutes: 5, targets: [`user:${personId}`] }],
  }));
});
afterAll(() => store.close());

/** Fires what is due; the write-back of `broken` cannot be planned. */
async function fire(broken?: string): Promise<number> {
  const ports = {
    db: store.db,
    ids: createIds(),
    log: createLogger("silent"),
    configuration: (await createConfigurationCache(store.db)).current,
    now: () => NOW,
    teamIds: () => [alerts.teamId],
    planWriteBack: async (_tx: unknown, alert: { id: string }) => {
      if (alert.id === broken) throw new Error("this row is broken");
      return false;
    },
    afterCommit: () => undefined,
  };
  return fireClaimed(ports, 10);
}

describe("escalations that are due", () => {
  it("after a night of standstill call one step, not all that were missed", async () => {
    const alertId = await alerts.make({ due_at: new Date(NOW - 8 * 60 * MINUTE_MS), step: 1, notified: true });
    expect(await fire()).toBe(1);
    expect(await alerts.timelineOf(alertId)).toEqual(["called-nobody"]);
    expect((await alerts.escalationOf(alertId)).due_at).toEqual(new Date(NOW + 5 * MINUTE_MS));
  });

  it("go on beside one that cannot be fired, which is looked at again a minute later", async () => {
    const acknowledged = { state: "acknowledged" as const, acknowledged_at: new Date(NOW - MINUTE_MS) };
    const broken = await alerts.make({ due_kind: "ack-timeout", due_at: new Date(NOW - 2) }, acknowledged);
    const sound = await alerts.make({ due_at: new Date(NOW - 1) });
    await fire(broken);
    expect((await alerts.escalationOf(sound)).called).toEqual([alerts.personId]);
    expect((await alerts.escalationOf(broken)).due_at).toEqual(new Date(NOW + MINUTE_MS));
    expect(await alerts.timelineOf(broken)).toEqual([]);
  });
});
