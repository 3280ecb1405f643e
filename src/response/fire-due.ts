import type { Kysely, Transaction } from "kysely";
import { type AlertRow, lockAlert } from "../alert/store.ts";
import { claimDueEscalations, type EscalationRow, saveEscalation } from "../escalation/store.ts";
import type { Database } from "../migrations/tables.ts";
import { type ChangePorts, changeAlert, fireEscalation, positionOf } from "./change-alert.ts";
import { type Effects, noEffects } from "./effects.ts";

/**
 * What a timer brings: the next step of an escalation, the end of a grace period, an acknowledgement that ran out, a
 * snooze that ended. What is due is claimed, changed and committed in one transaction; answers how many that were.
 */
export interface FirePorts extends ChangePorts {
  db: Kysely<Database>;
  now(): number;
  teamIds(): readonly string[];
  afterCommit(effects: Effects): void;
}

export async function fireClaimed(ports: FirePorts, limit: number): Promise<number> {
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
  await fireEscalation(tx, ports, alert, policy, positionOf(row), row.called, now, effects);
  effects.changed.push(await releaseHold(tx, alert));
}

/** The grace period is over with its first call. */
async function releaseHold(tx: Transaction<Database>, alert: AlertRow): Promise<AlertRow> {
  if (alert.held_until === null) return alert;
  return tx
    .updateTable("alert")
    .set({ held_until: null })
    .where("team_id", "=", alert.team_id)
    .where("id", "=", alert.id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

const stateOf = (row: EscalationRow) => ({
  ...positionOf(row),
  teamId: row.team_id,
  alertId: row.alert_id,
  policyId: row.policy_id,
  policyVersion: row.policy_version,
  dueKind: row.due_kind,
  called: row.called,
});
