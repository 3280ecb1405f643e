import type { SendOutcome } from "./channel.ts";

/**
 * When a failed message is tried again, as a pure function: doubling from `BASE_MS`, at most `CAP_MS`, with jitter, never
 * before the receiver's Retry-After; it ends after `GIVE_UP_MS` or `ATTEMPTS_MAX`.
 */
const BASE_MS = 1_000;
const CAP_MS = 300_000;
export const ATTEMPTS_MAX = 20;
/** An hour after the call-out was decided, the escalation has long gone on. */
export const GIVE_UP_MS = 3_600_000;

export type RetryDecision = { retryAt: number } | { ended: "failed" };

/** `random` is in [0, 1). Instants are epoch milliseconds. */
export function decideRetry(
  message: { attempt: number; createdAt: number },
  outcome: Extract<SendOutcome, { kind: "failed" }>,
  now: number,
  random: number,
): RetryDecision {
  if (!outcome.retryable || message.attempt >= ATTEMPTS_MAX) return { ended: "failed" };
  const backoffMs = Math.min(CAP_MS, BASE_MS * 2 ** (message.attempt - 1));
  const jitteredMs = backoffMs * (0.5 + random / 2);
  const retryAt = now + Math.max(jitteredMs, (outcome.retryAfterSeconds ?? 0) * 1_000);
  return retryAt > message.createdAt + GIVE_UP_MS ? { ended: "failed" } : { retryAt };
}
