import { LRUCache } from "lru-cache";
import { ProblemError } from "../../platform/errors.ts";

/**
 * Token buckets (threats L3). A bucket holds up to `burst` and fills by `perSecond`; a request takes one. Keys are
 * bounded: the least recently used bucket is forgotten first, which is a full one again. `now` is epoch milliseconds.
 */
export interface TokenBuckets {
  /** Takes one; false = empty. */
  take(key: string, now: number): boolean;
  /** Seconds until there is one again, at least 1. */
  retryAfterSeconds(key: string, now: number): number;
}

export interface BucketSize {
  perSecond: number;
  burst: number;
}

/** A person's sessions together, or one API token. */
export const CALLER_RATE: BucketSize = { perSecond: 50, burst: 500 };
/** An address without a valid credential; probes apart. */
export const ANONYMOUS_RATE: BucketSize = { perSecond: 20, burst: 100 };
/** Wrong credentials, per address and beginning of the credential: 10 a minute. */
export const FAILED_CREDENTIAL_RATE: BucketSize = { perSecond: 10 / 60, burst: 10 };

const BUCKETS_MAX = 50_000;

export function createTokenBuckets(size: BucketSize, bucketsMax = BUCKETS_MAX): TokenBuckets {
  const buckets = new LRUCache<string, { level: number; at: number }>({ max: bucketsMax });
  const levelAt = (key: string, now: number) => {
    const bucket = buckets.get(key);
    if (!bucket) return size.burst;
    // A clock that was set back fills nothing and takes nothing.
    return Math.min(size.burst, bucket.level + (Math.max(0, now - bucket.at) * size.perSecond) / 1_000);
  };
  const take = (key: string, now: number) => {
    const level = levelAt(key, now);
    const isAllowed = level >= 1;
    buckets.set(key, { level: isAllowed ? level - 1 : level, at: now });
    return isAllowed;
  };
  const retryAfterSeconds = (key: string, now: number) =>
    Math.max(1, Math.ceil((1 - levelAt(key, now)) / size.perSecond));
  return { take, retryAfterSeconds };
}

/** Takes one or throws 429 with `Retry-After`. `what` names the limit for people. */
export function requireRate(buckets: TokenBuckets, key: string, now: number, what: string): void {
  if (buckets.take(key, now)) return;
  const seconds = buckets.retryAfterSeconds(key, now);
  throw new ProblemError("too-many-requests", `Too many requests of ${what}; try again in ${seconds} s.`, {
    headers: { "Retry-After": String(seconds) },
  });
}

/** So much of a credential tells one sender from another without being of use to anybody. */
const PREFIX_CHARS = 8;

/**
 * Guessing is slowed down, honest senders are not: ask only *after* a credential was refused, so that a valid one from
 * the same address always passes. Throws 429 when this address has failed too often with credentials that begin so.
 */
export function countFailedCredential(buckets: TokenBuckets, address: string, credential: string, now: number): void {
  requireRate(buckets, `${address} ${credential.slice(0, PREFIX_CHARS)}`, now, "wrong credentials from this address");
}
