import type { IncomingHttpHeaders } from "node:http";

/**
 * The two cookies (threats B1, B2). The `__Host-` prefix makes browsers insist on Secure, Path=/ and no Domain, so that
 * no neighbouring host can plant one; Chromium and Firefox take Secure cookies on http://127.0.0.1 too.
 */
export const SESSION_COOKIE = "__Host-watchbell";
export const SIGN_IN_COOKIE = "__Host-watchbell-sign-in";

/** Value of a cookie (RFC 6265 §5.4); the first one counts. Undefined = not sent. */
export function readCookie(headers: IncomingHttpHeaders, name: string): string | undefined {
  for (const pair of headers.cookie?.split(";") ?? []) {
    const at = pair.indexOf("=");
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}

/** A `Set-Cookie` value that scripts cannot read and other sites cannot send with unsafe methods. */
export function writeCookie(name: string, value: string, maxAgeSeconds: number): string {
  return `${name}=${value}; Path=/; Max-Age=${maxAgeSeconds}; Secure; HttpOnly; SameSite=Lax`;
}

/** A `Set-Cookie` value that deletes it. */
export function clearCookie(name: string): string {
  return writeCookie(name, "", 0);
}
