import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

/**
 * Seals a refresh token with a key that only the session's cookie holds: AES-256-GCM, key by HKDF-SHA256 (RFC 5869) from
 * the cookie's value. The database, or a backup of it, cannot read it. Layout: nonce (12) · tag (16) · ciphertext.
 */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const keyOf = (cookieValue: string) =>
  Buffer.from(hkdfSync("sha256", Buffer.from(cookieValue, "base64url"), "", "watchbell refresh token", 32));

export function sealToken(cookieValue: string, token: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", keyOf(cookieValue), nonce);
  const sealed = Buffer.concat([cipher.update(token, "utf8"), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
}

/** Throws when it was sealed for another cookie, or altered. */
export function unsealToken(cookieValue: string, sealed: Buffer): string {
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv("aes-256-gcm", keyOf(cookieValue), nonce, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  const opened = Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
  return opened.toString("utf8");
}
