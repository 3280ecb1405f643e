/**
 * The vocabulary of what we hold: an alert, its states and its owner.
 *
 *            acknowledge / take            snooze
 *   open ---------------------> acknowledged ------> snoozed
 *    ^  <--------------------- /    |                  |
 *    |   unacknowledge, ack timeout |                  |
 *    |   snooze expiry, escalate    | close            | close
 *    |                              v                  v
 *    +---------- reopen --------- closed <-------------+
 *
 * Only `open` escalates (semantics.md 8.1).
 */

export const ALERT_STATES = ["open", "acknowledged", "snoozed", "closed"] as const;
export type AlertState = (typeof ALERT_STATES)[number];

/** Most urgent first. Azure Monitor's Sev0 … Sev4 map onto these in order (design of the portal, section 5). */
export const SEVERITIES = ["critical", "high", "medium", "low", "info"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** A person as others see them: stable id and display name. The id is ours; Entra's (`tid`, `oid`) stays in the store. */
export interface PersonRef {
  id: string;
  name: string;
}

/** Where an alert came from, in the source's own words. */
export interface AlertSource {
  /** Kind of source: `azure-monitor`, … */
  kind: string;
  /** The source's own identifier: for Azure Monitor the full ARM id of the alert. */
  alertId: string;
  /** Name of the rule that fired; null when the payload names none. */
  rule: string | null;
  /** First affected resource, a full ARM id; null when the payload names none. */
  resourceId: string | null;
  /** The source's own severity word (`Sev0`); null when the payload has none. */
  severity: string | null;
}

/** An alert as lists, the event stream and notifications show it. Instants are ISO 8601 in UTC. */
export interface AlertItem {
  id: string;
  title: string;
  severity: Severity;
  state: AlertState;
  owner: PersonRef | null;
  createdAt: string;
  updatedAt: string;
  source: AlertSource;
}
