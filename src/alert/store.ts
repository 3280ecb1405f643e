import { type Kysely, sql, type Transaction } from "kysely";
import type { AlertTable, Database } from "../migrations/tables.ts";
import type { Ids } from "../platform/ids.ts";
import type { NewTimelineEntry } from "./timeline.ts";

/** The alert's SQL outside the hot path: read under a lock, change with a new version, append to the timeline. */
export type AlertRow = {
  [Column in keyof AlertTable]: AlertTable[Column] extends { __select__: infer Selected }
    ? Selected
    : AlertTable[Column];
};

type Tx = Transaction<Database>;

/** Columns that a change may set; version, `updated_at` and the change order follow by themselves. */
export type AlertPatch = Partial<
  Pick<
    AlertRow,
    | "state"
    | "owner_id"
    | "severity"
    | "condition"
    | "resolved_at"
    | "held_until"
    | "acknowledged_at"
    | "closed_at"
    | "source_state"
    | "source_read_at"
    | "source_modified_at"
    | "source_severity"
    | "sync"
    | "sync_advice"
    | "source_alert_id"
    | "awaits_confirmation"
    | "closed_unconfirmed"
  >
>;

/** Locks one alert of the caller's teams; undefined when there is none (A3: absent and foreign look the same). */
export async function lockAlert(tx: Tx, teamIds: readonly string[], alertId: string): Promise<AlertRow | undefined> {
  if (teamIds.length === 0) return undefined;
  return tx
    .selectFrom("alert")
    .selectAll()
    .where("team_id", "in", teamIds)
    .where("id", "=", alertId)
    .forUpdate()
    .executeTakeFirst();
}

/** Reads one alert of the caller's teams without a lock. */
export async function readAlert(
  db: Kysely<Database>,
  teamIds: readonly string[],
  alertId: string,
): Promise<AlertRow | undefined> {
  if (teamIds.length === 0) return undefined;
  return db
    .selectFrom("alert")
    .selectAll()
    .where("team_id", "in", teamIds)
    .where("id", "=", alertId)
    .executeTakeFirst();
}

/** Changes a locked alert; answers it as it is then. */
export async function updateAlert(tx: Tx, row: AlertRow, patch: AlertPatch, now: number): Promise<AlertRow> {
  return tx
    .updateTable("alert")
    .set({
      ...patch,
      version: row.version + 1,
      updated_at: new Date(now),
      change_id: sql<string>`nextval('alert_change')`,
    })
    .where("team_id", "=", row.team_id)
    .where("id", "=", row.id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Changes columns that people see nothing of: no new version, no event. Answers the alert as it is then. */
export async function patchQuietly(
  tx: Tx,
  row: Pick<AlertRow, "team_id" | "id">,
  patch: AlertPatch,
): Promise<AlertRow> {
  return tx
    .updateTable("alert")
    .set(patch)
    .where("team_id", "=", row.team_id)
    .where("id", "=", row.id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/**
 * Tells the event stream about an alert whose next call or hold changed. The version stays: nobody's answer is overtaken
 * by a timer.
 */
export async function markChanged(tx: Tx, row: AlertRow, patch: AlertPatch, now: number): Promise<AlertRow> {
  return tx
    .updateTable("alert")
    .set({ ...patch, updated_at: new Date(now), change_id: sql<string>`nextval('alert_change')` })
    .where("team_id", "=", row.team_id)
    .where("id", "=", row.id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Gives a closed alert another identity, so that its old one is free for a new alert. */
export async function replaceDedupKey(tx: Tx, row: AlertRow, key: Buffer): Promise<void> {
  await tx
    .updateTable("alert")
    .set({ dedup_key: key })
    .where("team_id", "=", row.team_id)
    .where("id", "=", row.id)
    .execute();
}

/** Alerts that wait for the source's own word, at most `limit`. */
export async function alertsAwaitingConfirmation(
  db: Kysely<Database>,
  teamIds: readonly string[],
  limit: number,
): Promise<{ team_id: string; id: string }[]> {
  if (teamIds.length === 0) return [];
  return db
    .selectFrom("alert")
    .select(["team_id", "id"])
    .where("team_id", "in", teamIds)
    .where("awaits_confirmation", "=", true)
    .where("state", "<>", "closed")
    .limit(limit)
    .execute();
}

/** Appends entries, in the order given. */
export async function appendTimeline(
  tx: Kysely<Database>,
  entries: readonly NewTimelineEntry[],
  ids: Ids,
  now: number,
): Promise<string[]> {
  if (entries.length === 0) return [];
  const rows = entries.map((entry) => ({
    team_id: entry.teamId,
    alert_id: entry.alertId,
    id: ids.next(now),
    at: new Date(now),
    kind: entry.kind,
    actor_id: entry.actorId,
    text: entry.text,
    data: JSON.stringify(entry.data ?? {}),
  }));
  await tx.insertInto("timeline").values(rows).execute();
  return rows.map((row) => row.id);
}
