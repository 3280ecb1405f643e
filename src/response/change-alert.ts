import type { Transaction } from "kysely";
import type { PersonRef } from "../alert/alert.ts";
import { type AlertPatch, type AlertRow, appendTimeline, updateAlert } from "../alert/store.ts";
import type { TimelineKind } from "../alert/timeline.ts";
import { type Cause, transition } from "../alert/transition.ts";
import type { ChannelKind } from "../channels/channel.ts";
import { cancelMessages, insertMessages, LEASE_MS } from "../channels/store.ts";
import { type Configuration, type PolicyVersion, resolveTargets } from "../configuration.ts";
import { type CallOut, planCallOuts } from "../escalation/call-out.ts";
import { type EscalationPosition, escalateNow, fireDue, startEscalation } from "../escalation/next-step.ts";
import { type EscalationRow, readEscalation, saveEscalation } from "../escalation/store.ts";
import type { Database } from "../migrations/tables.ts";
import type { Ids } from "../platform/ids.ts";
import { toItem } from "./alert-item.ts";
import type { Effects } from "./effects.ts";

/**
 * The one place where an alert changes its state: by a person's reply, by Azure, or by a timer. What comes in is a locked
 * alert and what happened; what goes out is the alert as it is then, its timeline, its escalation, its messages and its
 * write-back, all in the caller's transaction, and the effects to carry out after the commit. A cause that the state does
 * not allow changes nothing and answers null.
 */
type Tx = Transaction<Database>;

export interface ChangePorts {
  ids: Ids;
  configuration(): Configuration;
  /** Queues what this change means for the source; answers whether something is to be written. */
  planWriteBack(tx: Tx, alert: AlertRow, occasion: WriteBackOccasion, now: number): Promise<boolean>;
}

export interface WriteBackOccasion {
  cause: Cause | "comment" | "hand-over";
  actor: PersonRef | null;
  comment: string | null;
  previousState: AlertRow["state"];
}

export interface Change {
  cause: Cause;
  actor: PersonRef | null;
  comment: string | null;
  entry: { kind: TimelineKind; text: string; data?: Record<string, unknown> };
  /** Minutes of a snooze. */
  snoozeMinutes?: number;
  /** Further columns, for example what Azure said. */
  patch?: AlertPatch;
}

const MINUTE_MS = 60_000;

/** Applies one change to a locked alert. */
export async function changeAlert(
  tx: Tx,
  ports: ChangePorts,
  alert: AlertRow,
  change: Change,
  now: number,
  effects: Effects,
): Promise<AlertRow | null> {
  const next = transition(alert.state, change.cause);
  if (!next) return null;
  const changed = await updateAlert(tx, alert, { ...statePatch(alert, change, next, now), ...change.patch }, now);
  const entry = { teamId: alert.team_id, alertId: alert.id, actorId: change.actor?.id ?? null, ...change.entry };
  await appendTimeline(tx, [entry], ports.ids, now);
  await cancelMessages(tx, alert.team_id, alert.id, now);
  effects.cancelled.push(alert.id);
  await moveEscalation(tx, ports, changed, change, next.escalation, now, effects);
  const occasion = { cause: change.cause, actor: change.actor, comment: change.comment, previousState: alert.state };
  if (await ports.planWriteBack(tx, changed, occasion, now)) effects.writeBack = true;
  effects.changed.push(changed);
  return changed;
}

function statePatch(
  alert: AlertRow,
  change: Change,
  next: NonNullable<ReturnType<typeof transition>>,
  now: number,
): AlertPatch {
  const owner = { actor: change.actor?.id ?? null, keep: alert.owner_id, clear: null }[next.owner];
  return {
    state: next.state,
    owner_id: owner,
    held_until: null,
    acknowledged_at:
      next.state === "acknowledged" ? new Date(now) : next.state === "open" ? null : alert.acknowledged_at,
    closed_at: next.state === "closed" ? new Date(now) : null,
  };
}

