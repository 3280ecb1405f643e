import type { Kysely, Transaction } from "kysely";
import type { SourceEvent, SourceState } from "../alert/event.ts";
import {
  type AlertRow,
  alertsAwaitingConfirmation,
  appendTimeline,
  lockAlert,
  patchQuietly,
  readAlert,
  replaceDedupKey,
  updateAlert,
} from "../alert/store.ts";
import type { SourceConfiguration } from "../configuration.ts";
import { dedupKey } from "../ingest/dedup-key.ts";
import type { Arrival, KnownAlert } from "../ingest/intake.ts";
import type { Database } from "../migrations/tables.ts";
import type { Clock } from "../platform/clock.ts";
import type { Ids } from "../platform/ids.ts";
import type { Logger } from "../platform/log.ts";
import type { ChangePorts, WriteBackOccasion } from "../response/change-alert.ts";
import { type Effects, noEffects } from "../response/effects.ts";
import { applySourceChanges } from "../response/source-change.ts";
import { isInstanceId, parseAlertId } from "../sources/azure-monitor/alert-id.ts";
import { decideChanges, type SourceStateVerdict } from "../sources/azure-monitor/apply.ts";
import type { AlertsClient } from "../sources/azure-monitor/azure-failure.ts";
import { type AlertReader, AzureReadError } from "../sources/azure-monitor/read.ts";
import type { SeverityMap } from "../sources/azure-monitor/severity.ts";
import { changeState } from "../sources/azure-monitor/write.ts";
import { recogniseEcho } from "./echo.ts";
import { NO_WRITE_REASONS, planWriteBack, type WriteBackRules } from "./plan.ts";
import type { WriteOutcome } from "./stage.ts";
import { lastWrittenState, noteWriteSeen, queueWrite, sentWrites } from "./store.ts";

/**
 * Both directions meet here: what Azure says about an alert that we hold is applied, with our own changes coming back
 * recognised as such; what happens here is planned as a write, and written. A claim that only a source key has signed
 * waits for Azure's own word. Poll and reconcile never close on absence (threats I5).
 */
type Tx = Transaction<Database>;

export interface ReconcilePorts {
  db: Kysely<Database>;
  clock: Clock;
  ids: Ids;
  log: Logger;
  client: AlertsClient;
  reader: AlertReader;
  severityMap: SeverityMap;
  rules: WriteBackRules;
  autoClose: boolean;
  sources(): readonly SourceConfiguration[];
  change: Omit<ChangePorts, "planWriteBack">;
  afterCommit(effects: Effects): void;
  /** Hands a read event to the ingest. */
  take(source: { teamId: string; id: string }, events: readonly SourceEvent[]): Promise<void>;
}

export interface Reconcile {
  changesKnown(known: KnownAlert, event: SourceEvent): boolean;
  applyToKnown(known: KnownAlert, arrival: Arrival): Promise<"done" | "again">;
  /** Asks Azure about the alerts that wait for its word. */
  confirmWaiting(): Promise<void>;
  /** One attempt of one queued write. */
  write(alert: AlertRow, newState: SourceState, comment: string): Promise<WriteOutcome>;
  planWriteBack: ChangePorts["planWriteBack"];
}

/** So many alerts are asked for singly in one round. */
const CONFIRM_MAX = 100;
const CONFIRM_FAILURES_MAX = 3;

