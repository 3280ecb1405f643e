import type { Kysely } from "kysely";
import { type AlertRow, readAlert } from "../alert/store.ts";
import { TIMELINE_GROUPS, type TimelineKind } from "../alert/timeline.ts";
import { type Configuration, resolveTargets } from "../configuration.ts";
import { nextCall } from "../escalation/next-step.ts";
import type { EscalationRow } from "../escalation/store.ts";
import type { Database, MessageTable, TimelineTable } from "../migrations/tables.ts";
import { ProblemError } from "../platform/errors.ts";
import { toItem } from "../response/alert-item.ts";
import { positionOf } from "../response/change-alert.ts";
import { parseAlertId } from "../sources/azure-monitor/alert-id.ts";
import { readPush } from "../sources/azure-monitor/read-push.ts";
import type { SeverityMap } from "../sources/azure-monitor/severity.ts";
import type { AlertDetail, AlertListItem, AlertNotification, TimelineEntry } from "./contract.ts";

/** How the API shows alerts: list items with who is called next, and the whole alert with timeline and notifications. */
export interface AlertView {
  items(rows: readonly AlertRow[]): Promise<AlertListItem[]>;
  page(filter: ListFilter): Promise<AlertRow[]>;
  /** Alerts by id, in no order; missing ones are left out. */
  rows(teamIds: readonly string[], ids: readonly string[]): Promise<AlertRow[]>;
  /** Alerts that changed after `changeId`, oldest change first. */
  changedAfter(teamIds: readonly string[], changeId: number, limit: number): Promise<AlertRow[]>;
  detail(teamIds: readonly string[], id: string): Promise<AlertDetail>;
}

export interface ListFilter {
  teamIds: readonly string[];
  states: readonly AlertRow["state"][];
  /** Only alerts older than this id. */
  beforeId: string | null;
  limit: number;
}

/** A timeline longer than this shows its newest entries. */
const TIMELINE_MAX = 500;
const NOTIFICATIONS_MAX = 500;
const ALL_STATES = 4;
const WHY_KINDS = new Set<string>([
  "policy",
  "held",
  "not-held",
  "called-out",
  "called-nobody",
  "escalation-ended",
  "azure-changed",
  "resolve-unconfirmed",
]);
const WHY_MAX = 8;

export interface AlertViewPorts {
  db: Kysely<Database>;
  configuration(): Configuration;
  severityMap: SeverityMap;
  azurePortalUrl: string;
}

export function createAlertView(ports: AlertViewPorts): AlertView {
  const { db } = ports;
  const select = (teamIds: readonly string[]) => db.selectFrom("alert").selectAll().where("team_id", "in", teamIds);

  const page = async (filter: ListFilter) => {
    if (filter.teamIds.length === 0) return [];
    const base = select(filter.teamIds)
      .$if(filter.states.length < ALL_STATES, (query) => query.where("state", "in", filter.states))
      // The planner proves the partial index of open alerts only from this very condition.
      .$if(!filter.states.includes("closed"), (query) => query.where("state", "<>", "closed"))
      .$if(filter.beforeId !== null, (query) => query.where("id", "<", filter.beforeId!));
    return base.orderBy("id", "desc").limit(filter.limit).execute();
  };
  const rows = async (teamIds: readonly string[], ids: readonly string[]) =>
    teamIds.length === 0 || ids.length === 0 ? [] : select(teamIds).where("id", "in", ids).execute();
  const changedAfter = async (teamIds: readonly string[], changeId: number, limit: number) =>
    teamIds.length === 0
      ? []
      : select(teamIds).where("change_id", ">", String(changeId)).orderBy("change_id").limit(limit).execute();

  const items = async (alerts: readonly AlertRow[]) => {
    if (alerts.length === 0) return [];
    const teamIds = [...new Set(alerts.map((alert) => alert.team_id))];
    const ids = alerts.map((alert) => alert.id);
    const escalations = await db
      .selectFrom("escalation")
      .selectAll()
      .where("team_id", "in", teamIds)
      .where("alert_id", "in", ids)
      .execute();
    const escalationOf = new Map(escalations.map((row) => [row.alert_id, row]));
    return alerts.map((alert) => toListItem(alert, escalationOf.get(alert.id), ports.configuration()));
  };

  const detail = async (teamIds: readonly string[], id: string): Promise<AlertDetail> => {
    const alert = await readAlert(db, teamIds, id);
    if (!alert) throw new ProblemError("not-found", "There is no such alert.");
    const [[item], timeline, messages, raw] = await Promise.all([
      items([alert]),
      newest(db, "timeline", alert, TIMELINE_MAX),
      db
        .selectFrom("message")
        .selectAll()
        .where("team_id", "=", alert.team_id)
        .where("alert_id", "=", alert.id)
        .orderBy("id")
        .limit(NOTIFICATIONS_MAX)
        .execute(),
      alert.raw_digest === null
        ? undefined
        : db
            .selectFrom("raw_event")
            .select(["body", "via"])
            .where("team_id", "=", alert.team_id)
            .where("digest", "=", alert.raw_digest)
            .executeTakeFirst(),
    ]);
    return toDetail(ports, alert, item!, timeline, messages, raw);
  };
  return { items, page, rows, changedAfter, detail };
}

async function newest(db: Kysely<Database>, table: "timeline", alert: AlertRow, limit: number) {
  const rows = await db
    .selectFrom(table)
    .selectAll()
    .where("team_id", "=", alert.team_id)
    .where("alert_id", "=", alert.id)
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
  return rows.reverse();
}

type TimelineRow = Omit<TimelineTable, "data"> & { data: unknown };

