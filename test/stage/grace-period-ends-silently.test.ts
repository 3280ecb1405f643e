import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createConfigurationCache } from "../../src/configuration.ts";
import type { AlertTable } from "../../src/migrations/tables.ts";
import { createIds } from "../../src/platform/ids.ts";
import { noEffects } from "../../src/response/effects.ts";
import { fireClaimed } from "../../src/response/fire-due.ts";
import { createTestStore, type TestStore } from "../support/test-store.ts";

const NOW = Date.UTC(2026, 10, 24, 8);
const AT = new Date(NOW - 300_000);
const ids = createIds();
const teamId = ids.next(NOW);
const personId = ids.next(NOW);
const policyId = ids.next(NOW);

let store: TestStore;
beforeAll(async () => {
  store = await createTestStore();
  const { db } = store;
  await db.insertInto("team").values({ id: teamId, name: "Operations", created_at: AT }).execute();
  const person = { id: personId, tenant_id: ids.next(NOW), object_id: ids.next(NOW), name: "Ana", created_at: AT };
  await db
    .insertInto("person")
    .values({ ...person, role: null, role_read_at: null })
    .execute();
  const definition = JSON.stringify({ steps: [{ delayMinutes: 5, targets: [`user:${personId}`] }] });
  await db
    .insertInto("escalation_policy")
    .values({ team_id: teamId, id: policyId, version: 1, name: "Default", definition, created_at: AT })
    .execute();
});
afterAll(() => store.close());

/** An alert held back whose grace period is over now; answers the kinds of its new timeline entries. */
async function endGraceOf(facts: Pick<AlertTable, "condition" | "source_state">) {
  const { db } = store;
  const alertId = ids.next(NOW);
  const nothing = {
    rule: null,
    rule_key: null,
    source_severity: null,
    description: null,
    owner_id: null,
    raw_digest: null,
  };
  const never = { fired_at: null, resolved_at: null, acknowledged_at: null, closed_at: null, source_read_at: null };
  await db
    .insertInto("alert")
    .values({
      ...{ ...nothing, ...never, team_id: teamId, id: alertId, dedup_key: Buffer.from(alertId), source_id: policyId },
      ...{ source_kind: "azure-monitor", via: "entra" as const, source_alert_id: alertId, resource_ids: [] },
      ...{ title: "Held", severity: "high" as const, state: "open" as const, version: 1, count: 1, signal_type: null },
      ...{ monitoring_service: null, held_until: new Date(NOW), created_at: AT, updated_at: AT, change_id: 1 },
      ...{ source_modified_at: null, sync: "in-step" as const, sync_advice: null, closed_unconfirmed: false, ...facts },
    })
    .execute();
  const escalation = { team_id: teamId, alert_id: alertId, policy_id: policyId, policy_version: 1, called: [] };
  const position = {
    pass: 1,
    step: 0,
    repeats_left: 0,
    notified: false,
    due_at: new Date(NOW),
    due_kind: "step" as const,
  };
  await db
    .insertInto("escalation")
    .values({ ...escalation, ...position })
    .execute();
  const configuration = (await createConfigurationCache(db)).current;
  const effects = noEffects();
  await fireClaimed(
    {
      db,
      ids,
      configuration,
      now: () => NOW,
      teamIds: () => [teamId],
      planWriteBack: async () => false,
      afterCommit: (made) => Object.assign(effects, made),
    },
    10,
  );
  const entries = await db
    .selectFrom("timeline")
    .select("kind")
    .where("team_id", "=", teamId)
    .where("alert_id", "=", alertId)
    .execute();
  const row = await db
    .selectFrom("escalation")
    .selectAll()
    .where("team_id", "=", teamId)
    .where("alert_id", "=", alertId)
    .executeTakeFirstOrThrow();
  return {
    kinds: entries.map(({ kind }) => kind),
    called: row.called,
    dueAt: row.due_at,
    heldUntil: effects.changed[0]?.held_until,
  };
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
    expect(called).toMatchObject({ called: [personId], heldUntil: null });
    expect(called.dueAt).not.toBeNull();
  });
});