export function createReconcile(ports: ReconcilePorts): Reconcile {
  /** Names under which Azure records our own changes, learnt from its answers. */
  const ownNames = new Set<string>();
  /** Alerts whose timeline says already that Azure could not be asked. */
  const saidUnasked = new Set<string>();
  const changePorts: ChangePorts = {
    ...ports.change,
    planWriteBack: (tx, alert, occasion, now) => plan(ports, tx, alert, occasion, now),
  };

  const applyToKnown = async (known: KnownAlert, { event, sourceId }: Arrival) => {
    const effects = noEffects();
    const now = ports.clock.now();
    const decided = await ports.db.transaction().execute(async (tx) => {
      const alert = await lockAlert(tx, [known.teamId], known.id);
      if (!alert) return [];
      const verdict = await compare(tx, alert, event, [...ownNames]);
      const changes = decideChanges(factsOf(alert), event, { autoClose: ports.autoClose, sourceStateVerdict: verdict });
      await applySourceChanges(tx, changePorts, alert, event, changes, now, effects);
      if (changes.some((change) => change.kind === "fired-anew")) await giveUpIdentity(tx, alert, sourceId);
      return changes;
    });
    ports.afterCommit(effects);
    if (decided.some((change) => change.kind === "needs-confirmation")) {
      // Beside the sender's answer; if it fails, the alert still waits and the next poll's round asks.
      confirm(known.teamId, known.id).catch((error: unknown) =>
        ports.log.error({ error: String(error), alert: known.id }, "an alert could not be confirmed"),
      );
    }
    return decided.some((change) => change.kind === "fired-anew") ? ("again" as const) : ("done" as const);
  };

  /** False when Azure could not be asked. */
  const confirm = async (teamId: string, alertId: string): Promise<boolean> => {
    const alert = await readAlert(ports.db, [teamId], alertId);
    const target = alert && parseAlertId(alert.source_alert_id);
    if (!alert?.awaits_confirmation) return true;
    if (!target || !ports.rules.subscriptions.includes(target.subscriptionId)) {
      await sayUnasked(
        alert,
        target ? NO_WRITE_REASONS["subscription-not-configured"] : NO_WRITE_REASONS["no-azure-id"],
        true,
      );
      return true;
    }
    try {
      const event = await ports.reader.get(target);
      if (event) await ports.take({ teamId, id: alert.source_id }, [event]);
      else await sayUnasked(alert, NO_WRITE_REASONS["unknown-to-azure"], true);
      return true;
    } catch (error) {
      if (!(error instanceof AzureReadError))
        ports.log.error({ error: String(error), alert: alertId }, "an alert could not be confirmed");
      await sayUnasked(alert, error instanceof AzureReadError ? error.message : "the reading failed here", false);
      return false;
    }
  };

  /** The alert stays open and says so; `final`: there is nothing to ask again. */
  const sayUnasked = async (alert: AlertRow, why: string, final: boolean) => {
    if (!final && saidUnasked.has(alert.id)) return;
    saidUnasked.add(alert.id);
    const effects = noEffects();
    const now = ports.clock.now();
    await ports.db.transaction().execute(async (tx) => {
      const current = await lockAlert(tx, [alert.team_id], alert.id);
      if (!current) return;
      const text = `Azure could not confirm it: ${why} The alert stays ${current.state}.`;
      await appendTimeline(
        tx,
        [{ teamId: alert.team_id, alertId: alert.id, kind: "resolve-unconfirmed", actorId: null, text }],
        ports.ids,
        now,
      );
      effects.changed.push(await updateAlert(tx, current, final ? { awaits_confirmation: false } : {}, now));
    });
    ports.afterCommit(effects);
  };

  const confirmWaiting = async () => {
    const teamIds = [...new Set(ports.sources().map((source) => source.teamId))];
    const waiting = await alertsAwaitingConfirmation(ports.db, teamIds, CONFIRM_MAX);
    let failures = 0;
    for (const alert of waiting) {
      failures = (await confirm(alert.team_id, alert.id)) ? 0 : failures + 1;
      // Azure is away: the next round asks again, and the poll is not held up by every single one.
      if (failures === CONFIRM_FAILURES_MAX) return;
    }
  };

  const write = async (alert: AlertRow, newState: SourceState, comment: string): Promise<WriteOutcome> => {
    const target = parseAlertId(alert.source_alert_id);
    if (!target || !ports.rules.subscriptions.includes(target.subscriptionId)) return { kind: "unknown" };
    if (alert.via === "key" && alert.source_read_at === null) {
      const read = await readFirst(ports, alert);
      if (read) return read;
    }
    const outcome = await changeState({
      client: ports.client,
      alert: target,
      newState,
      comment,
      severityMap: ports.severityMap,
    });
    if (outcome.kind === "done" && outcome.event?.modifiedBy) ownNames.add(outcome.event.modifiedBy);
    return outcome;
  };

  return {
    changesKnown,
    applyToKnown,
    confirmWaiting,
    write,
    planWriteBack: changePorts.planWriteBack,
  };
}

/** Quick and pure: most events of a storm change nothing. */
function changesKnown(known: KnownAlert, event: SourceEvent): boolean {
  if (event.sourceSeverity !== null && event.severity !== known.severity) return true;
  if (event.via === "poll") {
    return (
      !known.read ||
      known.awaitsConfirmation ||
      known.closedUnconfirmed ||
      event.sourceState !== known.sourceState ||
      event.modifiedAt !== known.modifiedAt ||
      (event.condition === "resolved") !== (known.condition === "resolved")
    );
  }
  if (event.condition === "resolved") return known.condition !== "resolved";
  return known.state === "closed" && (!isInstanceId(event.nativeId) || known.closedUnconfirmed);
}

