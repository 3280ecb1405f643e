import type { SourceEvent, SourceState } from "../../alert/event.ts";

/**
 * What an event makes of an alert that we do not hold yet. In: the event, the source's settings, `now`. Out: open (perhaps
 * held back), acknowledged already, stored closed, or ignored with a reason. Pure.
 */

/** The settings of the source that decide; names as in settings.ts. */
export interface SourceRules {
  /** Azure's words (`Sev0` …) that are taken. An alert whose severity is none of Azure's words always is. */
  severities: readonly string[];
  includeSuppressed: boolean;
  /** 0–120. */
  graceMinutes: number;
  autoClose: boolean;
}

export type NewAlert =
  | { kind: "open"; holdUntil: number | null; reason: HoldReason }
  | { kind: "acknowledged"; by: string | null }
  | { kind: "stored-closed"; reason: "resolved" | "closed-in-azure" }
  | { kind: "ignored"; reason: "severity-not-taken" | "suppressed" };

/** Why it is held back, or why not: for the timeline ("why was I woken, why was I not"). */
export type HoldReason = "no-grace-period" | "fired-time-unknown" | "fired-long-ago" | "grace-over" | "grace-running";

/** The longest grace period that can be set; an alert older than this is told at once, whatever the setting (I5). */
const GRACE_MS_MAX = 2 * 60 * 60_000;
const MINUTE_MS = 60_000;

export function decideNewAlert(event: SourceEvent, rules: SourceRules, now: number): NewAlert {
  if (!isSeverityTaken(event.sourceSeverity, rules)) return { kind: "ignored", reason: "severity-not-taken" };
  if (event.suppressed && !rules.includeSuppressed) return { kind: "ignored", reason: "suppressed" };
  if (event.condition === "resolved") return { kind: "stored-closed", reason: "resolved" };
  if (event.sourceState === "Closed") return { kind: "stored-closed", reason: "closed-in-azure" };
  if (event.sourceState === "Acknowledged") return { kind: "acknowledged", by: event.modifiedBy };
  return { kind: "open", ...holdOf(event.firedAt, rules.graceMinutes, now) };
}

/** The filter knows Azure's five words only: a severity it does not know must not silence an alert. */
function isSeverityTaken(word: string | null, rules: SourceRules): boolean {
  return word === null || !/^Sev[0-4]$/.test(word) || rules.severities.includes(word);
}

/** The grace period counts from the fired time. A fired time in the future (clocks, liars) counts as now. */
function holdOf(
  firedAt: number | null,
  graceMinutes: number,
  now: number,
): { holdUntil: number | null; reason: HoldReason } {
  if (graceMinutes <= 0) return { holdUntil: null, reason: "no-grace-period" };
  if (firedAt === null) return { holdUntil: null, reason: "fired-time-unknown" };
  if (now - firedAt > GRACE_MS_MAX) return { holdUntil: null, reason: "fired-long-ago" };
  const until = Math.min(firedAt, now) + Math.min(graceMinutes * MINUTE_MS, GRACE_MS_MAX);
  return until > now ? { holdUntil: until, reason: "grace-running" } : { holdUntil: null, reason: "grace-over" };
}

/**
 * At the end of the grace period: is anybody told? `condition` counts a key-signed Resolved only once Azure has agreed
 * (apply.ts); `sourceState` is Azure's last known user response, null when it was never read.
 */
export function endOfGrace(alert: {
  condition: SourceEvent["condition"];
  sourceState: SourceState | null;
}): { notify: true } | { notify: false; reason: "resolved" | "not-new-in-azure" } {
  if (alert.condition === "resolved") return { notify: false, reason: "resolved" };
  if (alert.sourceState !== null && alert.sourceState !== "New") return { notify: false, reason: "not-new-in-azure" };
  return { notify: true };
}
