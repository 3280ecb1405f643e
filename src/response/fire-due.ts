import type { Kysely, Transaction } from "kysely";
import { type AlertRow, appendTimeline, lockAlert, markChanged } from "../alert/store.ts";
import { claimDueEscalations, type EscalationRow, postponeFirst, saveEscalation } from "../escalation/store.ts";
import type { Database } from "../migrations/tables.ts";
import type { Logger } from "../platform/log.ts";
import { endOfGrace } from "../sources/azure-monitor/new-alert.ts";
import { type ChangePorts, changeAlert, fireEscalation, positionOf } from "./change-alert.ts";
import { type Effects, noEffects } from "./effects.ts";

/**
 * What a timer brings: the next step of an escalation, the end of a grace period, an acknowledgement that ran out, a
 * snooze that ended. What is due is claimed, changed and committed in one transaction; answers how many that were. If one
 * of them cannot be fired, each is tried in a transaction of its own, so that it holds up nobody else's; it is logged and
 * looked at again a minute later.
 */
export interface FirePorts extends ChangePorts {
  db: Kysely<Database>;
  log: Logger;
  now(): number;
  teamIds(): readonly string[];
  afterCommit(effects: Effects): void;
}

const POSTPONE_MS = 60_000;

export async function fireClaimed(ports: FirePorts, limit: number): Promise<number> {
  try {
    return await fireTogether(ports, limit);
  } catch (error) {
    if (limit === 1) throw error;
    ports.log.error({ error: String(error) }, "due escalations could not be fired together; each is tried alone");
    return fireSingly(ports, limit);
  }
}

async function fireSingly(ports: FirePorts, limit: number): Promise<number> {
  let count = 0;
  for (; count < limit; count += 1) {
    try {
      if ((await fireTogether(ports, 1)) === 0) break;
    } catch (error) {
      const alertId = await postponeFirst(ports.db, ports.teamIds(), ports.now(), POSTPONE_MS);
      ports.log.error(
        { error: String(error), alert: alertId },
        "an escalation could not be fired; tried again in a minute",
      );
    }
  }
  return count;
}

async function fireTogether(ports: FirePorts, limit: number): Promise<number> {
  const effects = noEffects();
  const now = ports.now();
  const count = await ports.db.transaction().execute(async (tx) => {
    const due = await claimDueEscalations(tx, ports.teamIds(), now, limit);
    for (const { escalation } of due) await fireOne(tx, ports, escalation, now, effects);
    return due.length;
  });
  ports.afterCommit(effects);
  return count;
}

async function fireOne(tx: Transaction<Database>, ports: FirePorts, row: EscalationRow, now: number, effects: Effects) {
  const alert = await lockAlert(tx, [row.team_id], row.alert_id);
  if (!alert) return;
  if (row.due_kind === "ack-timeout" || row.due_kind === "snooze") await openAgain(tx, ports, alert, row, now, effects);
  else if (alert.state === "open") await fireStep(tx, ports, alert, row, now, effects);
  else await saveEscalation(tx, { ...stateOf(row), dueAt: null, dueKind: null });
}

async function openAgain(
  tx: Transaction<Database>,
  ports: FirePorts,
  alert: AlertRow,
  row: EscalationRow,
  now: number,
  effects: Effects,
): Promise<void> {
  const snoozed = row.due_kind === "snooze";
  const cause = snoozed ? ("snooze-expired" as const) : ("ack-timeout" as const);
  const text = snoozed
    ? "The snooze has ended: open again."
    : "Acknowledged too long ago without being closed: open again.";
  const entry = { kind: "opened-again" as const, text };
  const changed = await changeAlert(tx, ports, alert, { cause, actor: null, comment: null, entry }, now, effects);
  if (!changed) await saveEscalation(tx, { ...stateOf(row), dueAt: null, dueKind: null });
}

async function fireStep(
  tx: Transaction<Database>,
  ports: FirePorts,
  alert: AlertRow,
  row: EscalationRow,
  now: number,
  effects: Effects,
): Promise<void> {
  const configuration = ports.configuration();
  const policy =
    configuration.policyVersion(row.policy_id, row.policy_version) ?? configuration.team(row.team_id)?.policy;
  if (!policy) return saveEscalation(tx, { ...stateOf(row), dueAt: null, dueKind: null });
  const end = alert.held_until === null ? null : endOfGrace(graceFactsOf(alert));
  if (end !== null && !end.notify) return endSilently(tx, ports, alert, row, end.reason, now, effects);
  await fireEscalation(tx, ports, alert, policy, positionOf(row), row.called, now, effects);
  effects.changed.push(await releaseHold(tx, alert, now));
}

const graceFactsOf = (alert: AlertRow) => ({ condition: alert.condition, sourceState: alert.source_state });

const SILENT_WORDS = {
  resolved: "Nobody is called: it recovered within the grace period.",
  "not-new-in-azure": "Nobody is called: at the end of the grace period it is no longer New in Azure.",
} as const;

/** Nobody is told: it recovered, or somebody in Azure has it already. With auto-close on it is closed by then. */
async function endSilently(
  tx: Transaction<Database>,
  ports: FirePorts,
  alert: AlertRow,
  row: EscalationRow,
  reason: keyof typeof SILENT_WORDS,
  now: number,
  effects: Effects,
): Promise<void> {
  const at = { teamId: alert.team_id, alertId: alert.id };
  const entry = { ...at, kind: "called-nobody" as const, actorId: null, text: SILENT_WORDS[reason], data: { reason } };
  await saveEscalation(tx, { ...stateOf(row), dueAt: null, dueKind: null });
  await appendTimeline(tx, [entry], ports.ids, now);
  effects.changed.push(await releaseHold(tx, alert, now));
}

/** A step was fired, or the grace period is over: the next call shown is another one. */
const releaseHold = (tx: Transaction<Database>, alert: AlertRow, now: number): Promise<AlertRow> =>
  markChanged(tx, alert, { held_until: null }, now);

const stateOf = (row: EscalationRow) => ({
  ...positionOf(row),
  teamId: row.team_id,
  alertId: row.alert_id,
  policyId: row.policy_id,
  policyVersion: row.policy_version,
  dueKind: row.due_kind,
  called: row.called,
});
