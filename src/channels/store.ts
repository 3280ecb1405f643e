import type { Kysely } from "kysely";
import type { Pool } from "pg";
import type { AlertItem, Severity } from "../alert/alert.ts";
import type { Database } from "../migrations/tables.ts";
import { arrayLiteral, type ColumnValue } from "../platform/database/array-literal.ts";
import type { ChannelKind, FailureReason, MessageKind } from "./channel.ts";
import type { ClaimedMessage } from "./outgoing.ts";

/** The outbox's SQL: claim what is due, end messages in batches, cancel what has lost its sense. */

/** A claimed message that is not ended within this time is taken over by the sweep of any worker. */
export const LEASE_MS = 30_000;
const CLAIM_ROWS_MAX = 500;

/** How one attempt ended, as the batch update writes it. */
export interface Completion {
  teamId: string;
  id: string;
  state: "pending" | "delivered" | "failed" | "cancelled";
  attempt: number;
  nextAttemptAt: number | null;
  endedAt: number | null;
  failure: FailureReason | null;
  failureStatus: number | null;
}

const instant = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

/**
 * Writes many completions in one statement. A message that was cancelled meanwhile stays cancelled. Its commit does not
 * wait for the disk, so that new alerts need not queue behind it there: when the database server itself dies, the
 * completions of its last moments are lost, and those messages are sent once more under their ids (at least once).
 */
export async function writeCompletions(pool: Pool, completions: readonly Completion[]): Promise<void> {
  const column = (type: string, pick: (completion: Completion) => ColumnValue) =>
    arrayLiteral(type, completions.map(pick));
  await pool.query({
    name: "write-completions",
    text: `update message m set state = t.state, attempts = t.attempts, next_attempt_at = t.next_attempt_at,
             ended_at = t.ended_at, failure = t.failure, failure_status = t.failure_status
           from unnest($1::uuid[], $2::uuid[], $3::text[], $4::int4[], $5::timestamptz[], $6::timestamptz[], $7::text[], $8::int4[])
             as t(team_id, id, state, attempts, next_attempt_at, ended_at, failure, failure_status),
             (select set_config('synchronous_commit', 'off', true)) as not_waiting
           where m.team_id = t.team_id and m.id = t.id and m.state = 'pending'`,
    values: [
      column("uuid", (c) => c.teamId),
      column("uuid", (c) => c.id),
      column("text", (c) => c.state),
      column("int4", (c) => c.attempt),
      column("timestamptz", (c) => instant(c.nextAttemptAt)),
      column("timestamptz", (c) => instant(c.endedAt)),
      column("text", (c) => c.failure),
      column("int4", (c) => c.failureStatus),
    ],
  });
}

interface ClaimedRow {
  id: string;
  team_id: string;
  alert_id: string;
  person_id: string;
  contact_id: string;
  channel: ChannelKind;
  kind: MessageKind;
  reason: string;
  step: number | null;
  pass: number | null;
  attempts: number;
  created_at: Date;
  expires_at: Date | null;
  alert_state: AlertItem["state"];
  title: string;
  severity: Severity;
  alert_created_at: Date;
  alert_updated_at: Date;
  source_kind: string;
  source_alert_id: string;
  rule: string | null;
  resource_ids: string[] | null;
  source_severity: string | null;
}

/** Claims messages whose next attempt (or expired lease) is due, with the alerts they speak of. */
export async function claimDue(pool: Pool, teamIds: readonly string[], now: number): Promise<ClaimedMessage[]> {
  const answer = await pool.query<ClaimedRow>({
    name: "claim-due-messages",
    text: `with due as (
             select team_id, id from message
             where team_id = any($1::uuid[]) and state = 'pending' and next_attempt_at <= $2
             order by next_attempt_at limit ${CLAIM_ROWS_MAX} for update skip locked
           ), claimed as (
             update message m set attempts = m.attempts + 1, next_attempt_at = $3
             from due where m.team_id = due.team_id and m.id = due.id returning m.*
           )
           select c.*, a.state as alert_state, a.title, a.severity, a.created_at as alert_created_at,
             a.updated_at as alert_updated_at, a.source_kind, a.source_alert_id, a.rule, a.resource_ids, a.source_severity
           from claimed c join alert a on a.team_id = c.team_id and a.id = c.alert_id order by c.created_at, c.id`,
    values: [teamIds, new Date(now), new Date(now + LEASE_MS)],
  });
  return answer.rows.map(toClaimed);
}

