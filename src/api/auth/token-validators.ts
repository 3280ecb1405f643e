import type { KeyObject } from "node:crypto";
import { compactVerify } from "jose";
import type { Clock } from "../../platform/clock.ts";
import { ProblemError } from "../../platform/errors.ts";
import type { Role } from "../contract.ts";
import type { Issuers, TokenVersion } from "./issuers.ts";
import { type KeySet, KeysUnavailableError } from "./key-set.ts";
import { highestRole } from "./rights.ts";
import { createTokenCache } from "./token-cache.ts";
import {
  type Claims,
  checkOrigin,
  checkTimes,
  type ExpectedToken,
  expectAbsent,
  expectEqual,
  expectOneOf,
  own,
  readClient,
  readRoles,
  readText,
  type TokenTimes,
} from "./token-claims.ts";
import { decodeToken, kindOf, refuseToken } from "./token-format.ts";

/**
 * Entra's tokens by purpose: three validators that exclude each other (threats J6, RFC 8725 §3.12). In: the raw token.
 * Out: who it speaks for. Fails with a 401 `ProblemError` that names claim, expected value and kind of value received
 * (J9), or 503 when Entra's keys cannot be read. Claims are checked before a key is looked up, so that tokens of other
 * tenants cause no fetch; nothing is answered before the signature holds.
 */
export interface TokenValidators {
  /** A sender of events: app-only, in the list of callers, holding the intake's role (J7). */
  validateIntakeToken(raw: string): Promise<IntakeIdentity>;
  /** A caller of the API: a person (`scp`) or an app (`roles`). */
  validateApiToken(raw: string): Promise<ApiIdentity>;
  /** Sign-in only; `expected` is the nonce sent, or the person whose sign-in is refreshed. */
  validateIdToken(raw: string, expected: ExpectedSignIn): Promise<SignInIdentity>;
}

export type ExpectedSignIn = { nonce: string } | { objectId: string };

export interface IntakeIdentity extends TokenTimes {
  clientId: string;
  objectId: string;
}

export interface ApiIdentity extends TokenTimes {
  kind: "person" | "app";
  /** With the tenant, the only key of a person (J8). */
  objectId: string;
  /** For display only. */
  name: string;
  /** Highest role of the claim; null = none of ours. */
  role: Role | null;
  clientId: string;
}

export interface SignInIdentity extends TokenTimes {
  objectId: string;
  name: string;
  role: Role | null;
}

/** A client asks for one of these scopes to act as a person: Entra's two customary names for the whole API. */
export const API_SCOPES = ["user_impersonation", "access_as_user"] as const;

export interface TokenValidatorOptions {
  keySet: KeySet;
  clock: Clock;
  tenantId: string;
  issuers: Issuers;
  intake: {
    clientId: string;
    /** App ID URIs besides `api://{clientId}`. */
    audiences: readonly string[];
    callers: readonly string[];
    role: string;
  };
  /** Client id of the portal's registration. */
  portalClientId: string;
}

const NAME_CHARS_MAX = 200;
/** Different tokens remembered: action groups have a few, people one each. */
const CACHED_TOKENS_MAX = 1_000;

export function createTokenValidators(options: TokenValidatorOptions): TokenValidators {
  const { keySet, clock, intake, portalClientId } = options;
  const ofTenant = { tenantId: options.tenantId, issuers: options.issuers };
  const apiAudiences = (clientId: string, uris: readonly string[] = []) => ({
    "1.0": [`api://${clientId}`, ...uris, clientId],
    "2.0": [clientId],
  });
  const expectedAtIntake: ExpectedToken = {
    ...ofTenant,
    audiences: apiAudiences(intake.clientId, intake.audiences),
    versions: ["1.0", "2.0"],
  };
  const expectedAtApi: ExpectedToken = {
    ...ofTenant,
    audiences: apiAudiences(portalClientId),
    versions: ["1.0", "2.0"],
  };
  const expectedAtSignIn: ExpectedToken = {
    ...ofTenant,
    audiences: { "1.0": [], "2.0": [portalClientId] },
    versions: ["2.0"],
  };

  const verify = async <Identity>(
    raw: string,
    expected: ExpectedToken,
    identify: (claims: Claims, version: TokenVersion) => Identity,
  ) => {
    const { keyId, claims } = decodeToken(raw);
    const version = checkOrigin(claims, expected);
    const times = checkTimes(claims, clock.now());
    const identity = { ...identify(claims, version), ...times };
    const key = await findKey(keySet, version, keyId);
    await verifySignature(raw, key);
    return { identity, times, isKeyCurrent: () => keySet.isCurrent(version, keyId, key) };
  };
  const intakeTokens = createTokenCache(CACHED_TOKENS_MAX, clock, (raw) =>
    verify(raw, expectedAtIntake, (claims, version) => identifySender(claims, version, intake)),
  );
  const apiTokens = createTokenCache(CACHED_TOKENS_MAX, clock, (raw) => verify(raw, expectedAtApi, identifyApiCaller));
  return {
    validateIntakeToken: intakeTokens,
    validateApiToken: apiTokens,
    validateIdToken: async (raw, sent) =>
      (await verify(raw, expectedAtSignIn, (claims) => identifySignIn(claims, sent))).identity,
  };
}

