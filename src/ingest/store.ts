import type { Pool } from "pg";
import { arrayLiteral, type ColumnValue } from "../platform/database/array-literal.ts";
import type { Ids } from "../platform/ids.ts";
import type { Arrival, KnownAlert, NewAlertPlan } from "./intake.ts";

/**
 * The hot path's SQL: one statement a batch, one commit. It makes the alerts that are new, counts the others, keeps the
 * raw bodies, and writes for the new ones timeline, escalation and messages already claimed by this process.
 */

/** One arrival with everything decided; `plan` holds only if the alert turns out to be new. */
export interface BatchRow {
  arrival: Arrival;
  alertId: string;
  dedupKey: Buffer;
  digest: Buffer;
  plan: NewAlertPlan;
}

export interface BatchAnswer extends KnownAlert {
  fresh: boolean;
}

/** Separates resource ids within one text column of the batch; it never occurs in a cleaned id. */
const ID_SEPARATOR = "\u001f";
/** A claimed message that is not ended within this time is taken over by the sweep. */
export const MESSAGE_LEASE_MS = 30_000;

const ALERT_COLUMNS: [name: string, type: string][] = [
  ["team_id", "uuid"],
  ["id", "uuid"],
  ["dedup_key", "bytea"],
  ["source_id", "uuid"],
  ["source_kind", "text"],
  ["via", "text"],
  ["source_alert_id", "text"],
  ["rule", "text"],
  ["rule_key", "text"],
  ["source_severity", "text"],
  ["resource_ids", "text"],
  ["title", "text"],
  ["description", "text"],
  ["severity", "text"],
  ["state", "text"],
  ["count", "int8"],
  ["condition", "text"],
  ["raw_digest", "bytea"],
  ["signal_type", "text"],
  ["monitoring_service", "text"],
  ["fired_at", "timestamptz"],
  ["resolved_at", "timestamptz"],
  ["held_until", "timestamptz"],
  ["at", "timestamptz"],
  ["acknowledged_at", "timestamptz"],
  ["closed_at", "timestamptz"],
  ["source_state", "text"],
  ["source_read_at", "timestamptz"],
  ["source_modified_at", "timestamptz"],
  ["sync", "text"],
  ["sync_advice", "text"],
  ["closed_unconfirmed", "bool"],
];
const RAW_COLUMNS: [string, string][] = [
  ["team_id", "uuid"],
  ["digest", "bytea"],
  ["source_id", "uuid"],
  ["dedup_key", "bytea"],
  ["via", "text"],
  ["content_type", "text"],
  ["verdict", "text"],
  ["problem", "text"],
  ["count", "int8"],
  ["at", "timestamptz"],
  ["body_from", "int4"],
  ["body_length", "int4"],
];
const ENTRY_COLUMNS: [string, string][] = [
  ["team_id", "uuid"],
  ["alert_id", "uuid"],
  ["id", "uuid"],
  ["at", "timestamptz"],
  ["kind", "text"],
  ["text", "text"],
  ["data", "jsonb"],
];
const ESCALATION_COLUMNS: [string, string][] = [
  ["team_id", "uuid"],
  ["alert_id", "uuid"],
  ["policy_id", "uuid"],
  ["policy_version", "int4"],
  ["pass", "int4"],
  ["step", "int4"],
  ["repeats_left", "int4"],
  ["notified", "bool"],
  ["due_at", "timestamptz"],
  ["due_kind", "text"],
  ["called", "text"],
];
const MESSAGE_COLUMNS: [string, string][] = [
  ["team_id", "uuid"],
  ["id", "uuid"],
  ["alert_id", "uuid"],
  ["person_id", "uuid"],
  ["contact_id", "uuid"],
  ["channel", "text"],
  ["reason", "text"],
  ["step", "int4"],
  ["pass", "int4"],
  ["next_attempt_at", "timestamptz"],
  ["created_at", "timestamptz"],
  ["expires_at", "timestamptz"],
];

