import { LRUCache } from "lru-cache";
import type { Clock } from "../../platform/clock.ts";
import type { Logger } from "../../platform/log.ts";

/** A credential's last use is written at most so often. */
const WRITE_EVERY_MS = 60_000;
/** A use after so long a rest is worth an entry in the audit log, each use is not. */
const NOTABLE_AFTER_MS = 24 * 60 * 60_000;
const CREDENTIALS_MAX = 10_000;

/**
 * Notes that a credential was used: at most one write a minute, off the caller's path, failures logged only. `write`
 * also hears whether the use is notable: the first one, or the first after a day (threats S6, key use).
 */
export function createLastUse(
  clock: Clock,
  log: Logger,
  write: (id: string, now: number, isNotable: boolean) => Promise<void>,
): (id: string, lastUsedAt: Date | null) => void {
  const written = new LRUCache<string, number>({ max: CREDENTIALS_MAX });
  return (id, lastUsedAt) => {
    const now = clock.now();
    const before = Math.max(
      written.get(id) ?? Number.NEGATIVE_INFINITY,
      lastUsedAt?.getTime() ?? Number.NEGATIVE_INFINITY,
    );
    if (now - before < WRITE_EVERY_MS) return;
    written.set(id, now);
    write(id, now, now - before >= NOTABLE_AFTER_MS).catch((error: Error) => {
      log.warn({ id, problem: error.message }, "the last use of a credential was not written");
    });
  };
}
