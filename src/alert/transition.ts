import type { AlertState } from "./alert.ts";

/**
 * The state machine of an alert (picture in alert.ts; rules: semantics.md 8.6–8.9), as a pure function. What comes in
 * is the present state and what happened; what goes out is the next state, what becomes of the owner and of the
 * escalation, or a refusal.
 */

/** What people do. */
export type ReplyKind =
  | "acknowledge"
  | "take"
  | "unacknowledge"
  | "close"
  | "reopen"
  | "snooze"
  | "unsnooze"
  | "escalate";

/** What happens by itself or in Azure. */
export type SystemCause =
  | "ack-timeout"
  | "snooze-expired"
  | "resolved"
  | "acknowledged-in-azure"
  | "closed-in-azure"
  | "reopened-in-azure";

export type Cause = ReplyKind | SystemCause;

export interface Transition {
  state: AlertState;
  owner: "actor" | "keep" | "clear";
  /** stop: no more calls · restart: pass 1, step 1, now · escalate: the next step now · snooze: calls again later. */
  escalation: "stop" | "restart" | "escalate" | "snooze";
}

const OPEN_STATES: readonly AlertState[] = ["open", "acknowledged", "snoozed"];

const RULES: Record<Cause, { from: readonly AlertState[]; to: Transition }> = {
  acknowledge: { from: OPEN_STATES, to: { state: "acknowledged", owner: "actor", escalation: "stop" } },
  take: { from: OPEN_STATES, to: { state: "acknowledged", owner: "actor", escalation: "stop" } },
  unacknowledge: { from: ["acknowledged"], to: { state: "open", owner: "clear", escalation: "restart" } },
  close: { from: OPEN_STATES, to: { state: "closed", owner: "keep", escalation: "stop" } },
  reopen: { from: ["closed"], to: { state: "open", owner: "clear", escalation: "restart" } },
  snooze: { from: OPEN_STATES, to: { state: "snoozed", owner: "keep", escalation: "snooze" } },
  unsnooze: { from: ["snoozed"], to: { state: "open", owner: "clear", escalation: "restart" } },
  escalate: { from: OPEN_STATES, to: { state: "open", owner: "clear", escalation: "escalate" } },
  "ack-timeout": { from: ["acknowledged"], to: { state: "open", owner: "clear", escalation: "restart" } },
  "snooze-expired": { from: ["snoozed"], to: { state: "open", owner: "clear", escalation: "restart" } },
  resolved: { from: OPEN_STATES, to: { state: "closed", owner: "keep", escalation: "stop" } },
  "acknowledged-in-azure": { from: ["open"], to: { state: "acknowledged", owner: "keep", escalation: "stop" } },
  "closed-in-azure": { from: OPEN_STATES, to: { state: "closed", owner: "keep", escalation: "stop" } },
  "reopened-in-azure": {
    from: ["acknowledged", "snoozed", "closed"],
    to: { state: "open", owner: "clear", escalation: "restart" },
  },
};

/** The next state, or null: an event that the state does not allow is ignored (semantics.md 8.9). */
export function transition(state: AlertState, cause: Cause): Transition | null {
  const rule = RULES[cause];
  return rule.from.includes(state) ? rule.to : null;
}