const SECTIONS = [ALERT_COLUMNS, RAW_COLUMNS, ENTRY_COLUMNS, ESCALATION_COLUMNS, MESSAGE_COLUMNS];
/** The bodies of a batch are one binary parameter, the last one; as elements of an array they would go in hexadecimal. */
const BODIES = `$${SECTIONS.flat().length + 1}::bytea`;

function unnestOf(section: number): string {
  const offset = SECTIONS.slice(0, section).reduce((sum, columns) => sum + columns.length, 0);
  const columns = SECTIONS[section]!;
  const args = columns.map(([, type], index) => `$${offset + index + 1}::${type}[]`);
  return `unnest(${args.join(", ")}) as t(${columns.map(([name]) => name).join(", ")})`;
}

/**
 * `on conflict … where`: an alert of the same id but another rule is not this alert (threats I5); such a row is left out
 * of the answer and stored under a variant key in a second round.
 */
const KNOWN_EXTRA = "(source_read_at is not null) as read, source_modified_at, awaits_confirmation, closed_unconfirmed";
/**
 * An alert that the poll found before its push came: the push is the same report and brings what the list does not show
 * (threshold, value, query). Only alerts found by the poll have no `rule_key`.
 */
const FIRST_PUSH = "alert.rule_key is null and excluded.rule_key is not null";
const BATCH_SQL = `
with stored as (
  insert into alert (team_id, id, dedup_key, source_id, source_kind, via, source_alert_id, rule, rule_key, source_severity,
    resource_ids, title, description, severity, state, owner_id, version, count, condition, raw_digest, signal_type,
    monitoring_service, fired_at, resolved_at, held_until, created_at, updated_at, acknowledged_at, closed_at,
    source_state, source_read_at, source_modified_at, sync, sync_advice, closed_unconfirmed, change_id)
  select team_id, id, dedup_key, source_id, source_kind, via, source_alert_id, rule, rule_key, source_severity,
    coalesce(string_to_array(nullif(resource_ids, ''), e'\\x1f'), '{}'), title, description, severity, state, null, 1, count, condition,
    raw_digest, signal_type, monitoring_service, fired_at, resolved_at, held_until, at, at, acknowledged_at, closed_at,
    source_state, source_read_at, source_modified_at, sync, sync_advice, closed_unconfirmed, nextval('alert_change')
  from ${unnestOf(0)}
  on conflict (team_id, dedup_key) do update
    set count = case when excluded.via = 'poll' then alert.count
                     when alert.rule_key is null then excluded.count else alert.count + excluded.count end,
      raw_digest = case when ${FIRST_PUSH} then excluded.raw_digest else alert.raw_digest end,
      description = case when ${FIRST_PUSH} then coalesce(excluded.description, alert.description) else alert.description end,
      signal_type = case when ${FIRST_PUSH} then coalesce(excluded.signal_type, alert.signal_type) else alert.signal_type end,
      rule_key = coalesce(alert.rule_key, excluded.rule_key),
      change_id = case when ${FIRST_PUSH} then excluded.change_id else alert.change_id end
    where excluded.rule_key is null or alert.rule_key is null or alert.rule_key = excluded.rule_key
  returning team_id, id, dedup_key, (xmax = 0) as fresh, state, severity, condition, source_state, via, rule_key, ${KNOWN_EXTRA}, change_id
), kept as (
  insert into raw_event (team_id, digest, source_id, alert_id, via, content_type, verdict, problem, count, received_at,
    last_received_at, body)
  select t.team_id, t.digest, t.source_id, stored.id, t.via, t.content_type, t.verdict, t.problem, t.count, t.at, t.at,
    substring(${BODIES} from t.body_from for t.body_length)
  from ${unnestOf(1)} join stored on stored.team_id = t.team_id and stored.dedup_key = t.dedup_key
  on conflict (team_id, digest) do update
    set count = raw_event.count + excluded.count, last_received_at = excluded.last_received_at
), noted as (
  insert into timeline (team_id, alert_id, id, at, kind, actor_id, text, data)
  select t.team_id, t.alert_id, t.id, t.at, t.kind, null, t.text, t.data
  from ${unnestOf(2)} join stored on stored.team_id = t.team_id and stored.id = t.alert_id where stored.fresh
), begun as (
  insert into escalation (team_id, alert_id, policy_id, policy_version, pass, step, repeats_left, notified, due_at, due_kind, called)
  select t.team_id, t.alert_id, t.policy_id, t.policy_version, t.pass, t.step, t.repeats_left, t.notified, t.due_at, t.due_kind,
    coalesce(string_to_array(nullif(t.called, ''), ',')::uuid[], '{}') from ${unnestOf(3)} join stored on stored.team_id = t.team_id and stored.id = t.alert_id where stored.fresh
), called as (
  insert into message (team_id, id, alert_id, person_id, contact_id, channel, kind, reason, step, pass, state, attempts,
    next_attempt_at, created_at, expires_at)
  select t.team_id, t.id, t.alert_id, t.person_id, t.contact_id, t.channel, 'call-out', t.reason, t.step, t.pass, 'pending', 1,
    t.next_attempt_at, t.created_at, t.expires_at
  from ${unnestOf(4)} join stored on stored.team_id = t.team_id and stored.id = t.alert_id where stored.fresh
)
select team_id, id, dedup_key, fresh, state, severity, condition, source_state, via, rule_key, read, source_modified_at, awaits_confirmation, closed_unconfirmed, change_id from stored`;