function toListItem(
  alert: AlertRow,
  escalation: EscalationRow | undefined,
  configuration: Configuration,
): AlertListItem {
  const team = configuration.team(alert.team_id);
  return {
    ...toItem(alert, configuration),
    team: { id: alert.team_id, name: team?.name ?? "" },
    count: Number(alert.count),
    nextCall: alert.state === "open" && escalation ? nextCallOf(escalation, configuration) : null,
    heldUntil: alert.held_until?.toISOString() ?? null,
    called: (escalation?.called ?? []).map((personId) => configuration.person(personId)),
    acknowledgedAt: alert.acknowledged_at?.toISOString() ?? null,
    closedAt: alert.closed_at?.toISOString() ?? null,
  };
}

function nextCallOf(row: EscalationRow, configuration: Configuration): AlertListItem["nextCall"] {
  const team = configuration.team(row.team_id);
  const policy = configuration.policyVersion(row.policy_id, row.policy_version);
  if (!team || !policy) return null;
  const next = nextCall(policy.definition, positionOf(row), (targets, at) => resolveTargets(team, targets, at));
  if (!next) return null;
  const step = next.step === "fallback" ? policy.definition.steps.length + 1 : next.step;
  return { at: new Date(next.at).toISOString(), people: next.people.map((id) => configuration.person(id)), step };
}

function toDetail(
  ports: AlertViewPorts,
  alert: AlertRow,
  item: AlertListItem,
  rows: readonly TimelineRow[],
  messages: readonly MessageTable[],
  raw: { body: Buffer; via: string } | undefined,
): AlertDetail {
  const configuration = ports.configuration();
  const via = raw?.via === "poll" || raw?.via === "key" ? raw.via : "entra";
  const event = raw ? readPush(raw.body, { via, now: 0, severityMap: ports.severityMap }).event : null;
  const timeline = [
    ...rows.map((row) => toEntry(row, configuration)),
    ...messages.flatMap((message) => deliveryEntry(message, configuration)),
  ].sort(byTime);
  return {
    ...item,
    description: alert.description,
    signalType: alert.signal_type,
    monitoringService: alert.monitoring_service,
    resourceIds: alert.resource_ids,
    firedAt: alert.fired_at?.toISOString() ?? null,
    resolvedAt: alert.resolved_at?.toISOString() ?? null,
    facts: event?.facts ?? [],
    advice: event?.advice ?? [],
    azure: {
      state: alert.source_state,
      condition: alert.condition,
      readAt: alert.source_read_at?.toISOString() ?? null,
      sync: alert.sync,
      advice: alert.sync_advice,
      portalUrl: portalUrlOf(ports.azurePortalUrl, alert),
    },
    payload: event?.payload ?? null,
    why: timeline
      .filter((entry) => WHY_KINDS.has(entry.kind))
      .slice(-WHY_MAX)
      .map((entry) => entry.text),
    timeline,
    notifications: messages.map((message) => toNotification(message, configuration)),
  };
}

const byTime = (a: TimelineEntry, b: TimelineEntry) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.id < b.id ? -1 : 1);

const toEntry = (row: TimelineRow, configuration: Configuration): TimelineEntry => ({
  id: row.id,
  at: row.at.toISOString(),
  kind: row.kind,
  group: TIMELINE_GROUPS[row.kind as TimelineKind] ?? "decisions",
  actor: row.actor_id === null ? null : configuration.person(row.actor_id),
  text: row.text,
  data: (row.data ?? {}) as Record<string, unknown>,
});

/** A delivery is a fact of its message; the timeline shows it without a row of its own. */
function deliveryEntry(message: MessageTable, configuration: Configuration): TimelineEntry[] {
  if (message.ended_at === null || message.state === "failed" || message.state === "pending") return [];
  const person = configuration.person(message.person_id);
  const delivered = message.state === "delivered";
  const attempts = message.attempts > 1 ? ` at attempt ${message.attempts}` : "";
  const text = delivered
    ? `Delivered to ${person.name} by ${message.channel}${attempts}.`
    : `${person.name} was not sent the message by ${message.channel}: the alert was answered first.`;
  const kind = delivered ? "delivered" : "cancelled";
  return [
    {
      id: message.id,
      at: message.ended_at.toISOString(),
      kind,
      group: "notifications",
      actor: null,
      text,
      data: { messageId: message.id, channel: message.channel, kind: message.kind },
    },
  ];
}

const toNotification = (message: MessageTable, configuration: Configuration): AlertNotification => ({
  id: message.id,
  kind: message.kind,
  person: configuration.person(message.person_id),
  channel: message.channel,
  reason: message.reason,
  step: message.step,
  state: message.state,
  attempts: message.attempts,
  createdAt: message.created_at.toISOString(),
  endedAt: message.ended_at?.toISOString() ?? null,
  receivedAt: message.received_at?.toISOString() ?? null,
  seenAt: message.seen_at?.toISOString() ?? null,
  failure: message.failure,
  nextAttemptAt: message.failure === null ? null : (message.next_attempt_at?.toISOString() ?? null),
});

/** Built from the parsed id, never from a link of the payload (threats C2, I3). */
function portalUrlOf(portalUrl: string, alert: AlertRow): string | null {
  const target = parseAlertId(alert.source_alert_id);
  if (!target) return null;
  const id = `/subscriptions/${target.subscriptionId}/providers/Microsoft.AlertsManagement/alerts/${target.guid}`;
  return `${portalUrl}/#view/Microsoft_Azure_Monitoring_Alerts/AlertDetails.ReactView/alertId~/${encodeURIComponent(id)}`;
}
