import type { AlertState, Severity } from "../alert/alert.ts";
import type { SourceEvent, SourceState } from "../alert/event.ts";
import type { TimelineKind } from "../alert/timeline.ts";
import type { SyncState } from "../migrations/tables.ts";

/** One thing that arrived: the raw bytes, and what the source's reader made of them. */
export interface Arrival {
  teamId: string;
  sourceId: string;
  receivedAt: number;
  contentType: string | null;
  body: Buffer;
  /** How often the same bytes came in this batch; folded by the queue. */
  count: number;
  event: SourceEvent;
  /** Why the body could not be read; null = it could. Such a body is an alert of its own. */
  problem: string | null;
}

/** What becomes of an event whose alert we do not hold yet: decided before the commit, in memory. */
export interface NewAlertPlan {
  state: AlertState;
  heldUntil: number | null;
  sync: SyncState;
  syncAdvice: string | null;
  closedUnconfirmed: boolean;
  entries: PlannedEntry[];
  escalation: PlannedEscalation | null;
  callOuts: PlannedCallOut[];
}

export interface PlannedEntry {
  kind: TimelineKind;
  text: string;
  data: Record<string, unknown>;
}

export interface PlannedEscalation {
  policyId: string;
  policyVersion: number;
  pass: number;
  step: number;
  repeatsLeft: number;
  notified: boolean;
  dueAt: number | null;
  dueKind: "step" | null;
  /** People called so far. */
  called: string[];
}

/** One message to be written in the same commit, already claimed by this process. */
export interface PlannedCallOut {
  id: string;
  personId: string;
  contactId: string;
  channel: string;
  reason: string;
  step: number | null;
  pass: number;
  expiresAt: number | null;
}

/** An alert that is not taken, with the reason; its raw body is kept. */
export interface IgnoredPlan {
  ignored: string;
}

export type DecideNew = (arrival: Arrival, alertId: string) => NewAlertPlan | IgnoredPlan;

/** What we hold of an alert that an event concerns; the facts that changes are decided from. */
export interface KnownAlert {
  id: string;
  teamId: string;
  state: AlertState;
  severity: Severity;
  condition: SourceEvent["condition"];
  sourceState: SourceState | null;
  via: SourceEvent["via"];
  ruleKey: string | null;
  /** Has Azure itself been read for it? */
  read: boolean;
  modifiedAt: number | null;
  awaitsConfirmation: boolean;
  closedUnconfirmed: boolean;
}

/** The outcome of one arrival. */
export interface ArrivalResult {
  /** null when the event was ignored by a setting. */
  alertId: string | null;
  /** True when this arrival made the alert. */
  fresh: boolean;
}
