import type { AlertState, PersonRef } from "../alert/alert.ts";
import type { SourceEvent, SourceState } from "../alert/event.ts";
import { cutToChars, visibleText } from "../alert/text.ts";
import type { Cause } from "../alert/transition.ts";
import { type AlertIdParts, parseAlertId } from "../sources/azure-monitor/alert-id.ts";

/**
 * What of a change here is told to Azure. In: what happened, what is known of the alert in Azure, the settings. Out: the
 * state to write with its comment, or the reason why nothing is written (for the timeline). Pure.
 */

/** What happened here; `comment` and `hand-over` change no state. */
export type Occasion = {
  cause: Cause | "comment" | "hand-over";
  /** The person who did it; null = the system. */
  actor: PersonRef | null;
  /** What the person wrote with it. */
  comment: string | null;
  /** The alert's state before. */
  previousState: AlertState;
  /** Id of this write; it comes back in Azure's history. Letters, digits, hyphens. */
  operationId: string;
};

/** The alert as far as Azure is concerned. */
export interface AlertInAzure {
  sourceKind: string;
  alertId: string;
  via: SourceEvent["via"];
  /** The state we wrote last, else read last; null = neither. */
  state: SourceState | null;
  /** `not-read`: Azure was never asked for it. */
  presence: "present" | "not-read" | "unknown-to-azure" | "gone";
}

export interface WriteBackRules {
  writeBack: boolean;
  writeClosedToAzure: boolean;
  /** Subscription ids in lower case; no other one is ever called (threats I3, I5). */
  subscriptions: readonly string[];
}

export type WriteBackPlan =
  | {
      newState: SourceState;
      comment: string;
      /** Parsed parts: the only thing a URL is built from. */
      target: AlertIdParts;
      /** Read the alert before writing: only a key has vouched for its id so far (threats I3). */
      readFirst: boolean;
    }
  | { none: NoWriteReason };

/** Why nothing is written, with the sentence for the timeline. */
export const NO_WRITE_REASONS = {
  "other-source": "This alert does not come from Azure Monitor.",
  "came-from-azure": "The change came from Azure; nothing is written back.",
  "state-kept": "This leaves the alert's state in Azure as it is.",
  "auto-close-stays-here":
    "Azure has resolved the alert itself; its state there is left (`azureMonitor.writeClosedToAzure` is off).",
  "not-acknowledged-in-azure": "The alert is not acknowledged in Azure; there is nothing to take back.",
  "write-back-off": "Writing to Azure is switched off (`azureMonitor.writeBack`).",
  "no-azure-id": "The payload carried no id of an alert in Azure, so nothing can be written there.",
  "subscription-not-configured":
    "Subscription not configured: nothing is read or written for it (`azure.subscriptions`).",
  "unknown-to-azure": "Unknown to Azure: it has no alert of this id.",
  gone: "No longer in Azure: it deletes alerts after 30 days.",
} as const;
export type NoWriteReason = keyof typeof NO_WRITE_REASONS;

export function planWriteBack(occasion: Occasion, alert: AlertInAzure, rules: WriteBackRules): WriteBackPlan {
  if (alert.sourceKind !== "azure-monitor") return { none: "other-source" };
  const wanted = wantedState(occasion, alert, rules);
  if ("none" in wanted) return wanted;
  if (!rules.writeBack) return { none: "write-back-off" };
  const target = parseAlertId(alert.alertId);
  if (target === null) return { none: "no-azure-id" };
  if (!rules.subscriptions.includes(target.subscriptionId)) return { none: "subscription-not-configured" };
  if (alert.presence === "unknown-to-azure" || alert.presence === "gone") return { none: alert.presence };
  const readFirst = alert.via === "key" && alert.presence === "not-read";
  return { newState: wanted.state, comment: commentOf(occasion), target, readFirst };
}

type Wanted = { state: SourceState } | { none: NoWriteReason };

/**
 * People's answers are always written, even when Azure seems to have the state: what we know of Azure may be a poll old,
 * and a person's word must stand. What happens by itself takes back an acknowledgement only where there is one.
 */
function wantedState(occasion: Occasion, alert: AlertInAzure, rules: WriteBackRules): Wanted {
  switch (occasion.cause) {
    case "acknowledge":
    case "take":
      return { state: "Acknowledged" };
    case "close":
      return { state: "Closed" };
    case "unacknowledge":
    case "reopen":
      return { state: "New" };
    case "ack-timeout":
    case "escalate":
    case "snooze-expired":
    case "unsnooze":
      return isAcknowledgedThere(occasion, alert) ? { state: "New" } : { none: "not-acknowledged-in-azure" };
    case "resolved":
      return rules.writeClosedToAzure ? { state: "Closed" } : { none: "auto-close-stays-here" };
    case "snooze":
    case "comment":
    case "hand-over":
      return { none: "state-kept" };
    case "acknowledged-in-azure":
    case "closed-in-azure":
    case "reopened-in-azure":
      return { none: "came-from-azure" };
  }
}

/** A snoozed alert may have been acknowledged before: what Azure holds decides, and only without it our own state. */
function isAcknowledgedThere({ previousState }: Occasion, { state }: AlertInAzure): boolean {
  return state === null ? previousState === "acknowledged" : state === "Acknowledged";
}

/** Azure publishes no limit; so much fits every history view, and the operation id always does. */
const COMMENT_CHARS_MAX = 1_000;
const NAME_CHARS_MAX = 100;

/** Plain text on one line: who, what, why, and the operation id (`operationIdOf` in echo.ts reads it). */
function commentOf(occasion: Occasion): string {
  const suffix = ` [watchbell ${occasion.operationId}]`;
  const said = occasion.comment?.trim() ? ` Comment: ${visibleText(occasion.comment.trim(), COMMENT_CHARS_MAX)}` : "";
  return cutToChars(`${sentenceOf(occasion)}${said}`, COMMENT_CHARS_MAX - suffix.length) + suffix;
}

function sentenceOf({ cause, actor }: Occasion): string {
  const who = actor === null ? "Watchbell" : `${visibleText(actor.name.trim(), NAME_CHARS_MAX)} in Watchbell`;
  switch (cause) {
    case "take":
      return `Taken by ${who}.`;
    case "close":
      return `Closed by ${who}.`;
    case "unacknowledge":
      return `Acknowledgement withdrawn by ${who}.`;
    case "reopen":
      return `Reopened by ${who}.`;
    case "ack-timeout":
      return "Set back to New by Watchbell: the time for an acknowledged alert is over.";
    case "escalate":
      return `Escalated by ${who}: the next people are called.`;
    case "snooze-expired":
      return "Set back to New by Watchbell: the snooze has ended.";
    case "unsnooze":
      return `Snooze ended by ${who}.`;
    case "resolved":
      return "Closed by Watchbell: the monitor condition is resolved.";
    default:
      return `Acknowledged by ${who}.`;
  }
}
