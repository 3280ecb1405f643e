import type { ColumnType, Generated } from "kysely";
import type { AlertState, Severity } from "../alert/alert.ts";
import type { SourceEvent, SourceState } from "../alert/event.ts";
import type { ChannelKind, FailureReason, MessageKind } from "../channels/channel.ts";

/** The tables as TypeScript sees them; the SQL is in the migrations. Instants are `Date`. */
export interface Database {
  team: { id: string; name: string; created_at: Date };
  person: PersonTable;
  team_member: { team_id: string; person_id: string; created_at: Date };
  session: SessionTable;
  api_token: ApiTokenTable;
  contact_method: ContactMethodTable;
  instance_secret: { name: string; value: string; created_at: Date };
  source: SourceTable;
  source_key: SourceKeyTable;
  schedule: { team_id: string; id: string; name: string; definition: Json; version: number; created_at: Date };
  escalation_policy: { team_id: string; id: string; version: number; name: string; definition: Json; created_at: Date };
  raw_event: RawEventTable;
  alert: AlertTable;
  timeline: TimelineTable;
  escalation: EscalationTable;
  message: MessageTable;
  write_back: WriteBackTable;
  audit: AuditTable;
}

/** Read as a value, written as JSON text. */
export type Json = ColumnType<unknown, string, string>;
/** `bigint` comes as text from pg. */
type BigCount = ColumnType<string, number | string, number | string>;

export interface PersonTable {
  id: string;
  tenant_id: string;
  object_id: string;
  name: string;
  /** Role at the last sign-in or bootstrap; null = never signed in. */
  role: string | null;
  role_read_at: Date | null;
  created_at: Date;
}

export interface SessionTable {
  digest: Buffer;
  person_id: string;
  role: string;
  /** What people recognise the device by, from the user agent. */
  label: string;
  created_at: Date;
  last_used_at: Date;
  role_read_at: Date;
  ends_at: Date;
  /** Sealed with a key that only the cookie holds. */
  refresh_token: Buffer | null;
}

export interface ApiTokenTable {
  id: string;
  digest: Buffer;
  person_id: string;
  name: string;
  role: string;
  team_id: string | null;
  created_at: Date;
  expires_at: Date;
  last_used_at: Date | null;
  revoked_at: Date | null;
}

export interface ContactMethodTable {
  id: string;
  person_id: string;
  channel: ChannelKind;
  name: string;
  config: Json;
  config_digest: Buffer;
  state: "active" | "retired";
  created_at: Date;
  last_delivered_at: Date | null;
  retired_at: Date | null;
  retired_reason: string | null;
}

export interface SourceTable {
  team_id: string;
  id: string;
  kind: string;
  name: string;
  subscriptions: string[];
  paused: Generated<boolean>;
  created_at: Date;
  cursor_at: Date | null;
  last_poll_at: Date | null;
  last_success_at: Date | null;
  last_push_at: Date | null;
  last_error: string | null;
  last_advice: string | null;
}

export interface SourceKeyTable {
  team_id: string;
  source_id: string;
  id: string;
  digest: Buffer;
  created_at: Date;
  expires_at: Date | null;
  revoked_at: Date | null;
  last_used_at: Date | null;
}

export interface RawEventTable {
  team_id: string;
  digest: Buffer;
  source_id: string;
  alert_id: string | null;
  via: string;
  content_type: string | null;
  verdict: "accepted" | "unreadable";
  problem: string | null;
  count: BigCount;
  received_at: Date;
  last_received_at: Date;
  body: Buffer;
}

/** How the alert stands with its source: the words of the portal's sync line (`azure.sync` of the contract). */
export type SyncState =
  | "in-step"
  | "sending"
  | "waiting"
  | "refused"
  | "gone"
  | "off"
  | "not-configured"
  | "unknown-to-azure";

export interface AlertTable {
  team_id: string;
  id: string;
  dedup_key: Buffer;
  source_id: string;
  source_kind: string;
  via: SourceEvent["via"];
  source_alert_id: string;
  rule: string | null;
  rule_key: string | null;
  source_severity: string | null;
  resource_ids: string[];
  title: string;
  description: string | null;
  severity: Severity;
  state: AlertState;
  owner_id: string | null;
  version: number;
  count: BigCount;
  condition: SourceEvent["condition"];
  raw_digest: Buffer | null;
  signal_type: string | null;
  monitoring_service: string | null;
  fired_at: Date | null;
  resolved_at: Date | null;
  held_until: Date | null;
  created_at: Date;
  updated_at: Date;
  acknowledged_at: Date | null;
  closed_at: Date | null;
  source_state: SourceState | null;
  source_read_at: Date | null;
  source_modified_at: Date | null;
  sync: SyncState;
  sync_advice: string | null;
  /** A key-signed Resolved waits for Azure's own answer. */
  awaits_confirmation: Generated<boolean>;
  /** Stored closed on a key's word alone; opened if Azure says that it fires. */
  closed_unconfirmed: boolean;
  change_id: BigCount;
}

export interface TimelineTable {
  team_id: string;
  alert_id: string;
  id: string;
  at: Date;
  kind: string;
  actor_id: string | null;
  text: string;
  data: Json;
}

export interface EscalationTable {
  team_id: string;
  alert_id: string;
  policy_id: string;
  policy_version: number;
  /** Pass and step last fired; step 0 = none yet. */
  pass: number;
  step: number;
  repeats_left: number;
  /** Did this pass reach anybody? */
  notified: boolean;
  due_at: Date | null;
  due_kind: "step" | "ack-timeout" | "snooze" | null;
  /** People called since the escalation began, each once. */
  called: string[];
}

export interface MessageTable {
  team_id: string;
  id: string;
  alert_id: string;
  person_id: string;
  contact_id: string;
  channel: ChannelKind;
  kind: MessageKind;
  reason: string;
  step: number | null;
  pass: number | null;
  state: "pending" | "delivered" | "failed" | "cancelled";
  attempts: number;
  next_attempt_at: Date | null;
  created_at: Date;
  expires_at: Date | null;
  ended_at: Date | null;
  failure: FailureReason | null;
  failure_status: number | null;
  received_at: Date | null;
  seen_at: Date | null;
}

export interface WriteBackTable {
  team_id: string;
  alert_id: string;
  operation_id: string;
  new_state: SourceState;
  comment: string;
  state: "pending" | "done" | "gone" | "refused" | "superseded";
  attempts: number;
  next_attempt_at: Date | null;
  created_at: Date;
  ended_at: Date | null;
  error: string | null;
  answered_modified_at: Date | null;
}

export interface AuditTable {
  team_id: string;
  sequence: BigCount;
  at: Date;
  actor: string;
  action: string;
  target: string;
  data: Json;
  previous_hash: Buffer;
  hash: Buffer;
}
