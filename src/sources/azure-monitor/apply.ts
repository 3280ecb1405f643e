import { type AlertState, SEVERITIES, type Severity } from "../../alert/alert.ts";
import type { SourceEvent, SourceState } from "../../alert/event.ts";
import { transition } from "../../alert/transition.ts";
import { isInstanceId } from "./alert-id.ts";

/**
 * What an event means for an alert that we hold. In: the alert's facts, the event, and for a read how Azure's user
 * response compares with our own writes (write-back/echo.ts decides that). Out: a list of changes; a change that the
 * alert's state does not allow is not among them. Pure.
 *
 * Who is believed: Azure's own answer (poll) and an Entra-signed push take effect at once. A key-signed push may only make
 * things more urgent; what would calm an alert waits until Azure's answer agrees (threats I2: nobody silences an alert
 * with a leaked key).
 */

export interface KnownAlertFacts {
  state: AlertState;
  severity: Severity;
  /** As far as it is believed: a key-signed Resolved does not change it. */
  condition: SourceEvent["condition"];
  firedAt: number | null;
  /** A key-signed Resolved waits for Azure's answer. */
  awaitsConfirmation: boolean;
  /** Stored closed only because a key-signed push said Resolved of an alert that nobody knew; Azure never confirmed it. */
  closedUnconfirmed: boolean;
}

/** How Azure's user response in this read compares with what we knew and wrote; pushes carry none: `unchanged`. */
export type SourceStateVerdict = "echo" | "changed-by-others" | "unchanged";

export type AlertChange =
  /** Nothing new; count it. */
  | { kind: "duplicate" }
  /** The monitor condition is over. `close: false` when auto-close is off or the alert is closed already: a note. */
  | { kind: "resolve"; resolvedAt: number | null; close: boolean }
  /** Not believed yet: ask Azure, say so in the timeline, leave the alert as it is. */
  | { kind: "needs-confirmation"; claim: "resolved" }
  | { kind: "needs-confirmation"; claim: "severity"; severity: Severity; sourceSeverity: string | null }
  /** Azure says that it is still firing: the claim is dropped, the alert stays open and says so. */
  | { kind: "not-confirmed" }
  | { kind: "acknowledged-in-azure"; by: string | null }
  | { kind: "closed-in-azure"; by: string | null }
  | { kind: "reopened-in-azure"; by: string | null }
  | { kind: "severity-changed"; from: Severity; to: Severity; sourceSeverity: string | null }
  /** A Fired that came late for a closed alert: noted, never reopens. */
  | { kind: "late-fired-for-closed" }
  /** A new firing under an id that is not one firing's own: the closed alert gives up the identity, this is a new alert. */
  | { kind: "fired-anew" }
  /** Azure's own answer says that an alert stored closed on a key's word alone is firing: it is opened as if new. */
  | { kind: "open-after-all" };

export function decideChanges(
  alert: KnownAlertFacts,
  event: SourceEvent,
  context: { autoClose: boolean; sourceStateVerdict: SourceStateVerdict },
): AlertChange[] {
  const firing = event.condition !== "resolved";
  if (firing && alert.state === "closed") {
    if (isFiredAnew(alert, event)) return [{ kind: "fired-anew" }];
    if (alert.closedUnconfirmed && event.via === "poll" && event.sourceState !== "Closed")
      return [{ kind: "open-after-all" }];
  }
  const changes = [
    ...sourceStateChanges(alert, event, context.sourceStateVerdict),
    ...conditionChanges(alert, event, context.autoClose),
    ...severityChanges(alert, event),
  ];
  if (changes.length > 0) return changes;
  const lateFired = firing && alert.state === "closed" && event.via !== "poll";
  return [{ kind: lateFired ? "late-fired-for-closed" : "duplicate" }];
}

/**
 * Azure gives each firing an id of its own, so a Fired for a closed alert is late. That does not hold for ids that name a
 * rule or a budget, nor for derived ones: there another fired time, or none to compare, is another firing. Rather one
 * alert too many than one silenced.
 */
function isFiredAnew(alert: KnownAlertFacts, event: SourceEvent): boolean {
  if (event.via === "poll" || isInstanceId(event.nativeId)) return false;
  return event.firedAt === null || event.firedAt !== alert.firedAt;
}

const CHANGE_FOR: Record<SourceState, "acknowledged-in-azure" | "closed-in-azure" | "reopened-in-azure"> = {
  Acknowledged: "acknowledged-in-azure",
  Closed: "closed-in-azure",
  New: "reopened-in-azure",
};

/** Somebody changed the user response in Azure; our own change coming back is none. */
function sourceStateChanges(alert: KnownAlertFacts, event: SourceEvent, verdict: SourceStateVerdict): AlertChange[] {
  if (event.sourceState === null || verdict !== "changed-by-others") return [];
  const kind = CHANGE_FOR[event.sourceState];
  return transition(alert.state, kind) === null ? [] : [{ kind, by: event.modifiedBy }];
}

function conditionChanges(alert: KnownAlertFacts, event: SourceEvent, autoClose: boolean): AlertChange[] {
  if (event.condition === "resolved") {
    if (alert.condition === "resolved") return [];
    if (event.via === "key") return claimResolved(alert);
    return [{ kind: "resolve", resolvedAt: event.resolvedAt, close: autoClose && alert.state !== "closed" }];
  }
  return alert.awaitsConfirmation && event.via === "poll" ? [{ kind: "not-confirmed" }] : [];
}

/** Asked once is enough, and of a closed alert there is nothing to calm. */
function claimResolved(alert: KnownAlertFacts): AlertChange[] {
  if (alert.awaitsConfirmation || alert.state === "closed") return [];
  return [{ kind: "needs-confirmation", claim: "resolved" }];
}

/** A payload without a severity says nothing about it. */
function severityChanges(alert: KnownAlertFacts, event: SourceEvent): AlertChange[] {
  const { severity: to, sourceSeverity } = event;
  if (sourceSeverity === null || to === alert.severity) return [];
  const lower = SEVERITIES.indexOf(to) > SEVERITIES.indexOf(alert.severity);
  if (lower && event.via === "key") {
    // Asked once is enough: a storm of such pushes makes neither a long timeline nor a storm of questions.
    return alert.awaitsConfirmation
      ? []
      : [{ kind: "needs-confirmation", claim: "severity", severity: to, sourceSeverity }];
  }
  return [{ kind: "severity-changed", from: alert.severity, to, sourceSeverity }];
}
