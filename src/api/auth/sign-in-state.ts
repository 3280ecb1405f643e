import { createHash, hkdfSync, timingSafeEqual } from "node:crypto";
import { createCredential, isCredential } from "./random-credential.ts";

/**
 * What a sign-in remembers between its two halves (threats B1), without a store: the cookie holds a random value, the
 * start and where to return; state, nonce and PKCE verifier are derived from all three (HKDF-SHA256), so none of them can
 * be altered or moved to another browser. The state names its start, so that a late answer is told from a blocked cookie.
 */
export interface SignInState {
  cookieValue: string;
  state: string;
  nonce: string;
  codeVerifier: string;
  codeChallenge: string;
  /** Same-origin path. */
  returnPath: string;
  /** Epoch milliseconds. */
  startedAt: number;
}

export const SIGN_IN_MS_MAX = 10 * 60_000;
const RETURN_PATH_CHARS_MAX = 1_000;

export function createSignInState(returnPath: string, now: number): SignInState {
  const path = returnPath.length > RETURN_PATH_CHARS_MAX ? "/" : returnPath;
  return derive(createCredential(), now, path);
}

/** The state of a cookie's value; undefined when it is none of ours. */
export function readSignInState(cookieValue: string): SignInState | undefined {
  const [secret, start, path, ...rest] = cookieValue.split(".");
  if (secret === undefined || start === undefined || path === undefined || rest.length > 0) return undefined;
  const startedAt = readStart(start);
  if (!isCredential(secret) || startedAt === undefined) return undefined;
  return derive(secret, startedAt, Buffer.from(path, "base64url").toString("utf8"));
}

/** Is it the state that Entra sent back, and not older than 10 minutes at `now` (epoch milliseconds)? */
export function checkState(expected: SignInState, received: string, now: number): "ok" | "other" | "late" {
  const isEqual = timingSafeEqual(sha256(expected.state), sha256(received));
  if (!isEqual) return isLate(received, now) ? "late" : "other";
  return now - expected.startedAt <= SIGN_IN_MS_MAX ? "ok" : "late";
}

/** Does the state itself say that it is too old? Unverified: for the words of the error page only. */
export function isLate(state: string, now: number): boolean {
  const startedAt = readStart(state.split(".")[0] ?? "");
  return startedAt !== undefined && now - startedAt > SIGN_IN_MS_MAX;
}

/**
 * A same-origin path to return to (B1): `/x`, not `//x`, `/\x`, a scheme, or the sign-in itself. Anything else is `/`.
 */
export function safeReturnPath(text: unknown, publicUrl: string): string {
  if (typeof text !== "string" || !/^\/(?![/\\])[^\u0000-\u001f\u007f\\]*$/.test(text)) return "/";
  const parsed = URL.parse(text, publicUrl);
  if (!parsed || parsed.origin !== publicUrl) return "/";
  const isSignIn = /^\/(auth\/|sign-in$|not-allowed$)/.test(parsed.pathname) || parsed.pathname.startsWith("//");
  return isSignIn ? "/" : parsed.pathname + parsed.search + parsed.hash;
}

function derive(secret: string, startedAt: number, returnPath: string): SignInState {
  const start = startedAt.toString(36);
  const path = Buffer.from(returnPath).toString("base64url");
  const part = (name: string) =>
    Buffer.from(hkdfSync("sha256", secret, "", `watchbell sign-in ${name} ${start} ${path}`, 32)).toString("base64url");
  const codeVerifier = part("verifier");
  return {
    cookieValue: `${secret}.${start}.${path}`,
    state: `${start}.${part("state")}`,
    nonce: part("nonce"),
    codeVerifier,
    codeChallenge: sha256(codeVerifier).toString("base64url"),
    returnPath,
    startedAt,
  };
}

function readStart(text: string): number | undefined {
  return /^[0-9a-z]{6,10}$/.test(text) ? Number.parseInt(text, 36) : undefined;
}

const sha256 = (text: string) => createHash("sha256").update(text).digest();
