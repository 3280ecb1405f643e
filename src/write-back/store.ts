import type { Kysely, Transaction } from "kysely";
import { sql } from "kysely";
import type { SourceState } from "../alert/event.ts";
import type { Database, WriteBackTable } from "../migrations/tables.ts";
import type { SentWrite } from "./echo.ts";

/** The write-back queue's SQL. At most one write of an alert waits: a newer answer supersedes it. */
export type WriteRow = WriteBackTable;

/** A claimed write is tried again by anybody after this time. */
const LEASE_MS = 60_000;
const CLAIM_MAX = 50;
/** So many of an alert's last writes are compared with what comes back. */
const WRITES_COMPARED = 20;

export async function queueWrite(
  tx: Transaction<Database>,
  write: { teamId: string; alertId: string; operationId: string; newState: SourceState; comment: string },
  now: number,
): Promise<void> {
  await tx
    .updateTable("write_back")
    .set({ state: "superseded", ended_at: new Date(now), next_attempt_at: null })
    .where("team_id", "=", write.teamId)
    .where("alert_id", "=", write.alertId)
    .where("state", "=", "pending")
    .execute();
  await tx
    .insertInto("write_back")
    .values({
      team_id: write.teamId,
      alert_id: write.alertId,
      operation_id: write.operationId,
      new_state: write.newState,
      comment: write.comment,
      state: "pending",
      attempts: 0,
      next_attempt_at: new Date(now),
      created_at: new Date(now),
      ended_at: null,
      error: null,
      answered_modified_at: null,
    })
    .execute();
}

/** Claims writes that are due; other workers pass over them. */
export async function claimWrites(db: Kysely<Database>, teamIds: readonly string[], now: number): Promise<WriteRow[]> {
  if (teamIds.length === 0) return [];
  return db
    .updateTable("write_back")
    .set((e) => ({ attempts: e("attempts", "+", 1), next_attempt_at: new Date(now + LEASE_MS) }))
    .where(({ eb, refTuple, selectFrom }) =>
      eb(
        refTuple("team_id", "operation_id"),
        "in",
        selectFrom("write_back")
          .select(["team_id", "operation_id"])
          .where("team_id", "in", teamIds)
          .where("state", "=", "pending")
          .where("next_attempt_at", "<=", new Date(now))
          .orderBy("next_attempt_at")
          .limit(CLAIM_MAX)
          .forUpdate()
          .skipLocked()
          .$asTuple("team_id", "operation_id"),
      ),
    )
    .returningAll()
    .execute();
}

/** Ends or postpones a claimed write, unless it was superseded meanwhile (then it only keeps Azure's time). */
export async function finishWrite(
  tx: Kysely<Database>,
  write: WriteRow,
  outcome: {
    state: "pending" | "done" | "gone";
    nextAttemptAt: number | null;
    error: string | null;
    modifiedAt: number | null;
  },
  now: number,
): Promise<void> {
  const ended = outcome.state !== "pending";
  await tx
    .updateTable("write_back")
    .set({
      state: sql<
        WriteRow["state"]
      >`case when state = 'superseded' and ${outcome.state} <> 'done' then state else ${outcome.state} end`,
      next_attempt_at: outcome.nextAttemptAt === null ? null : new Date(outcome.nextAttemptAt),
      ended_at: ended ? new Date(now) : null,
      error: outcome.error,
      answered_modified_at: outcome.modifiedAt === null ? null : new Date(outcome.modifiedAt),
    })
    .where("team_id", "=", write.team_id)
    .where("alert_id", "=", write.alert_id)
    .where("operation_id", "=", write.operation_id)
    .execute();
}

/** The writes of an alert that were sent and not refused, oldest first. */
export async function sentWrites(db: Kysely<Database>, teamId: string, alertId: string): Promise<SentWrite[]> {
  const rows = await db
    .selectFrom("write_back")
    .selectAll()
    .where("team_id", "=", teamId)
    .where("alert_id", "=", alertId)
    .where("attempts", ">", 0)
    .where("state", "in", ["pending", "done", "superseded"])
    .orderBy("created_at", "desc")
    .orderBy("operation_id", "desc")
    .limit(WRITES_COMPARED)
    .execute();
  return rows.reverse().map((row) => ({
    operationId: row.operation_id,
    state: row.new_state,
    azureModifiedAt: row.answered_modified_at?.getTime() ?? null,
  }));
}

/** Notes Azure's time at a write whose answer was lost, now that its effect was read. Epoch milliseconds. */
export async function noteWriteSeen(
  tx: Transaction<Database>,
  write: { teamId: string; alertId: string; operationId: string },
  modifiedAt: number,
): Promise<void> {
  await tx
    .updateTable("write_back")
    .set({ answered_modified_at: sql`coalesce(answered_modified_at, ${new Date(modifiedAt)})` })
    .where("team_id", "=", write.teamId)
    .where("alert_id", "=", write.alertId)
    .where("operation_id", "=", write.operationId)
    .execute();
}

/** The state we sent last (or want to send), if any. */
export async function lastWrittenState(
  db: Kysely<Database>,
  teamId: string,
  alertId: string,
): Promise<SourceState | null> {
  const row = await db
    .selectFrom("write_back")
    .select("new_state")
    .where("team_id", "=", teamId)
    .where("alert_id", "=", alertId)
    .where("state", "in", ["pending", "done"])
    .orderBy("created_at", "desc")
    .orderBy("operation_id", "desc")
    .limit(1)
    .executeTakeFirst();
  return row?.new_state ?? null;
}

/** Does another write of this alert wait? */
export async function hasPendingWrite(db: Kysely<Database>, write: WriteRow): Promise<boolean> {
  const row = await db
    .selectFrom("write_back")
    .select("operation_id")
    .where("team_id", "=", write.team_id)
    .where("alert_id", "=", write.alert_id)
    .where("operation_id", "<>", write.operation_id)
    .where("state", "=", "pending")
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** When the next write is due; null = none waits. */
export async function nextDueWrite(db: Kysely<Database>, teamIds: readonly string[]): Promise<number | null> {
  if (teamIds.length === 0) return null;
  const row = await db
    .selectFrom("write_back")
    .select((e) => e.fn.min("next_attempt_at").as("due"))
    .where("team_id", "in", teamIds)
    .where("state", "=", "pending")
    .executeTakeFirst();
  return row?.due ? new Date(row.due).getTime() : null;
}
