import { createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { resolveIssuers } from "../../../src/api/auth/issuers.ts";
import type { FetchJson } from "../../../src/api/auth/key-set.ts";

/** A small Entra for tests: documents, keys and tokens of one tenant. */

export const AUTHORITY = "https://entra.test";
export const TENANT = "11111111-1111-4111-8111-111111111111";
export const DAEMON = "22222222-2222-4222-8222-222222222222";
export const PORTAL = "33333333-3333-4333-8333-333333333333";
export const ACTION_GROUPS = "461e8683-5575-4561-ac7f-899cc907d62a";
export const SENDER = "44444444-4444-4444-8444-444444444444";
export const PERSON = "55555555-5555-4555-8555-555555555555";
export const INTAKE_ROLE = "ActionGroupsSecureWebhook";
export const ISSUERS = resolveIssuers(TENANT, "public");
/** 2026-11-24T12:00:00Z. */
export const NOON_MS = Date.UTC(2026, 10, 24, 12);

export interface TestKey {
  id: string;
  privateKey: KeyObject;
  publicJwk: Record<string, unknown>;
}

export function createKey(id: string, bits = 2_048): TestKey {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: bits });
  return { id, privateKey, publicJwk: { ...publicKey.export({ format: "jwk" }), kid: id, use: "sig" } };
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A compact JWS; `header` members replace the usual ones, undefined ones vanish. */
export function signToken(key: TestKey, claims: object, header: Record<string, unknown> = {}): string {
  const signed = `${encode({ alg: "RS256", typ: "JWT", kid: key.id, ...header })}.${encode(claims)}`;
  return `${signed}.${sign("sha256", Buffer.from(signed), key.privateKey).toString("base64url")}`;
}

/** The classic confusion: HS256 with the public key as secret. */
export function signWithPublicKey(key: TestKey, claims: object): string {
  const signed = `${encode({ alg: "HS256", typ: "JWT", kid: key.id })}.${encode(claims)}`;
  return `${signed}.${createHmac("sha256", String(key.publicJwk["n"])).update(signed).digest("base64url")}`;
}

const times = (now: number) => {
  const seconds = Math.floor(now / 1_000);
  return { iat: seconds - 300, nbf: seconds - 300, exp: seconds + 3_600 };
};

/** What Azure Monitor's action groups send: an application's token of version 1. */
export function intakeClaims(changes: object = {}, now = NOON_MS): object {
  return {
    ...times(now),
    ver: "1.0",
    iss: ISSUERS["1.0"],
    aud: `api://${DAEMON}`,
    tid: TENANT,
    appid: ACTION_GROUPS,
    oid: SENDER,
    sub: SENDER,
    roles: [INTAKE_ROLE],
    ...changes,
  };
}

/** The same in version 2. */
export function intakeClaimsV2(changes: object = {}, now = NOON_MS): object {
  const v2 = { ver: "2.0", iss: ISSUERS["2.0"], aud: DAEMON, appid: undefined, azp: ACTION_GROUPS, idtyp: "app" };
  return intakeClaims({ ...v2, ...changes }, now);
}

/** A person's access token for our API. */
export function apiClaims(changes: object = {}, now = NOON_MS): object {
  return {
    ...times(now),
    ver: "2.0",
    iss: ISSUERS["2.0"],
    aud: PORTAL,
    tid: TENANT,
    azp: "66666666-6666-4666-8666-666666666666",
    oid: PERSON,
    sub: "pairwise-subject",
    scp: "access_as_user",
    roles: ["Responder"],
    name: "Ada Quist",
    ...changes,
  };
}

/** An ID token of the portal. */
export function idClaims(changes: object = {}, now = NOON_MS): object {
  const sub = "pairwise-subject";
  const person = { oid: PERSON, sub, nonce: "the-nonce", roles: ["Responder"], name: "Ada Quist" };
  return { ...times(now), ver: "2.0", iss: ISSUERS["2.0"], aud: PORTAL, tid: TENANT, ...person, ...changes };
}

export interface FakeDocuments {
  fetchJson: FetchJson;
  /** Keys now published; a test may change them. */
  keys: Record<string, unknown>[];
  /** While set, every fetch fails. */
  isDown: boolean;
  /** Addresses asked for, in order. */
  asked: string[];
  /** Members that replace those of the OpenID documents. */
  changes: Record<string, unknown>;
}

/** Serves both versions' OpenID documents and one key set. */
export function createDocuments(keys: TestKey[]): FakeDocuments {
  const documents: FakeDocuments = {
    keys: keys.map((key) => key.publicJwk),
    isDown: false,
    asked: [],
    changes: {},
    fetchJson: async (url) => {
      documents.asked.push(url);
      if (documents.isDown) throw new Error("connect ECONNREFUSED");
      const path = url.slice(AUTHORITY.length);
      if (path.endsWith("/keys")) return { keys: documents.keys };
      const version = path.includes("/v2.0/") ? "2.0" : "1.0";
      return {
        issuer: ISSUERS[version],
        jwks_uri: `${AUTHORITY}/${TENANT}/discovery/${version}/keys`,
        authorization_endpoint: `${AUTHORITY}/${TENANT}/oauth2/v2.0/authorize`,
        token_endpoint: `${AUTHORITY}/${TENANT}/oauth2/v2.0/token`,
        ...documents.changes,
      };
    },
  };
  return documents;
}
