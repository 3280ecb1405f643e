import type { EgressAnswer } from "../platform/http/guarded.ts";
import type { FailureReason, SendOutcome } from "./channel.ts";

type Failure = Extract<SendOutcome, { kind: "failed" }>;

/**
 * What an HTTP answer means for a message: the one table of all channels that speak HTTP. `deadStatuses` are those by
 * which the receiver says that this contact is gone for good (410; for push services also 404).
 */
export function outcomeOf(answer: EgressAnswer, deadStatuses: ReadonlySet<number>): SendOutcome {
  if (answer.kind === "failed") {
    const { reason, retryable, status } = answer;
    return { ...failed(reason), retryable, status };
  }
  const { status, retryAfterSeconds } = answer;
  if (status < 300) return { kind: "delivered", status };
  if (deadStatuses.has(status)) return { ...failed("gone"), status, retire: true };
  const passing = passingReason(status);
  if (passing === null) return { ...failed("rejected"), status };
  return { ...failed(passing), status, retryable: true, retryAfterSeconds };
}

/** A failure that ends the message: no status, not retryable, contact kept. */
export function failed(reason: FailureReason): Failure {
  return { kind: "failed", retryable: false, reason, status: null, retryAfterSeconds: null, retire: false };
}

/** Why a later attempt may succeed; null when it will not. 425 (RFC 8470) asks to come later as 429 does. */
function passingReason(status: number): FailureReason | null {
  if (status === 408) return "timeout";
  if (status === 425 || status === 429) return "throttled";
  return status >= 500 ? "server-error" : null;
}
