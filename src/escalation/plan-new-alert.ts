import type { SourceEvent } from "../alert/event.ts";
import { type Configuration, resolveTargets, type TeamConfiguration } from "../configuration.ts";
import type { NewAlertPlan, PlannedEntry } from "../ingest/intake.ts";
import type { Ids } from "../platform/ids.ts";
import { choosePolicy } from "../policy/choose-policy.ts";
import type { HoldReason, NewAlert } from "../sources/azure-monitor/new-alert.ts";
import { planCallOuts } from "./call-out.ts";
import { type EscalationPosition, fireDue, startEscalation } from "./next-step.ts";

/**
 * What becomes of a new alert, decided in memory before the commit: state, policy, who is called first, and the
 * sentences that say why. Pure but for the ids that it draws.
 */
export interface NewAlertContext {
  team: TeamConfiguration;
  configuration: Configuration;
  ids: Ids;
  now: number;
  /** How it stands with the source from the start. */
  sync: Pick<NewAlertPlan, "sync" | "syncAdvice">;
  problem: string | null;
}

const VIA_WORDS: Record<SourceEvent["via"], string> = {
  entra: "pushed, signed by Entra",
  key: "pushed with a source key",
  poll: "found by reading Azure's list",
};

const HOLD_WORDS: Record<HoldReason, string | null> = {
  "no-grace-period": null,
  "fired-time-unknown": "No grace period: the payload names no fired time.",
  "fired-long-ago": "No grace period: it fired more than two hours ago.",
  "grace-over": "The grace period is over already.",
  "grace-running": null,
};

export function planNewAlert(
  event: SourceEvent,
  decision: Exclude<NewAlert, { kind: "ignored" }>,
  context: NewAlertContext,
): NewAlertPlan {
  const base = { ...context.sync, heldUntil: null, closedUnconfirmed: false, escalation: null, callOuts: [] };
  const entries = [receivedEntry(event, context.problem)];
  if (context.sync.syncAdvice !== null)
    entries.push({ kind: "azure-not-asked", text: context.sync.syncAdvice, data: {} });
  if (decision.kind === "stored-closed") {
    const closedUnconfirmed = decision.reason === "resolved" && event.via === "key";
    return { ...base, state: "closed", closedUnconfirmed, entries: [...entries, storedClosedEntry(decision.reason)] };
  }
  if (decision.kind === "acknowledged") {
    const text = `Nobody is called: ${decision.by ?? "somebody"} has acknowledged it in Azure already.`;
    return { ...base, state: "acknowledged", entries: [...entries, { kind: "azure-changed", text, data: {} }] };
  }
  return planOpen(event, decision, context, { ...base, state: "open", entries });
}

function planOpen(
  event: SourceEvent,
  decision: Extract<NewAlert, { kind: "open" }>,
  { team, configuration, ids, now }: NewAlertContext,
  plan: NewAlertPlan,
): NewAlertPlan {
  const { policy, reason } = choosePolicy(event, team);
  plan.entries.push({ kind: "policy", text: reason, data: { policyId: policy.id, policyVersion: policy.version } });
  const hold = holdEntry(decision);
  if (hold) plan.entries.push(hold);
  const start: EscalationPosition =
    decision.holdUntil === null
      ? startEscalation(policy.definition, now)
      : { ...startEscalation(policy.definition, now), dueAt: decision.holdUntil };
  const fired = fireDue(policy.definition, start, now, (targets, at) => resolveTargets(team, targets, at));
  const called = planCallOuts(
    fired.firings,
    { teamName: team.name, policyName: policy.name, policy: policy.definition, position: fired.position },
    { person: configuration.person, contacts: configuration.contacts, nextId: () => ids.next(now) },
  );
  const { dueAt } = fired.position;
  return {
    ...plan,
    heldUntil: decision.holdUntil,
    entries: [...plan.entries, ...called.entries],
    escalation: {
      ...fired.position,
      policyId: policy.id,
      policyVersion: policy.version,
      dueKind: dueAt === null ? null : "step",
      called: called.people,
    },
    callOuts: called.callOuts,
  };
}

function receivedEntry(event: SourceEvent, problem: string | null): PlannedEntry {
  const data = { via: event.via, severity: event.sourceSeverity, condition: event.condition, schema: event.schema };
  if (problem !== null) return { kind: "unreadable", text: `An authentic message could not be read: ${problem}`, data };
  const severity = event.sourceSeverity === null ? "" : ` (${event.sourceSeverity})`;
  const what = event.condition === "resolved" ? "resolved" : "fired";
  return { kind: "received", text: `Azure Monitor: ${what}${severity}, ${VIA_WORDS[event.via]}.`, data };
}

const storedClosedEntry = (reason: "resolved" | "closed-in-azure"): PlannedEntry => ({
  kind: "closed",
  text:
    reason === "resolved"
      ? "Nobody is called: it is resolved already."
      : "Nobody is called: it is closed in Azure already.",
  data: { reason },
});

function holdEntry(decision: Extract<NewAlert, { kind: "open" }>): PlannedEntry | null {
  if (decision.holdUntil !== null) {
    const until = new Date(decision.holdUntil).toISOString();
    return {
      kind: "held",
      text: `Held until ${until} (grace period): nobody is told if it recovers by then.`,
      data: { until },
    };
  }
  const words = HOLD_WORDS[decision.reason];
  return words === null ? null : { kind: "not-held", text: words, data: { reason: decision.reason } };
}
