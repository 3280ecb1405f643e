import type { Transaction } from "kysely";
import type { SourceEvent } from "../alert/event.ts";
import { type AlertPatch, type AlertRow, appendTimeline, patchQuietly, updateAlert } from "../alert/store.ts";
import type { TimelineKind } from "../alert/timeline.ts";
import type { Database } from "../migrations/tables.ts";
import type { AlertChange } from "../sources/azure-monitor/apply.ts";
import { type ChangePorts, changeAlert } from "./change-alert.ts";
import type { Effects } from "./effects.ts";

/**
 * What Azure says about an alert that we hold, applied: state, condition, severity, and what was read. What comes in is
 * the locked alert and the decided changes (sources/azure-monitor/apply.ts); every one leaves a sentence in the timeline.
 */
type Tx = Transaction<Database>;

/** Facts that any read brings, whatever changes with them. */
export function readPatch(event: SourceEvent, alert: AlertRow, now: number): AlertPatch {
  if (event.via !== "poll") return {};
  const settled = alert.sync === "unknown-to-azure" || alert.sync === "gone" || alert.sync === "not-configured";
  return {
    source_state: event.sourceState,
    source_modified_at: event.modifiedAt === null ? alert.source_modified_at : new Date(event.modifiedAt),
    source_read_at: new Date(now),
    ...(settled ? { sync: "in-step" as const, sync_advice: null } : {}),
  };
}

export async function applySourceChanges(
  tx: Tx,
  ports: ChangePorts,
  alert: AlertRow,
  event: SourceEvent,
  changes: readonly AlertChange[],
  now: number,
  effects: Effects,
): Promise<AlertRow> {
  let current = alert;
  const patch = readPatch(event, alert, now);
  if (Object.keys(patch).length > 0) current = await patchQuietly(tx, current, patch);
  for (const change of changes) current = await applyOne(tx, ports, current, event, change, now, effects);
  return current;
}

/** True of both claims, resolved and lower severity: what Azure itself says. */
function notConfirmedText(event: SourceEvent, alert: AlertRow): string {
  const severity = event.sourceSeverity === null ? "" : ` with severity ${event.sourceSeverity}`;
  return `Azure was asked: it is still firing there${severity}. The alert stays ${alert.state}.`;
}

async function applyOne(
  tx: Tx,
  ports: ChangePorts,
  alert: AlertRow,
  event: SourceEvent,
  change: AlertChange,
  now: number,
  effects: Effects,
): Promise<AlertRow> {
  const note = async (kind: TimelineKind, text: string, columns: AlertPatch = {}) => {
    await appendTimeline(tx, [{ teamId: alert.team_id, alertId: alert.id, kind, actorId: null, text }], ports.ids, now);
    const changed = await updateAlert(tx, alert, columns, now);
    effects.changed.push(changed);
    return changed;
  };
  const by = "by" in change && change.by ? change.by : "somebody";
  switch (change.kind) {
    case "duplicate":
      return alert;
    case "late-fired-for-closed":
      return note(
        "received-again",
        "Azure sent this firing once more. The alert is closed; a late copy does not open it.",
      );
    case "fired-anew":
      return note("received-again", "It fired anew: a new alert has been made of it.");
    case "resolve": {
      const patch = {
        condition: "resolved" as const,
        resolved_at: new Date(change.resolvedAt ?? now),
        awaits_confirmation: false,
      };
      if (!change.close) return note("resolved", "Azure: the monitor condition is resolved.", patch);
      const entry = {
        kind: "closed" as const,
        text: "Closed by itself: Azure says that the monitor condition is resolved.",
      };
      const closed = await changeAlert(
        tx,
        ports,
        alert,
        { cause: "resolved", actor: null, comment: null, entry, patch },
        now,
        effects,
      );
      return closed ?? note("resolved", "Azure: the monitor condition is resolved.", patch);
    }
    case "needs-confirmation": {
      const claim =
        change.claim === "resolved"
          ? "is resolved"
          : `has the lower severity ${change.sourceSeverity ?? change.severity}`;
      const text = `A message signed with a source key says that it ${claim}. It counts when Azure itself agrees; Azure is asked.`;
      return note("resolve-unconfirmed", text, { awaits_confirmation: true });
    }
    case "not-confirmed":
      return note("resolve-unconfirmed", notConfirmedText(event, alert), { awaits_confirmation: false });
    case "severity-changed": {
      const text = `Azure changed the severity from ${change.from} to ${change.to}.`;
      return note("severity-changed", text, { severity: change.to, source_severity: change.sourceSeverity });
    }
    case "acknowledged-in-azure":
    case "closed-in-azure":
    case "reopened-in-azure": {
      const words = {
        "acknowledged-in-azure": "acknowledged",
        "closed-in-azure": "closed",
        "reopened-in-azure": "set back to New",
      };
      const entry = {
        kind: "azure-changed" as const,
        text: `Changed in Azure: ${by} has ${words[change.kind]} it there.`,
        data: { state: event.sourceState, by: change.by },
      };
      const changed = await changeAlert(
        tx,
        ports,
        alert,
        { cause: change.kind, actor: null, comment: null, entry },
        now,
        effects,
      );
      return changed ?? alert;
    }
    case "open-after-all": {
      const entry = {
        kind: "opened-again" as const,
        text: "Azure says that it is firing, although a message signed with a source key had said resolved. It is opened.",
      };
      const patch = { condition: event.condition, closed_unconfirmed: false };
      const opened = await changeAlert(
        tx,
        ports,
        alert,
        { cause: "reopened-in-azure", actor: null, comment: null, entry, patch },
        now,
        effects,
      );
      return opened ?? alert;
    }
  }
}
