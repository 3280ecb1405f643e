import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createConfigurationCache } from "../../src/configuration.ts";
import type { AlertTable } from "../../src/migrations/tables.ts";
import { createIds } from "../../src/platform/ids.ts";
import { createLogger } from "../../src/platform/log.ts";
import { noEffects } from "../../src/response/effects.ts";
import { fireClaimed } from "../../src/response/fire-due.ts";
import { createEscalatingAlerts, type EscalatingAlerts } from "../support/escalating-alerts.ts";
import { createTestStore, type TestStore } from "../support/test-store.ts";

const NOW = Date.UTC(2026, 10, 24, 8);
let store: TestStore;
let alerts: EscalatingAlerts;
beforeAll(async () => {
  store = await createTestStore();
  const policy = (personId: string) => ({ steps: [{ delayMinutes: 5, targets: [`user:${personId}`] }] });
  alerts = await createEscalatingAlerts(store, NOW, policy);
});
afterAll(() => store.close());

/** An alert held back whose grace period is over now; answers what its end brings. */
async function endGraceOf(facts: Pick<AlertTable, "condition" | "source_state">) {
  const { db } = store;
  const alertId = await alerts.make({}, { held_until: new Date(NOW), ...facts });
  const effects = noEffects();
  await fireClaimed(
    {
      db,
      ids: createIds(),
      log: createLogger("silent"),
      configuration: (await createConfigurationCache(db)).current,
      now: () => NOW,
      teamIds: () => [alerts.teamId],
      planWriteBack: async () => false,
      afterCommit: (made) => Object.assign(effects, made),
    },
    10,
  );
  const { called, due_at: dueAt } = await alerts.escalationOf(alertId);
  return { kinds: await alerts.timelineOf(alertId), called, dueAt, heldUntil: effects.changed[0]?.held_until };
}

describe("the end of the grace period", () => {
  it("calls nobody for an alert that has resolved, although auto-close is off", async () => {
    const silent = { kinds: ["called-nobody"], called: [], dueAt: null, heldUntil: null };
    expect(await endGraceOf({ condition: "resolved", source_state: "New" })).toEqual(silent);
  });

  it("calls nobody for an alert that is no longer New in Azure", async () => {
    expect((await endGraceOf({ condition: "fired", source_state: "Acknowledged" })).called).toEqual([]);
  });

  it("calls the first step for one that still fires", async () => {
    const called = await endGraceOf({ condition: "fired", source_state: "New" });
    expect(called).toMatchObject({ called: [alerts.personId], heldUntil: null });
    expect(called.dueAt).not.toBeNull();
  });
});