async function moveEscalation(
  tx: Tx,
  ports: ChangePorts,
  alert: AlertRow,
  change: Change,
  move: "stop" | "restart" | "escalate" | "snooze",
  now: number,
  effects: Effects,
): Promise<void> {
  const row = await readEscalation(tx, alert.team_id, alert.id);
  const policy = policyOf(ports, alert, row, move === "restart");
  if (!policy) return;
  if (move === "restart" || move === "escalate") {
    const position =
      move === "restart" || !row
        ? startEscalation(policy.definition, now, true)
        : escalateNow(policy.definition, positionOf(row), now);
    await fireEscalation(
      tx,
      ports,
      alert,
      policy,
      position,
      move === "escalate" ? (row?.called ?? []) : [],
      now,
      effects,
    );
    return;
  }
  const waitMinutes =
    move === "snooze"
      ? change.snoozeMinutes
      : alert.state === "acknowledged"
        ? policy.definition.ackTimeoutMinutes
        : undefined;
  const dueAt = waitMinutes === undefined ? null : now + waitMinutes * MINUTE_MS;
  if (!row && dueAt === null) return;
  const position = row ? positionOf(row) : startEscalation(policy.definition, now);
  await saveEscalation(tx, {
    ...position,
    teamId: alert.team_id,
    alertId: alert.id,
    policyId: policy.id,
    policyVersion: policy.version,
    dueAt,
    dueKind: move === "snooze" ? "snooze" : "ack-timeout",
    called: row?.called ?? [],
  });
  if (dueAt !== null) effects.dueAt.push(dueAt);
}

/** A running escalation keeps the policy version that it began with; a restart takes today's. */
function policyOf(
  ports: ChangePorts,
  alert: AlertRow,
  row: EscalationRow | undefined,
  restart: boolean,
): PolicyVersion | undefined {
  const configuration = ports.configuration();
  const today = configuration.team(alert.team_id)?.policy;
  if (!row || restart) return today;
  return configuration.policyVersion(row.policy_id, row.policy_version) ?? today;
}

export const positionOf = (row: EscalationRow): EscalationPosition => ({
  pass: row.pass,
  step: row.step,
  repeatsLeft: row.repeats_left,
  notified: row.notified,
  dueAt: row.due_at?.getTime() ?? null,
});

/**
 * A step that is due late (the worker was down) counts its wait from now: people are called one step after the other, not
 * all missed steps at one instant.
 */
const notInThePast = (position: EscalationPosition, now: number): EscalationPosition =>
  position.dueAt === null ? position : { ...position, dueAt: Math.max(position.dueAt, now) };

/** Fires what is due of an open alert's escalation, and writes where it stands then. */
export async function fireEscalation(
  tx: Tx,
  ports: ChangePorts,
  alert: AlertRow,
  policy: PolicyVersion,
  position: EscalationPosition,
  calledBefore: readonly string[],
  now: number,
  effects: Effects,
): Promise<void> {
  const configuration = ports.configuration();
  const team = configuration.team(alert.team_id);
  if (!team) return;
  const resolve = (targets: readonly string[], at: number) => resolveTargets(team, targets, at);
  const fired = fireDue(policy.definition, notInThePast(position, now), now, resolve);
  const context = { teamName: team.name, policyName: policy.name, policy: policy.definition, position: fired.position };
  const plan = planCallOuts(fired.firings, context, {
    person: configuration.person,
    contacts: configuration.contacts,
    nextId: () => ports.ids.next(now),
  });
  const at = { teamId: alert.team_id, alertId: alert.id };
  await saveEscalation(tx, {
    ...fired.position,
    ...at,
    policyId: policy.id,
    policyVersion: policy.version,
    dueKind: "step",
    called: [...new Set([...calledBefore, ...plan.people])],
  });
  await appendTimeline(
    tx,
    plan.entries.map((entry) => ({ ...at, actorId: null, ...entry })),
    ports.ids,
    now,
  );
  await insertMessages(
    tx,
    plan.callOuts.map((callOut) => ({
      ...callOut,
      ...at,
      kind: "call-out" as const,
      attempts: 1,
      dueAt: now + LEASE_MS,
      createdAt: now,
    })),
  );
  effects.messages.push(...plan.callOuts.map((callOut) => toClaimed(callOut, alert, configuration, now)));
  if (fired.position.dueAt !== null) effects.dueAt.push(fired.position.dueAt);
}

const toClaimed = (callOut: CallOut, alert: AlertRow, configuration: Configuration, now: number) => ({
  ...callOut,
  channel: callOut.channel as ChannelKind,
  teamId: alert.team_id,
  alertId: alert.id,
  kind: "call-out" as const,
  attempt: 1,
  createdAt: now,
  alert: toItem(alert, configuration),
});