interface AnswerRow {
  team_id: string;
  id: string;
  dedup_key: Buffer;
  fresh: boolean;
  state: KnownAlert["state"];
  severity: KnownAlert["severity"];
  condition: KnownAlert["condition"];
  source_state: KnownAlert["sourceState"];
  via: KnownAlert["via"];
  rule_key: string | null;
  read: boolean;
  source_modified_at: Date | null;
  awaits_confirmation: boolean;
  closed_unconfirmed: boolean;
  change_id: string;
}

export type StoredAnswer = BatchAnswer & { changeId: number };

type Row = ColumnValue[];
type Instant = (ms: number | null) => string | null;

/** The instants of a batch are few and each is written many times. */
function createInstant(): Instant {
  const known = new Map<number, string>();
  return (ms) => {
    if (ms === null) return null;
    const text = known.get(ms) ?? new Date(ms).toISOString();
    known.set(ms, text);
    return text;
  };
}

function alertValues(row: BatchRow, instant: Instant): Row {
  const { arrival, plan } = row;
  const { event } = arrival;
  const at = instant(arrival.receivedAt);
  return [
    arrival.teamId,
    row.alertId,
    row.dedupKey,
    arrival.sourceId,
    event.sourceKind,
    event.via,
    event.alertId,
    event.rule,
    event.via === "poll" ? null : (event.rule?.toLowerCase() ?? ""),
    event.sourceSeverity,
    event.resourceIds.map((id) => id.replaceAll(ID_SEPARATOR, "")).join(ID_SEPARATOR),
    event.title,
    event.description,
    event.severity,
    plan.state,
    arrival.count,
    event.condition,
    row.digest,
    event.signalType,
    event.monitoringService,
    instant(event.firedAt),
    instant(event.resolvedAt),
    instant(plan.heldUntil),
    at,
    plan.state === "acknowledged" ? at : null,
    plan.state === "closed" ? at : null,
    event.sourceState,
    event.via === "poll" ? at : null,
    instant(event.modifiedAt),
    plan.sync,
    plan.syncAdvice,
    plan.closedUnconfirmed,
  ];
}

const rawValues = ({ arrival, dedupKey, digest }: BatchRow, bodyFrom: number, instant: Instant): Row => [
  arrival.teamId,
  digest,
  arrival.sourceId,
  dedupKey,
  arrival.event.via,
  arrival.contentType,
  arrival.problem === null ? "accepted" : "unreadable",
  arrival.problem,
  arrival.count,
  instant(arrival.receivedAt),
  bodyFrom,
  arrival.body.length,
];

