import { LRUCache } from "lru-cache";
import type { Pool } from "pg";
import type { Arrival } from "./intake.ts";
import { type CountedBody, countBodies, type StoredAnswer } from "./store.ts";

/**
 * Repeats: bodies that this process has stored before, byte for byte. They bring nothing new, so they need no decision, no
 * plan and no body: their alerts and their kept bodies are counted, in one statement a batch. What comes in are arrivals
 * with their digests; what goes out is what we hold of their alerts. A body that is no longer kept, and any failure, is
 * answered by nothing: the caller takes the whole way again, which meets the same failure or heals it.
 */
export interface Repeats {
  /** A body is kept under this identity of its alert. */
  note(digest: Buffer, dedupKey: Buffer): void;
  /** Stored before, as far as this process remembers? */
  includes(digest: Buffer): boolean;
  /** Counts them; the answers are by digest (hex). Never throws. */
  count(arrivals: readonly { arrival: Arrival; digest: Buffer }[]): Promise<Map<string, StoredAnswer>>;
}

/** A storm repeats few bodies; one remembered takes about 200 bytes. */
const REMEMBERED_MAX = 10_000;

export function createRepeats(pool: Pool): Repeats {
  const dedupKeys = new LRUCache<string, Buffer>({ max: REMEMBERED_MAX });
  // One statement at a time: two that lock the same rows in different orders would wait for each other.
  let previous: Promise<unknown> = Promise.resolve();

  const count: Repeats["count"] = (arrivals) => {
    const bodies = arrivals.flatMap(({ arrival, digest }): CountedBody[] => {
      const dedupKey = dedupKeys.get(digest.toString("hex"));
      return dedupKey ? [{ arrival, digest, dedupKey }] : [];
    });
    const counted = previous.then(() => countBodies(pool, bodies)).catch(() => new Map<string, StoredAnswer>());
    previous = counted;
    return counted;
  };
  return {
    note: (digest, dedupKey) => {
      dedupKeys.set(digest.toString("hex"), dedupKey);
    },
    includes: (digest) => dedupKeys.has(digest.toString("hex")),
    count,
  };
}
