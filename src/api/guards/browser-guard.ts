import type { IncomingHttpHeaders } from "node:http";
import { ProblemError } from "../../platform/errors.ts";
import { readCookie, SESSION_COOKIE } from "../auth/cookies.ts";
import { checkJsonContentType } from "./body-limits.ts";

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/** Does the request carry the session's cookie? */
export function hasSessionCookie(headers: IncomingHttpHeaders): boolean {
  return readCookie(headers, SESSION_COOKIE) !== undefined;
}

/**
 * Requests of browsers (threats B2). With the session's cookie: no bearer token beside it (400); an unsafe method needs
 * `Origin` exactly `publicUrl`, missing = refused (403), and JSON (415). Without the cookie nothing is checked here.
 */
export function checkBrowserRequest(method: string, headers: IncomingHttpHeaders, publicUrl: string): void {
  if (!hasSessionCookie(headers)) return;
  if (headers.authorization !== undefined) {
    throw new ProblemError("two-credentials", "The request has a session cookie and an Authorization header.");
  }
  if (SAFE_METHODS.has(method)) return;
  if (headers.origin !== publicUrl) {
    const received = headers.origin === undefined ? "nothing" : "another origin";
    throw new ProblemError("origin-refused", `The header Origin must be ${publicUrl}; received ${received}.`, {
      issues: [{ code: "origin", path: "Origin", expected: publicUrl, received }],
    });
  }
  checkJsonContentType(headers);
}
