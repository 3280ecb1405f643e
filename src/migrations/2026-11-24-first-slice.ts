import { type Kysely, sql } from "kysely";

/**
 * The first tables. Every table's primary key leads with `team_id`, the distribution column, except the small reference
 * tables (people, their contacts, sessions, API tokens, teams, instance secrets). The timeline and the audit log are
 * append-only: a trigger refuses UPDATE and DELETE (threats D3).
 */
const STATEMENTS = [
  `create table team (id uuid primary key, name text not null, created_at timestamptz not null)`,
  `create table person (
     id uuid primary key, tenant_id uuid not null, object_id uuid not null, name text not null,
     role text, role_read_at timestamptz, created_at timestamptz not null,
     unique (tenant_id, object_id))`,
  `create table team_member (
     team_id uuid not null references team, person_id uuid not null references person, created_at timestamptz not null,
     primary key (team_id, person_id))`,
  `create table session (
     digest bytea primary key, person_id uuid not null references person, role text not null, label text not null,
     created_at timestamptz not null, last_used_at timestamptz not null, role_read_at timestamptz not null,
     ends_at timestamptz not null, refresh_token bytea)`,
  `create table api_token (
     id uuid primary key, digest bytea not null unique, person_id uuid not null references person, name text not null,
     role text not null, team_id uuid references team, created_at timestamptz not null, expires_at timestamptz not null,
     last_used_at timestamptz, revoked_at timestamptz)`,
  `create table contact_method (
     id uuid primary key, person_id uuid not null references person, channel text not null, name text not null,
     config jsonb not null, config_digest bytea not null, state text not null, created_at timestamptz not null,
     last_delivered_at timestamptz, retired_at timestamptz, retired_reason text,
     unique (person_id, channel, config_digest))`,
  `create table instance_secret (name text primary key, value text not null, created_at timestamptz not null)`,

  `create table source (
     team_id uuid not null references team, id uuid not null, kind text not null, name text not null,
     subscriptions text[] not null, paused boolean not null default false, created_at timestamptz not null,
     cursor_at timestamptz, last_poll_at timestamptz, last_success_at timestamptz, last_push_at timestamptz,
     last_error text, last_advice text,
     primary key (team_id, id))`,
  `create table source_key (
     team_id uuid not null, source_id uuid not null, id uuid not null, digest bytea not null, created_at timestamptz not null,
     expires_at timestamptz, revoked_at timestamptz, last_used_at timestamptz,
     primary key (team_id, source_id, id), foreign key (team_id, source_id) references source)`,
  `create table schedule (
     team_id uuid not null references team, id uuid not null, name text not null, definition jsonb not null,
     version integer not null, created_at timestamptz not null, primary key (team_id, id))`,
  `create table escalation_policy (
     team_id uuid not null references team, id uuid not null, version integer not null, name text not null,
     definition jsonb not null, created_at timestamptz not null, primary key (team_id, id, version))`,

  `create table raw_event (
     team_id uuid not null, digest bytea not null, source_id uuid not null, alert_id uuid, via text not null,
     content_type text, verdict text not null, problem text, count bigint not null,
     received_at timestamptz not null, last_received_at timestamptz not null, body bytea not null,
     primary key (team_id, digest))`,
  `create index raw_event_newest on raw_event (team_id, received_at desc, digest desc)`,
  `create sequence alert_change cache 1`,
  `create table alert (
     team_id uuid not null, id uuid not null, dedup_key bytea not null, source_id uuid not null, source_kind text not null,
     via text not null, source_alert_id text not null, rule text, rule_key text, source_severity text,
     resource_ids text[] not null, title text not null, description text, severity text not null, state text not null,
     owner_id uuid, version integer not null, count bigint not null, condition text not null,
     raw_digest bytea, signal_type text, monitoring_service text,
     fired_at timestamptz, resolved_at timestamptz, held_until timestamptz,
     created_at timestamptz not null, updated_at timestamptz not null, acknowledged_at timestamptz, closed_at timestamptz,
     source_state text, source_read_at timestamptz, source_modified_at timestamptz,
     sync text not null, sync_advice text, awaits_confirmation boolean not null default false,
     closed_unconfirmed boolean not null default false, change_id bigint not null,
     primary key (team_id, id), unique (team_id, dedup_key))`,
  `create index alert_open on alert (team_id, id) where state <> 'closed'`,
  `create index alert_change_order on alert (team_id, change_id)`,
  `create index alert_awaiting on alert (team_id, id) where awaits_confirmation`,
  `create table timeline (
     team_id uuid not null, alert_id uuid not null, id uuid not null, at timestamptz not null, kind text not null,
     actor_id uuid, text text not null, data jsonb not null, primary key (team_id, alert_id, id))`,
  `create table escalation (
     team_id uuid not null, alert_id uuid not null, policy_id uuid not null, policy_version integer not null,
     pass integer not null, step integer not null, repeats_left integer not null, notified boolean not null,
     due_at timestamptz, due_kind text, called uuid[] not null, primary key (team_id, alert_id))`,
  `create index escalation_due on escalation (team_id, due_at) where due_at is not null`,
  `create table message (
     team_id uuid not null, id uuid not null, alert_id uuid not null, person_id uuid not null, contact_id uuid not null,
     channel text not null, kind text not null, reason text not null, step integer, pass integer, state text not null,
     attempts integer not null, next_attempt_at timestamptz, created_at timestamptz not null,
     expires_at timestamptz, ended_at timestamptz, failure text, failure_status integer,
     received_at timestamptz, seen_at timestamptz,
     primary key (team_id, id))`,
  `create index message_of_alert on message (team_id, alert_id, id)`,
  `create index message_waiting on message (team_id, next_attempt_at) where state = 'pending'`,
  `create table write_back (
     team_id uuid not null, alert_id uuid not null, operation_id uuid not null, new_state text not null, comment text not null,
     state text not null, attempts integer not null, next_attempt_at timestamptz, created_at timestamptz not null,
     ended_at timestamptz, error text, answered_modified_at timestamptz,
     primary key (team_id, alert_id, operation_id))`,
  `create index write_back_waiting on write_back (team_id, next_attempt_at) where state = 'pending'`,
  `create table audit (
     team_id uuid not null, sequence bigint not null, at timestamptz not null, actor text not null, action text not null,
     target text not null, data jsonb not null, previous_hash bytea not null, hash bytea not null,
     primary key (team_id, sequence))`,
  `create function refuse_change() returns trigger language plpgsql as $$
     begin
       if current_setting('watchbell.retention', true) = 'on' then return old; end if;
       raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
     end $$`,
  // Retention: the one way in which history goes. It runs with its owner's rights, so the worker needs none to delete.
  `create function delete_expired(before timestamptz) returns bigint language plpgsql security definer
     set search_path = public, pg_temp as $$
     declare gone bigint;
     begin
       if before > now() - interval '1 day' then raise exception 'retention keeps at least one day'; end if;
       perform set_config('watchbell.retention', 'on', true);
       create temp table expired on commit drop as
         select team_id, id from alert where state = 'closed' and created_at < before limit 5000;
       delete from timeline t using expired e where t.team_id = e.team_id and t.alert_id = e.id;
       delete from message t using expired e where t.team_id = e.team_id and t.alert_id = e.id;
       delete from escalation t using expired e where t.team_id = e.team_id and t.alert_id = e.id;
       delete from write_back t using expired e where t.team_id = e.team_id and t.alert_id = e.id;
       delete from alert t using expired e where t.team_id = e.team_id and t.id = e.id;
       get diagnostics gone = row_count;
       delete from raw_event where last_received_at < before;
       perform set_config('watchbell.retention', '', true);
       return gone;
     end $$`,
  `create trigger timeline_append_only before update or delete on timeline for each row execute function refuse_change()`,
  `create trigger audit_append_only before update or delete on audit for each row execute function refuse_change()`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
