import { createPublicKey, type KeyObject } from "node:crypto";
import { LRUCache } from "lru-cache";
import { z } from "zod";
import type { Clock } from "../../platform/clock.ts";
import type { Logger } from "../../platform/log.ts";
import type { Issuers, TokenVersion } from "./issuers.ts";

/**
 * Entra's signing keys (threats J1, J3, J4). In: the authority and tenant of the settings, never a value of a token.
 * Out: the key of an id, for one token version. Unknown ids cause at most one fetch per 30 s in the whole process; keys
 * are refreshed hourly; when Entra fails, the last good ones serve for 24 h, so that its outage closes no intake.
 */
export interface KeySet {
  /** The key, or undefined when Entra does not have it. Throws `KeysUnavailableError` when that cannot be known. */
  find(version: TokenVersion, keyId: string): Promise<KeyObject | undefined>;
  /** Is the key that verified an earlier token still one of Entra's? */
  isCurrent(version: TokenVersion, keyId: string, key: KeyObject): boolean;
  /** Fetches now and hourly from then on; the answer stops it. A failing first fetch is retried, not thrown. */
  start(): Promise<() => void>;
}

/** Fetches a document and parses it as JSON; throws when there is no 200 or no JSON. Bounded in time and size. */
export type FetchJson = (url: string) => Promise<unknown>;

/** No usable keys, and Entra cannot be asked: neither "valid" nor "forged" is known. */
export class KeysUnavailableError extends Error {
  readonly retryAfterSeconds: number;
  constructor(retryAfterSeconds: number, cause?: unknown) {
    super("Entra's signing keys cannot be read", cause === undefined ? {} : { cause });
    this.name = "KeysUnavailableError";
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

const COOLDOWN_MS = 30_000;
const REFRESH_MS = 60 * 60_000;
const LAST_GOOD_MS = 24 * 60 * 60_000;
const UNKNOWN_IDS_MAX = 100;
const RSA_BITS_MIN = 2_048;
/** Entra publishes about ten; a document with more is no key set of its. */
const KEYS_MAX = 200;

const openIdDocument = z.object({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }).max(2_048) });
const keyDocument = z.object({ keys: z.array(z.unknown()).max(KEYS_MAX) });
const rsaKey = z.object({
  kty: z.literal("RSA"),
  use: z.literal("sig"),
  kid: z.string().min(1).max(200),
  n: z.string(),
  e: z.string(),
  issuer: z.string().optional(),
});

interface LoadedKeys {
  keys: Map<string, KeyObject>;
  loadedAt: number;
}

export interface KeySetOptions {
  /** Where documents come from: `https://login.microsoftonline.com`, no trailing slash. */
  authority: string;
  tenantId: string;
  issuers: Issuers;
  fetchJson: FetchJson;
  clock: Clock;
  log: Logger;
}

export function createKeySet(options: KeySetOptions): KeySet {
  const { clock, log } = options;
  const loaded = new Map<TokenVersion, LoadedKeys>();
  const unknownIds = new LRUCache<string, true>({ max: UNKNOWN_IDS_MAX });
  let lastFetchAt = Number.NEGATIVE_INFINITY;
  const lastFailed = new Map<TokenVersion, unknown>();
  let underWay: Promise<void> | undefined;

  const load = async (version: TokenVersion) => {
    try {
      loaded.set(version, { keys: await fetchKeys(options, version), loadedAt: clock.now() });
      lastFailed.delete(version);
    } catch (error) {
      lastFailed.set(version, error);
      log.warn(
        { version, problem: (error as Error).message },
        "Entra's signing keys were not read; the last good ones serve",
      );
    }
  };
  const refresh = () => {
    lastFetchAt = clock.now();
    underWay ??= Promise.all([load("1.0"), load("2.0")]).then(() => {
      underWay = undefined;
    });
    return underWay;
  };
  const lookUp = (version: TokenVersion, keyId: string) => {
    const known = loaded.get(version);
    return known && clock.now() - known.loadedAt <= LAST_GOOD_MS ? known.keys.get(keyId) : undefined;
  };
  const cooldownSeconds = () => Math.max(1, Math.ceil((lastFetchAt + COOLDOWN_MS - clock.now()) / 1_000));

  const find = async (version: TokenVersion, keyId: string) => {
    const known = lookUp(version, keyId);
    if (known) return known;
    const remembered = `${version} ${keyId}`;
    if (unknownIds.get(remembered) && !lastFailed.has(version)) return undefined;
    if (underWay) await underWay;
    else if (clock.now() - lastFetchAt >= COOLDOWN_MS) await refresh();
    const found = lookUp(version, keyId);
    if (found) return found;
    if (lastFailed.has(version)) throw new KeysUnavailableError(cooldownSeconds(), lastFailed.get(version));
    unknownIds.set(remembered, true);
    return undefined;
  };
  const isCurrent = (version: TokenVersion, keyId: string, key: KeyObject) => lookUp(version, keyId) === key;
  const start = async () => {
    let cancel: (() => void) | undefined;
    let stopped = false;
    const again = async () => {
      // A key that was unknown may have been published since.
      unknownIds.clear();
      await refresh();
      if (!stopped)
        cancel = clock.setTimer(clock.now() + (lastFailed.size > 0 ? COOLDOWN_MS * 2 : REFRESH_MS), () => void again());
    };
    await again();
    return () => {
      stopped = true;
      cancel?.();
    };
  };
  return { find, isCurrent, start };
}

/** Reads document and key set once, checked like every later time. Throws a sentence about what is wrong with them. */
export async function fetchKeys(
  options: Omit<KeySetOptions, "clock" | "log">,
  version: TokenVersion,
): Promise<Map<string, KeyObject>> {
  const document = openIdDocument.parse(
    await options.fetchJson(openIdAddress(options.authority, options.tenantId, version)),
  );
  const issuer = options.issuers[version];
  if (document.issuer !== issuer) throw new Error(`the OpenID document names another issuer than ${issuer}`);
  if (new URL(document.jwks_uri).origin !== new URL(options.authority).origin) {
    throw new Error("the OpenID document points to keys of another origin than the authority's");
  }
  const { keys } = keyDocument.parse(await options.fetchJson(document.jwks_uri));
  const usable = keys.flatMap((key) => parseKey(key, issuer, options.tenantId));
  if (usable.length === 0) throw new Error("the key document holds no usable key");
  return new Map(usable);
}

/** Address of the tenant's OpenID document (Microsoft identity platform, "OpenID Connect metadata"). */
export function openIdAddress(authority: string, tenantId: string, version: TokenVersion): string {
  return `${authority}/${tenantId}${version === "2.0" ? "/v2.0" : ""}/.well-known/openid-configuration`;
}

/** Keys of other kinds, uses, issuers or sizes are left out: the document may hold them for others (J3). */
function parseKey(value: unknown, issuer: string, tenantId: string): [string, KeyObject][] {
  const parsed = rsaKey.safeParse(value);
  if (!parsed.success) return [];
  const { kid, n, e, issuer: bound } = parsed.data;
  if (bound !== undefined && bound.replace("{tenantid}", tenantId) !== issuer) return [];
  try {
    // Only the numbers are taken: certificates and addresses in the document are never read.
    const key = createPublicKey({ key: { kty: "RSA", n, e }, format: "jwk" });
    return (key.asymmetricKeyDetails?.modulusLength ?? 0) >= RSA_BITS_MIN ? [[kid, key]] : [];
  } catch {
    return [];
  }
}