const factsOf = (alert: AlertRow) => ({
  state: alert.state,
  severity: alert.severity,
  condition: alert.condition,
  firedAt: alert.fired_at?.getTime() ?? null,
  awaitsConfirmation: alert.awaits_confirmation,
  closedUnconfirmed: alert.closed_unconfirmed,
});

/** Is what was read our own change coming back? Azure's time is noted at the write whose answer was lost. */
async function compare(
  tx: Tx,
  alert: AlertRow,
  event: SourceEvent,
  ownNames: readonly string[],
): Promise<SourceStateVerdict> {
  if (event.via !== "poll" || event.sourceState === null) return "unchanged";
  const writes = await sentWrites(tx, alert.team_id, alert.id);
  const lastKnown =
    alert.source_state === null
      ? null
      : { state: alert.source_state, modifiedAt: alert.source_modified_at?.getTime() ?? null };
  const read = { state: event.sourceState, modifiedAt: event.modifiedAt, modifiedBy: event.modifiedBy };
  const verdict = recogniseEcho({ writes, lastKnown, read, ownNames });
  if (verdict.kind === "echo" && event.modifiedAt !== null) {
    const write = { teamId: alert.team_id, alertId: alert.id, operationId: verdict.operationId };
    await noteWriteSeen(tx, write, event.modifiedAt);
  }
  return verdict.kind;
}

/** A closed alert whose id comes again for another firing gives the id up; the event makes a new alert. */
async function giveUpIdentity(tx: Tx, alert: AlertRow, sourceId: string): Promise<void> {
  await replaceDedupKey(tx, alert, dedupKey(alert.team_id, sourceId, alert.id, "ended"));
}

async function plan(
  ports: ReconcilePorts,
  tx: Tx,
  alert: AlertRow,
  occasion: WriteBackOccasion,
  now: number,
): Promise<boolean> {
  const operationId = ports.ids.next(now);
  const state = (await lastWrittenState(tx, alert.team_id, alert.id)) ?? alert.source_state;
  const planned = planWriteBack(
    { ...occasion, operationId },
    {
      sourceKind: alert.source_kind,
      alertId: alert.source_alert_id,
      via: alert.via,
      state,
      presence: presenceOf(alert),
    },
    ports.rules,
  );
  if ("none" in planned) {
    await noteUnwritten(ports, tx, alert, occasion, planned.none, now);
    return false;
  }
  await queueWrite(
    tx,
    { teamId: alert.team_id, alertId: alert.id, operationId, newState: planned.newState, comment: planned.comment },
    now,
  );
  await patchQuietly(tx, alert, { sync: "sending", sync_advice: null });
  return true;
}

/** Reasons worth a line of the timeline: a person's answer does not reach Azure. */
const WORTH_SAYING = new Set<keyof typeof NO_WRITE_REASONS>([
  "write-back-off",
  "no-azure-id",
  "subscription-not-configured",
  "unknown-to-azure",
  "gone",
]);

async function noteUnwritten(
  ports: ReconcilePorts,
  tx: Tx,
  alert: AlertRow,
  occasion: WriteBackOccasion,
  none: keyof typeof NO_WRITE_REASONS,
  now: number,
): Promise<void> {
  if (occasion.actor === null || !WORTH_SAYING.has(none)) return;
  const entry = {
    teamId: alert.team_id,
    alertId: alert.id,
    kind: "azure-not-asked" as const,
    actorId: null,
    text: NO_WRITE_REASONS[none],
  };
  await appendTimeline(tx, [entry], ports.ids, now);
}

function presenceOf(alert: AlertRow): "present" | "not-read" | "unknown-to-azure" | "gone" {
  if (alert.sync === "gone" || alert.sync === "unknown-to-azure") return alert.sync;
  return alert.source_read_at === null ? "not-read" : "present";
}

/** Only a key has vouched for this id: Azure must know the alert before anything is written (threats I3). */
async function readFirst(ports: ReconcilePorts, alert: AlertRow): Promise<WriteOutcome | null> {
  const target = parseAlertId(alert.source_alert_id);
  if (!target) return { kind: "unknown" };
  try {
    const event = await ports.reader.get(target);
    return event ? null : { kind: "unknown" };
  } catch (error) {
    if (!(error instanceof AzureReadError)) throw error;
    return error.failure.kind === "gone" ? { kind: "unknown" } : error.failure;
  }
}