/** J6 and J7: an application by itself, on the list, with the role. */
function identifySender(claims: Claims, version: TokenVersion, intake: TokenValidatorOptions["intake"]) {
  const objectId = readText(claims, "oid");
  expectAppOnly(claims, objectId);
  expectAbsent(claims, "nonce", "a token of the intake");
  const clientId = expectOneOf(claims, version === "1.0" ? "appid" : "azp", intake.callers);
  if (!readRoles(claims).includes(intake.role)) {
    throw refuseToken("roles", `a list with ${intake.role}`, kindOf(own(claims, "roles")));
  }
  return { clientId, objectId };
}

function expectAppOnly(claims: Claims, objectId: string): void {
  expectAbsent(claims, "scp", "a token of an application");
  if (own(claims, "idtyp") === "app") return;
  expectAbsent(claims, "idtyp", "a token of an application, unless it is app");
  expectEqual(claims, "sub", objectId);
}

function identifyApiCaller(claims: Claims, version: TokenVersion) {
  const objectId = readText(claims, "oid");
  const clientId = readClient(claims, version);
  expectAbsent(claims, "nonce", "a token of the API");
  const role = highestRole(readRoles(claims));
  if (own(claims, "scp") === undefined) {
    expectAppOnly(claims, objectId);
    if (role === null) throw refuseToken("roles", "a list with a role of Watchbell", kindOf(own(claims, "roles")));
    return { kind: "app" as const, objectId, clientId, role, name: displayName(claims, `Application ${clientId}`) };
  }
  expectAbsent(claims, "idtyp", "a token of a person");
  const scopes = readText(claims, "scp").split(" ");
  if (!API_SCOPES.some((scope) => scopes.includes(scope))) {
    throw refuseToken("scp", API_SCOPES.join(" or "), "other scopes");
  }
  return { kind: "person" as const, objectId, clientId, role, name: displayName(claims, "Unnamed person") };
}

function identifySignIn(claims: Claims, expected: ExpectedSignIn) {
  for (const name of ["scp", "appid", "idtyp"]) expectAbsent(claims, name, "an ID token");
  if ("nonce" in expected) {
    if (own(claims, "nonce") !== expected.nonce)
      throw refuseToken("nonce", "the one sent", kindOf(own(claims, "nonce")));
  } else expectEqual(claims, "oid", expected.objectId);
  const objectId = readText(claims, "oid");
  return { objectId, name: displayName(claims, "Unnamed person"), role: highestRole(readRoles(claims)) };
}

/** `name`, else the sign-in name, else `fallback`: for display only (J8). */
function displayName(claims: Claims, fallback: string): string {
  const names = [own(claims, "name"), own(claims, "preferred_username"), own(claims, "app_displayname")];
  const name = names.find((value): value is string => typeof value === "string" && value.trim() !== "");
  return (name ?? fallback).trim().toWellFormed().replaceAll("\u0000", "").slice(0, NAME_CHARS_MAX);
}

async function findKey(keySet: KeySet, version: TokenVersion, keyId: string): Promise<KeyObject> {
  try {
    const key = await keySet.find(version, keyId);
    if (key) return key;
  } catch (error) {
    if (!(error instanceof KeysUnavailableError)) throw error;
    const headers = { "Retry-After": String(error.retryAfterSeconds) };
    throw new ProblemError("not-ready", "The signing keys of Entra cannot be read at the moment.", {
      headers,
      cause: error,
    });
  }
  throw refuseToken("header kid", "the id of one of Entra's keys", "another string");
}

async function verifySignature(raw: string, key: KeyObject): Promise<void> {
  try {
    await compactVerify(raw, key, { algorithms: ["RS256"] });
  } catch {
    throw refuseToken("signature", "made by the key that kid names", "another one");
  }
}
