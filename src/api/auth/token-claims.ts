import type { Issuers, TokenVersion } from "./issuers.ts";
import { kindOf, refuseToken } from "./token-format.ts";

/** Checks of claims that every purpose shares (threats J2, J5). Each throws a refusal that names the claim. */

export type Claims = Readonly<Record<string, unknown>>;

/** Difference of clocks that is forgiven. */
const TOLERANCE_SECONDS = 120;
/** Entra's longest: managed identities' tokens live up to 24 h. */
const LIFETIME_SECONDS_MAX = 28 * 60 * 60;
const VALUE_CHARS_MAX = 2_048;

/** Which audiences are right for which token version, and in which claim that version names the client. */
export interface ExpectedToken {
  tenantId: string;
  issuers: Issuers;
  audiences: Readonly<Record<TokenVersion, readonly string[]>>;
  versions: readonly TokenVersion[];
}

export interface TokenTimes {
  /** Epoch seconds. */
  expiresAt: number;
  notBefore: number;
  issuedAt: number;
}

/** The exact triple of version, issuer and audience, and the tenant (J2). */
export function checkOrigin(claims: Claims, expected: ExpectedToken): TokenVersion {
  const version = expected.versions.find((candidate) => candidate === claims["ver"]);
  if (version === undefined) throw refuseToken("ver", expected.versions.join(" or "), describe(claims["ver"]));
  expectEqual(claims, "iss", expected.issuers[version]);
  expectEqual(claims, "tid", expected.tenantId);
  expectOneOf(claims, "aud", expected.audiences[version]);
  return version;
}

/** Numbers only, tolerance 120 s, not issued in the future, lifetime at most 28 h (J5). `now` is epoch milliseconds. */
export function checkTimes(claims: Claims, now: number): TokenTimes {
  const times = {
    expiresAt: readSeconds(claims, "exp"),
    notBefore: readSeconds(claims, "nbf"),
    issuedAt: readSeconds(claims, "iat"),
  };
  checkWithin(times, now);
  if (times.issuedAt > now / 1_000 + TOLERANCE_SECONDS) throw refuseToken("iat", "not in the future", "a later time");
  const lifetime = times.expiresAt - Math.min(times.notBefore, times.issuedAt);
  if (lifetime > LIFETIME_SECONDS_MAX) throw refuseToken("exp", "at most 28 hours after iat and nbf", "a later time");
  return times;
}

/** Is it valid at `now` (epoch milliseconds)? Asked again for a token whose signature is already verified. */
export function checkWithin(times: TokenTimes, now: number): void {
  if (now / 1_000 >= times.expiresAt + TOLERANCE_SECONDS) throw refuseToken("exp", "in the future", "a past time");
  if (now / 1_000 < times.notBefore - TOLERANCE_SECONDS) throw refuseToken("nbf", "in the past", "a future time");
}

/** The client that obtained the token: `appid` in version 1, `azp` in version 2, never the other's (J2). */
export function readClient(claims: Claims, version: TokenVersion): string {
  return readText(claims, version === "1.0" ? "appid" : "azp");
}

export function expectEqual(claims: Claims, name: string, expected: string): void {
  expectOneOf(claims, name, [expected]);
}

/** Whole strings, case kept; an array is refused although RFC 7519 allows it. */
export function expectOneOf(claims: Claims, name: string, expected: readonly string[]): string {
  const value = own(claims, name);
  const match = expected.find((candidate) => candidate === value);
  if (match === undefined) throw refuseToken(name, expected.join(" or "), describe(value));
  return match;
}

export function expectAbsent(claims: Claims, name: string, purpose: string): void {
  const value = own(claims, name);
  if (value !== undefined) throw refuseToken(name, `absent in ${purpose}`, kindOf(value));
}

export function readText(claims: Claims, name: string): string {
  const value = own(claims, name);
  if (typeof value !== "string" || value === "" || value.length > VALUE_CHARS_MAX) {
    throw refuseToken(name, "a text", kindOf(value));
  }
  return value;
}

/** `roles`: a list of texts; absent = none. */
export function readRoles(claims: Claims): string[] {
  const value = own(claims, "roles");
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw refuseToken("roles", "a list of texts", kindOf(value));
  return value.filter((role): role is string => typeof role === "string");
}

/** The claim itself, never something inherited. */
export function own(claims: Claims, name: string): unknown {
  return Object.hasOwn(claims, name) ? claims[name] : undefined;
}

function readSeconds(claims: Claims, name: string): number {
  const value = own(claims, name);
  if (typeof value !== "number" || !Number.isFinite(value)) throw refuseToken(name, "a number", kindOf(value));
  return value;
}

const describe = (value: unknown) => (typeof value === "string" && value !== "" ? "another string" : kindOf(value));
