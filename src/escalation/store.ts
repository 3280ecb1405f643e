import { type Kysely, sql, type Transaction } from "kysely";
import type { Database, EscalationTable } from "../migrations/tables.ts";
import type { EscalationPosition } from "./next-step.ts";

/** The escalation's SQL: where each alert's escalation stands, and what is due. */
export type EscalationRow = EscalationTable;

type Tx = Transaction<Database>;

export async function readEscalation(
  db: Kysely<Database>,
  teamId: string,
  alertId: string,
): Promise<EscalationRow | undefined> {
  return db
    .selectFrom("escalation")
    .selectAll()
    .where("team_id", "=", teamId)
    .where("alert_id", "=", alertId)
    .executeTakeFirst();
}

export interface EscalationState extends EscalationPosition {
  teamId: string;
  alertId: string;
  policyId: string;
  policyVersion: number;
  dueKind: EscalationTable["due_kind"];
  called: readonly string[];
}

/** Writes where it stands now; one row an alert. */
export async function saveEscalation(tx: Tx, state: EscalationState): Promise<void> {
  const row = {
    team_id: state.teamId,
    alert_id: state.alertId,
    policy_id: state.policyId,
    policy_version: state.policyVersion,
    pass: state.pass,
    step: state.step,
    repeats_left: state.repeatsLeft,
    notified: state.notified,
    due_at: state.dueAt === null ? null : new Date(state.dueAt),
    due_kind: state.dueAt === null ? null : state.dueKind,
    called: [...state.called],
  };
  await tx
    .insertInto("escalation")
    .values(row)
    .onConflict((conflict) => conflict.columns(["team_id", "alert_id"]).doUpdateSet(row))
    .execute();
}

/**
 * Alerts whose escalation is due, locked by the caller's transaction; other workers pass over them. The alert is what is
 * locked: every change of an alert takes that lock first, so timers and answers never wait for each other in a circle.
 */
export async function claimDueEscalations(
  tx: Tx,
  teamIds: readonly string[],
  now: number,
  limit: number,
): Promise<{ escalation: EscalationRow; alertId: string }[]> {
  if (teamIds.length === 0) return [];
  const rows = await tx
    .selectFrom("escalation")
    .innerJoin("alert", (join) =>
      join.onRef("alert.team_id", "=", "escalation.team_id").onRef("alert.id", "=", "escalation.alert_id"),
    )
    .selectAll("escalation")
    .where("escalation.team_id", "in", teamIds)
    .where("escalation.due_at", "<=", new Date(now))
    .orderBy("escalation.due_at")
    .limit(limit)
    .forUpdate("alert")
    .skipLocked()
    .execute();
  return rows.map((escalation) => ({ escalation, alertId: escalation.alert_id }));
}

/** Puts off the escalation that is due first; answers its alert. */
export async function postponeFirst(
  db: Kysely<Database>,
  teamIds: readonly string[],
  now: number,
  byMs: number,
): Promise<string | null> {
  const first = await db
    .selectFrom("escalation")
    .select(["team_id", "alert_id"])
    .where("team_id", "in", teamIds)
    .where("due_at", "<=", new Date(now))
    .orderBy("due_at")
    .limit(1)
    .executeTakeFirst();
  if (!first) return null;
  await db
    .updateTable("escalation")
    .set({ due_at: new Date(now + byMs) })
    .where("team_id", "=", first.team_id)
    .where("alert_id", "=", first.alert_id)
    .execute();
  return first.alert_id;
}

/** The nearest due time over the teams; null = nothing waits. */
export async function nextDueEscalation(db: Kysely<Database>, teamIds: readonly string[]): Promise<number | null> {
  if (teamIds.length === 0) return null;
  const row = await db
    .selectFrom("escalation")
    .select((e) => e.fn.min("due_at").as("due"))
    .where("team_id", "in", teamIds)
    .where("due_at", "is not", null)
    .executeTakeFirst();
  return row?.due ? new Date(row.due).getTime() : null;
}

/**
 * Brings the next step forward to `now` when everything that this step sent has failed: nobody was reached, so waiting
 * helps nobody.
 */
export async function hastenUnreached(
  db: Kysely<Database>,
  at: { teamId: string; alertId: string; pass: number; step: number },
  now: number,
): Promise<boolean> {
  const answer = await db
    .updateTable("escalation")
    .set({ due_at: new Date(now) })
    .where("team_id", "=", at.teamId)
    .where("alert_id", "=", at.alertId)
    .where("pass", "=", at.pass)
    .where("step", "=", at.step)
    .where("due_kind", "=", "step")
    .where("due_at", ">", new Date(now))
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom("message")
            .select(sql<number>`1`.as("one"))
            .whereRef("message.team_id", "=", "escalation.team_id")
            .whereRef("message.alert_id", "=", "escalation.alert_id")
            .where("message.pass", "=", at.pass)
            .where("message.step", "=", at.step)
            .where("message.state", "in", ["pending", "delivered"]),
        ),
      ),
    )
    .executeTakeFirst();
  return answer.numUpdatedRows > 0n;
}