const entryValues = ({ arrival, alertId, plan }: BatchRow, ids: Ids, instant: Instant): Row[] =>
  plan.entries.map((entry) => [
    arrival.teamId,
    alertId,
    ids.next(arrival.receivedAt),
    instant(arrival.receivedAt),
    entry.kind,
    entry.text,
    JSON.stringify(entry.data),
  ]);

function escalationValues({ arrival, alertId, plan }: BatchRow, instant: Instant): Row[] {
  const e = plan.escalation;
  if (!e) return [];
  return [
    [
      arrival.teamId,
      alertId,
      e.policyId,
      e.policyVersion,
      e.pass,
      e.step,
      e.repeatsLeft,
      e.notified,
      instant(e.dueAt),
      e.dueKind,
      e.called.join(","),
    ],
  ];
}

const messageValues = ({ arrival, alertId, plan }: BatchRow, instant: Instant): Row[] =>
  plan.callOuts.map((callOut) => [
    arrival.teamId,
    callOut.id,
    alertId,
    callOut.personId,
    callOut.contactId,
    callOut.channel,
    callOut.reason,
    callOut.step,
    callOut.pass,
    instant(arrival.receivedAt + MESSAGE_LEASE_MS),
    instant(arrival.receivedAt),
    instant(callOut.expiresAt),
  ]);

/** Rows to columns, each one parameter. */
function toColumns(columns: readonly [name: string, type: string][], rows: readonly Row[]): string[] {
  return columns.map(([, type], column) =>
    arrayLiteral(
      type,
      rows.map((row) => row[column]!),
    ),
  );
}

function rawColumns(batch: readonly BatchRow[], instant: Instant): { columns: string[]; bodies: Buffer } {
  const rows = [...batch].sort((a, b) => Buffer.compare(a.digest, b.digest));
  // SQL counts from 1.
  let bodyFrom = 1;
  const values = rows.map((row) => {
    const value = rawValues(row, bodyFrom, instant);
    bodyFrom += row.arrival.body.length;
    return value;
  });
  return { columns: toColumns(RAW_COLUMNS, values), bodies: Buffer.concat(rows.map((row) => row.arrival.body)) };
}

/**
 * Commits a batch whose dedup keys differ. Rows are sent in key order, so that batches under way at once lock in one
 * order. Answers by dedup key (hex); a key without an answer belongs to another alert of the same id.
 */
export async function commitBatch(
  pool: Pool,
  batch: readonly BatchRow[],
  ids: Ids,
): Promise<Map<string, StoredAnswer>> {
  const rows = [...batch].sort((a, b) => Buffer.compare(a.dedupKey, b.dedupKey));
  const instant = createInstant();
  const raw = rawColumns(rows, instant);
  const columns = [
    toColumns(
      ALERT_COLUMNS,
      rows.map((row) => alertValues(row, instant)),
    ),
    raw.columns,
    toColumns(
      ENTRY_COLUMNS,
      rows.flatMap((row) => entryValues(row, ids, instant)),
    ),
    toColumns(
      ESCALATION_COLUMNS,
      rows.flatMap((row) => escalationValues(row, instant)),
    ),
    toColumns(
      MESSAGE_COLUMNS,
      rows.flatMap((row) => messageValues(row, instant)),
    ),
  ];
  const values = [...columns.flat(), raw.bodies];
  const answer = await pool.query<AnswerRow>({ name: "ingest-batch", text: BATCH_SQL, values });
  return new Map(answer.rows.map((row) => [row.dedup_key.toString("hex"), toAnswer(row)]));
}

const toAnswer = (row: AnswerRow): StoredAnswer => ({
  id: row.id,
  teamId: row.team_id,
  fresh: row.fresh,
  state: row.state,
  severity: row.severity,
  condition: row.condition,
  sourceState: row.source_state,
  via: row.via,
  ruleKey: row.rule_key,
  read: row.read,
  modifiedAt: row.source_modified_at?.getTime() ?? null,
  awaitsConfirmation: row.awaits_confirmation,
  closedUnconfirmed: row.closed_unconfirmed,
  changeId: Number(row.change_id),
});

