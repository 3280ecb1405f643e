import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Clock } from "../../platform/clock.ts";
import { checkWithin, type TokenTimes } from "./token-claims.ts";

/** A token whose signature and claims hold, with what may change later. */
export interface VerifiedToken<Identity> {
  identity: Identity;
  times: TokenTimes;
  isKeyCurrent: () => boolean;
}

/**
 * Verifies each different token once: a storm of pushes carries one and the same. Known by its SHA-256, so the token
 * itself is not kept. Times and key are checked again at every use; refusals are not remembered. Callers that bring the
 * same new token at once share one verification.
 */
export function createTokenCache<Identity extends TokenTimes>(
  tokensMax: number,
  clock: Clock,
  verify: (raw: string) => Promise<VerifiedToken<Identity>>,
): (raw: string) => Promise<Identity> {
  const verified = new LRUCache<string, VerifiedToken<Identity>>({ max: tokensMax });
  const underWay = new Map<string, Promise<VerifiedToken<Identity>>>();
  const verifyOnce = async (digest: string, raw: string) => {
    const running = verify(raw);
    underWay.set(digest, running);
    try {
      const token = await running;
      verified.set(digest, token);
      return token.identity;
    } finally {
      underWay.delete(digest);
    }
  };
  return async (raw) => {
    const digest = createHash("sha256").update(raw).digest("base64");
    const known = verified.get(digest);
    if (known?.isKeyCurrent()) {
      checkWithin(known.times, clock.now());
      return known.identity;
    }
    const running = underWay.get(digest);
    return running ? (await running).identity : verifyOnce(digest, raw);
  };
}
