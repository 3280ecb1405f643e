import type { EscalationPolicy } from "../../src/escalation/escalation-policy.ts";
import type { AlertTable, Database, EscalationTable } from "../../src/migrations/tables.ts";
import type { Store } from "../../src/platform/database/connect.ts";
import { createIds } from "../../src/platform/ids.ts";

/** What a test may say of an alert. */
export type AlertFacts = Partial<
  Pick<AlertTable, "state" | "held_until" | "condition" | "source_state" | "acknowledged_at">
>;

/** A team with one person and one policy, and open alerts of it whose escalations are due: rows for stage tests. */
export interface EscalatingAlerts {
  teamId: string;
  personId: string;
  /** Makes an open alert; answers its id. */
  make(escalation: Partial<EscalationTable>, alert?: AlertFacts): Promise<string>;
  escalationOf(alertId: string): Promise<EscalationTable>;
  timelineOf(alertId: string): Promise<string[]>;
}

export async function createEscalatingAlerts(
  { db }: Pick<Store<Database>, "db">,
  now: number,
  policy: (personId: string) => EscalationPolicy,
): Promise<EscalatingAlerts> {
  const ids = createIds();
  const at = new Date(now - 300_000);
  const [teamId, personId, policyId] = [ids.next(now), ids.next(now), ids.next(now)];
  await db.insertInto("team").values({ id: teamId, name: "Operations", created_at: at }).execute();
  const person = { id: personId, tenant_id: ids.next(now), object_id: ids.next(now), name: "Ana", created_at: at };
  await db
    .insertInto("person")
    .values({ ...person, role: null, role_read_at: null })
    .execute();
  const definition = JSON.stringify(policy(personId));
  await db
    .insertInto("escalation_policy")
    .values({ team_id: teamId, id: policyId, version: 1, name: "Default", definition, created_at: at })
    .execute();

  const make: EscalatingAlerts["make"] = async (escalation, alert = {}) => {
    const alertId = ids.next(now);
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
        ...{ title: "Due", severity: "high" as const, state: "open" as const, version: 1, count: 1, signal_type: null },
        ...{ monitoring_service: null, held_until: null, created_at: at, updated_at: at, change_id: 1 },
        ...{ source_modified_at: null, sync: "in-step" as const, sync_advice: null, closed_unconfirmed: false },
        ...{ condition: "fired" as const, source_state: null, ...alert },
      })
      .execute();
    const key = { team_id: teamId, alert_id: alertId, policy_id: policyId, policy_version: 1, called: [] };
    const start = {
      pass: 1,
      step: 0,
      repeats_left: 0,
      notified: false,
      due_at: new Date(now),
      due_kind: "step" as const,
    };
    await db
      .insertInto("escalation")
      .values({ ...key, ...start, ...escalation })
      .execute();
    return alertId;
  };
  const escalationOf: EscalatingAlerts["escalationOf"] = (alertId) =>
    db
      .selectFrom("escalation")
      .selectAll()
      .where("team_id", "=", teamId)
      .where("alert_id", "=", alertId)
      .executeTakeFirstOrThrow();
  const timelineOf: EscalatingAlerts["timelineOf"] = async (alertId) => {
    const rows = await db
      .selectFrom("timeline")
      .select("kind")
      .where("team_id", "=", teamId)
      .where("alert_id", "=", alertId)
      .orderBy("id")
      .execute();
    return rows.map(({ kind }) => kind);
  };
  return { teamId, personId, make, escalationOf, timelineOf };
}
