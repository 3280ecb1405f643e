import { ProblemError } from "../../platform/errors.ts";

/**
 * The outside of a signed token (RFC 7515 compact serialisation, RFC 8725): size, parts and header, checked before any
 * key is looked up. Also the one way in which a token is refused: with claim, expected value and kind of value received,
 * never with the token itself (threats J9).
 */

/** A token that is longer is refused before it is decoded (J5). */
const TOKEN_BYTES_MAX = 16 * 1_024;
const KEY_ID_CHARS_MAX = 200;

/** Header and claims as the token says them; nothing is verified yet. */
export interface UnverifiedToken {
  keyId: string;
  claims: Record<string, unknown>;
}

/** 401 as problem details with `WWW-Authenticate` (RFC 6750 §3). `name` is a claim or a part of the token. */
export function refuseToken(name: string, expected: string, received: string): ProblemError {
  return new ProblemError("unauthenticated", `Token refused: ${name} must be ${expected}; received ${received}.`, {
    issues: [{ code: "token", path: name, expected, received }],
    headers: { "WWW-Authenticate": 'Bearer error="invalid_token"' },
  });
}

/** What kind of value came, in words that give nothing of it away. */
export function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return "an object";
  return typeof value === "string" && value === "" ? "an empty string" : `a ${typeof value}`;
}

/** Splits and decodes; throws a refusal. `jku`, `jwk`, `x5u` and `x5c` are not looked at (J1). */
export function decodeToken(raw: string): UnverifiedToken {
  if (Buffer.byteLength(raw) > TOKEN_BYTES_MAX) throw refuseToken("token", `at most ${TOKEN_BYTES_MAX} bytes`, "more");
  const parts = raw.split(".");
  if (parts.length !== 3) throw refuseToken("token", "a signed token of three parts", `${parts.length} part(s)`);
  const header = decodePart("header", parts[0]!);
  for (const name of ["crit", "b64", "zip", "enc"]) {
    if (Object.hasOwn(header, name)) throw refuseToken(`header ${name}`, "absent", kindOf(header[name]));
  }
  if (header["alg"] !== "RS256") throw refuseToken("header alg", "RS256", `another ${typeof header["alg"]}`);
  const keyId = header["kid"];
  if (typeof keyId !== "string" || keyId === "" || keyId.length > KEY_ID_CHARS_MAX) {
    throw refuseToken("header kid", "the id of one of Entra's keys", kindOf(keyId));
  }
  return { keyId, claims: decodePart("claims", parts[1]!) };
}

function decodePart(name: string, part: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(part, "base64url")));
  } catch {
    throw refuseToken(name, "base64url of a JSON object", "something else");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw refuseToken(name, "a JSON object", kindOf(value));
  }
  return value as Record<string, unknown>;
}