/** A body that is kept already, and the identity of its alert. */
export interface CountedBody {
  arrival: Arrival;
  digest: Buffer;
  dedupKey: Buffer;
}

/** What `on conflict` does above, without anything that only a new alert or a new body needs. */
const COUNT_SQL = `
with again as (
  select team_id, digest, dedup_key, sum(count)::int8 as count, max(at) as at
  from unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::int8[], $5::timestamptz[]) as t(team_id, digest, dedup_key, count, at)
  group by team_id, digest, dedup_key
), kept as (
  update raw_event r set count = r.count + again.count, last_received_at = again.at
  from again where r.team_id = again.team_id and r.digest = again.digest
  returning r.team_id, r.digest, again.dedup_key, again.count
), counted as (
  update alert a set count = a.count + sums.count
  from (select team_id, dedup_key, sum(count)::int8 as count from kept group by team_id, dedup_key) as sums
  where a.team_id = sums.team_id and a.dedup_key = sums.dedup_key
  returning a.team_id, a.id, a.dedup_key, a.state, a.severity, a.condition, a.source_state, a.via, a.rule_key,
    a.source_read_at is not null as read, a.source_modified_at, a.awaits_confirmation, a.closed_unconfirmed, a.change_id
)
select counted.*, false as fresh, kept.digest
from kept join counted on counted.team_id = kept.team_id and counted.dedup_key = kept.dedup_key`;

/** Counts bodies that are kept. Answers by digest (hex); none = body or alert is no longer there. */
export async function countBodies(pool: Pool, bodies: readonly CountedBody[]): Promise<Map<string, StoredAnswer>> {
  const column = (type: string, pick: (body: CountedBody) => ColumnValue) => arrayLiteral(type, bodies.map(pick));
  const instant = createInstant();
  const answer = await pool.query<AnswerRow & { digest: Buffer }>({
    name: "count-bodies",
    text: COUNT_SQL,
    values: [
      column("uuid", ({ arrival }) => arrival.teamId),
      column("bytea", ({ digest }) => digest),
      column("bytea", ({ dedupKey }) => dedupKey),
      column("int8", ({ arrival }) => arrival.count),
      column("timestamptz", ({ arrival }) => instant(arrival.receivedAt)),
    ],
  });
  return new Map(answer.rows.map((row) => [row.digest.toString("hex"), toAnswer(row)]));
}

/** Keeps the raw body of an event that no alert belongs to (ignored by a setting). */
export async function keepRaw(pool: Pool, arrival: Arrival, digest: Buffer, problem: string): Promise<void> {
  await pool.query({
    name: "keep-raw",
    text: `insert into raw_event (team_id, digest, source_id, alert_id, via, content_type, verdict, problem, count, received_at, last_received_at, body)
           values ($1, $2, $3, null, $4, $5, 'accepted', $6, $7, $8, $8, $9)
           on conflict (team_id, digest) do update set count = raw_event.count + excluded.count, last_received_at = excluded.last_received_at`,
    values: [
      arrival.teamId,
      digest,
      arrival.sourceId,
      arrival.event.via,
      arrival.contentType,
      problem,
      arrival.count,
      new Date(arrival.receivedAt),
      arrival.body,
    ],
  });
}

/** Which of these dedup keys are alerts already, with the facts to compare (polls). */
export async function findKnown(
  pool: Pool,
  teamId: string,
  keys: readonly Buffer[],
): Promise<Map<string, StoredAnswer>> {
  const answer = await pool.query<AnswerRow>({
    name: "find-known",
    text: `select team_id, id, dedup_key, false as fresh, state, severity, condition, source_state, via, rule_key, ${KNOWN_EXTRA}, change_id
           from alert where team_id = $1 and dedup_key = any($2::bytea[])`,
    values: [teamId, keys],
  });
  return new Map(answer.rows.map((row) => [row.dedup_key.toString("hex"), toAnswer(row)]));
}
