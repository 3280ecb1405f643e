import type { EscalationPolicy } from "./escalation-policy.ts";

/**
 * Escalation as a pure function of policy, position and `now` (semantics.md 8.2–8.5, 8.8, 8.9). What comes in is where
 * the escalation stands; what goes out are the firings that are due and where it stands then. It never sleeps and never
 * resolves people itself: `resolve` answers who a target means at an instant.
 */
export interface EscalationPosition {
  /** From 1. */
  pass: number;
  /** Last fired step of this pass, from 1; 0 = none yet. */
  step: number;
  /** Further firings of the last fired step. */
  repeatsLeft: number;
  /** Did this pass notify anybody? */
  notified: boolean;
  /** When the next step fires, epoch milliseconds; null = exhausted or stopped. */
  dueAt: number | null;
}

export interface Firing {
  at: number;
  pass: number;
  step: number | "fallback";
  /** Whom it reaches, each once. Empty: the step was passed over, or nobody at all could be found. */
  people: string[];
}

export type ResolveTargets = (targets: readonly string[], at: number) => string[];

const MINUTE_MS = 60_000;

/** Where an escalation begins: step 1 after the initial delay, or at once on a restart (8.8). */
export function startEscalation(policy: EscalationPolicy, now: number, restart = false): EscalationPosition {
  const delayMs = restart ? 0 : (policy.initialDelayMinutes ?? 0) * MINUTE_MS;
  return { pass: 1, step: 0, repeatsLeft: 0, notified: false, dueAt: now + delayMs };
}

/** "Escalate now": the step after the last fired one is due; after the last step, from the start (8.9). */
export function escalateNow(policy: EscalationPolicy, position: EscalationPosition, now: number): EscalationPosition {
  if (position.step >= policy.steps.length) return startEscalation(policy, now, true);
  return { ...position, repeatsLeft: 0, dueAt: now };
}

/** Fires everything due at or before `now`, in order, each at its own due instant. */
export function fireDue(
  policy: EscalationPolicy,
  start: EscalationPosition,
  now: number,
  resolve: ResolveTargets,
): { firings: Firing[]; position: EscalationPosition } {
  const firings: Firing[] = [];
  let position = start;
  // When the pass began, if it did so here: what began in an earlier call has taken time.
  let passBeganAt = start.step === 0 ? start.dueAt : null;
  while (position.dueAt !== null && position.dueAt <= now) {
    const at = position.dueAt;
    const next =
      position.repeatsLeft > 0
        ? repeatStep(policy, position, at, resolve, firings)
        : nextStep(policy, position, at, resolve, firings);
    if (next.pass === position.pass) position = next;
    else {
      position = next.dueAt === passBeganAt ? { ...next, dueAt: at + EMPTY_PASS_MS } : next;
      passBeganAt = position.dueAt;
    }
  }
  return { firings, position };
}

/**
 * A pass whose waiting steps all reach nobody would start again within the same instant for ever. Such a pass waits, so
 * that a policy that validation accepted never calls people in a loop.
 */
const EMPTY_PASS_MS = MINUTE_MS;

function repeatStep(
  policy: EscalationPolicy,
  position: EscalationPosition,
  at: number,
  resolve: ResolveTargets,
  firings: Firing[],
): EscalationPosition {
  const step = policy.steps[position.step - 1]!;
  const people = resolve(step.targets, at);
  if (people.length === 0) return nextStep(policy, { ...position, repeatsLeft: 0 }, at, resolve, firings);
  firings.push({ at, pass: position.pass, step: position.step, people });
  return { ...position, repeatsLeft: position.repeatsLeft - 1, dueAt: at + step.delayMinutes * MINUTE_MS };
}

/** Fires the first step after `position.step` that reaches somebody; passes over the others at the same instant (8.5). */
function nextStep(
  policy: EscalationPolicy,
  position: EscalationPosition,
  at: number,
  resolve: ResolveTargets,
  firings: Firing[],
): EscalationPosition {
  for (let number = position.step + 1; number <= policy.steps.length; number += 1) {
    const step = policy.steps[number - 1]!;
    const people = resolve(step.targets, at);
    firings.push({ at, pass: position.pass, step: number, people });
    if (people.length === 0) continue;
    const dueAt = at + step.delayMinutes * MINUTE_MS;
    return { pass: position.pass, step: number, repeatsLeft: step.repeat ?? 0, notified: true, dueAt };
  }
  return endPass(policy, position, at, resolve, firings);
}

function endPass(
  policy: EscalationPolicy,
  position: EscalationPosition,
  at: number,
  resolve: ResolveTargets,
  firings: Firing[],
): EscalationPosition {
  if (!position.notified) {
    const people = policy.fallback ? resolve(policy.fallback, at) : [];
    firings.push({ at, pass: position.pass, step: "fallback", people });
    return { ...position, dueAt: null };
  }
  const repeat = policy.repeat ?? 0;
  if (repeat !== -1 && position.pass > repeat) return { ...position, dueAt: null };
  return { pass: position.pass + 1, step: 0, repeatsLeft: 0, notified: false, dueAt: at };
}

/** Who is called next and when, if nobody answers until then; null = nobody. */
export function nextCall(
  policy: EscalationPolicy,
  position: EscalationPosition,
  resolve: ResolveTargets,
): { at: number; people: string[]; step: number | "fallback" } | null {
  if (position.dueAt === null) return null;
  const { firings } = fireDue(policy, position, position.dueAt, resolve);
  const next = firings.find((firing) => firing.people.length > 0);
  return next ? { at: next.at, people: next.people, step: next.step } : null;
}
