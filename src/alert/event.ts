import type { Severity } from "./alert.ts";

/**
 * What a source says about one of its alerts, normalised: the input of the ingest. A push and a poll of the same alert
 * give the same `nativeId`, so that both arrive at one alert (threats I2).
 */
export interface SourceEvent {
  /** Kind of source, for example `azure-monitor`. */
  sourceKind: string;
  /** How it came: pushed and signed by Entra, pushed with a source key, or read by us. */
  via: "entra" | "key" | "poll";
  /** The source's own identity of the alert, lower case where the source ignores case. Never used as a key unhashed. */
  nativeId: string;
  /** The same in the source's spelling, for display and for calls back (the full ARM id). */
  alertId: string;
  /** Rule's name (last segment of an ARM id), as displayed; null when unknown. */
  rule: string | null;
  title: string;
  description: string | null;
  severity: Severity;
  /** The source's own word, for example `Sev0`. */
  sourceSeverity: string | null;
  /** Full ARM ids, at most 100. */
  resourceIds: string[];
  /** Azure's monitor condition; `unknown` when an unreadable payload says neither. */
  condition: "fired" | "resolved" | "unknown";
  /** Epoch milliseconds; null when the payload says none. */
  firedAt: number | null;
  resolvedAt: number | null;
  signalType: string | null;
  monitoringService: string | null;
  /** Which published shape the payload had. */
  schema: "common" | "non-common" | "read" | "unknown";
  /** Azure's user response as read (poll only); null in a push. */
  sourceState: SourceState | null;
  /** True when an alert processing rule suppressed it (poll only). */
  suppressed: boolean;
  /** Epoch milliseconds of Azure's last modification (poll only). */
  modifiedAt: number | null;
  /** Who changed it last in Azure (poll only). */
  modifiedBy: string | null;
  /** Facts for people: grouped name/value pairs taken from the payload, bounded. Untrusted text. */
  facts: FactGroup[];
  /** What an operator should change, in words (for example: switch on the common alert schema). */
  advice: string[];
  /** The payload as received, for "nothing is lost"; bounded by the intake's size limit. */
  payload: unknown;
}

/** Azure Monitor's user response. */
export type SourceState = "New" | "Acknowledged" | "Closed";

/** A titled list of facts, for example one metric criterion. At most 50 facts a group and 20 groups an event. */
export interface FactGroup {
  title: string;
  facts: { name: string; value: string }[];
}