const toClaimed = (row: ClaimedRow): ClaimedMessage => ({
  id: row.id,
  teamId: row.team_id,
  alertId: row.alert_id,
  personId: row.person_id,
  contactId: row.contact_id,
  channel: row.channel,
  kind: row.kind,
  reason: row.reason,
  step: row.step,
  pass: row.pass,
  attempt: row.attempts,
  createdAt: row.created_at.getTime(),
  expiresAt: row.expires_at?.getTime() ?? null,
  alert: {
    id: row.alert_id,
    title: row.title,
    severity: row.severity,
    state: row.alert_state,
    owner: null,
    createdAt: row.alert_created_at.toISOString(),
    updatedAt: row.alert_updated_at.toISOString(),
    source: {
      kind: row.source_kind,
      alertId: row.source_alert_id,
      rule: row.rule,
      resourceId: row.resource_ids?.[0] ?? null,
      severity: row.source_severity,
    },
  },
});

/** When the next message is due; null = none waits. */
export async function nextDueAt(pool: Pool, teamIds: readonly string[]): Promise<number | null> {
  const answer = await pool.query<{ due: Date | null }>({
    name: "next-due-message",
    text: `select min(next_attempt_at) as due from message where team_id = any($1::uuid[]) and state = 'pending'`,
    values: [teamIds],
  });
  return answer.rows[0]?.due?.getTime() ?? null;
}

/** A new message of an alert, claimed from its first moment (`dueAt` = lease) or waiting for `dueAt`. */
export interface NewMessage {
  id: string;
  teamId: string;
  alertId: string;
  personId: string;
  contactId: string;
  channel: string;
  kind: MessageKind;
  reason: string;
  step: number | null;
  pass: number | null;
  attempts: number;
  dueAt: number;
  createdAt: number;
  expiresAt: number | null;
}

/** Inserts messages, usually within the transaction that decided them. */
export async function insertMessages(db: Kysely<Database>, messages: readonly NewMessage[]): Promise<void> {
  if (messages.length === 0) return;
  await db
    .insertInto("message")
    .values(
      messages.map((message) => ({
        team_id: message.teamId,
        id: message.id,
        alert_id: message.alertId,
        person_id: message.personId,
        contact_id: message.contactId,
        channel: message.channel as ChannelKind,
        kind: message.kind,
        reason: message.reason,
        step: message.step,
        pass: message.pass,
        state: "pending" as const,
        attempts: message.attempts,
        next_attempt_at: new Date(message.dueAt),
        created_at: new Date(message.createdAt),
        expires_at: message.expiresAt === null ? null : new Date(message.expiresAt),
        ended_at: null,
        failure: null,
        failure_status: null,
        received_at: null,
        seen_at: null,
      })),
    )
    .execute();
}

/** Ends everything of an alert that still waits: it was answered or closed. */
export async function cancelMessages(
  db: Kysely<Database>,
  teamId: string,
  alertId: string,
  now: number,
): Promise<void> {
  await db
    .updateTable("message")
    .set({ state: "cancelled", ended_at: new Date(now), next_attempt_at: null })
    .where("team_id", "=", teamId)
    .where("alert_id", "=", alertId)
    .where("state", "=", "pending")
    .execute();
}

/** Notes that a contact works. */
export async function touchContacts(db: Kysely<Database>, contactIds: readonly string[], now: number): Promise<void> {
  if (contactIds.length === 0) return;
  await db
    .updateTable("contact_method")
    .set({ last_delivered_at: new Date(now) })
    .where("id", "in", contactIds)
    .execute();
}

/** Takes a dead contact out of use; its person is shown as hard to reach. */
export async function retireContact(
  db: Kysely<Database>,
  contactId: string,
  reason: string,
  now: number,
): Promise<void> {
  await db
    .updateTable("contact_method")
    .set({ state: "retired", retired_at: new Date(now), retired_reason: reason })
    .where("id", "=", contactId)
    .where("state", "=", "active")
    .execute();
}
