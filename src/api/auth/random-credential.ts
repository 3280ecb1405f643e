import { createHash, randomBytes } from "node:crypto";

/** 256 random bits: no guess, no slow hash needed (threats J11, B2). */
const CREDENTIAL_BYTES = 32;
const BASE64URL_256_BITS = /^[A-Za-z0-9_-]{43}$/;

/** The prefix lets secret scanners find our tokens and keys in code and logs. */
export const TOKEN_PREFIX = "wb_";

/** A new secret value, base64url. */
export function createCredential(): string {
  return randomBytes(CREDENTIAL_BYTES).toString("base64url");
}

/** Has the text the form of `createCredential`'s values? Saves the store the question. */
export function isCredential(text: string): boolean {
  return BASE64URL_256_BITS.test(text);
}

/** What the store keeps of a secret value. */
export function digestOf(value: string): Buffer {
  return createHash("sha256").update(value).digest();
}
