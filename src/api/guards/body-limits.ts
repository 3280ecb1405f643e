import type { IncomingHttpHeaders, ServerOptions } from "node:http";
import { ProblemError } from "../../platform/errors.ts";

/**
 * Limits of size, time and framing (threats L1, L2), one function per rule, so that a route can check them in the order
 * of I1: route, method, rate, credential, size, body. Each throws a `ProblemError` that names what was expected and came.
 */

export const BODY_BYTES_MAX = 1_048_576;
export const URL_BYTES_MAX = 8 * 1_024;
export const HEADER_BYTES_MAX = 16 * 1_024;
export const QUERY_MEMBERS_MAX = 100;
/** Set on `server.maxConnections` after the server is made. */
export const CONNECTIONS_MAX = 2_048;

/** Options for Fastify and its server; Fastify's own default for a request's time is none. */
export const SERVER_LIMITS = {
  bodyLimit: BODY_BYTES_MAX,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  http: {
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    insecureHTTPParser: false,
  } satisfies ServerOptions,
} as const;

/** `application/json`, alone or with `charset=utf-8`; spaces and case do not matter (RFC 9110 §8.3). */
const JSON_TYPE = /^application\/json[ \t]*(;[ \t]*charset=("utf-8"|utf-8)[ \t]*)?$/i;
const SHOWN_CHARS_MAX = 100;

/** 415 unless the body is declared as JSON in UTF-8. */
export function checkJsonContentType(headers: IncomingHttpHeaders): void {
  const type = headers["content-type"];
  if (type !== undefined && JSON_TYPE.test(type.trim())) return;
  refuseMedia("Content-Type", "application/json, or application/json; charset=utf-8", type);
}

/** 415 for any `Content-Encoding`: compressed bodies hide their size. */
export function checkContentEncoding(headers: IncomingHttpHeaders): void {
  const encoding = headers["content-encoding"];
  if (encoding !== undefined) refuseMedia("Content-Encoding", "no header of that name", encoding);
}

/** 413 by the announced length, before a byte is read. What is not announced is counted while it streams. */
export function checkContentLength(headers: IncomingHttpHeaders, bytesMax: number): void {
  const length = headers["content-length"];
  if (length !== undefined && Number(length) > bytesMax) throw tooLarge(bytesMax, `${Number(length)} bytes`);
}

/** The 413 of a body that grew over the limit; closes the connection, the rest is not read. */
export function tooLarge(bytesMax: number, received: string): ProblemError {
  return new ProblemError("too-large", `The body may have ${bytesMax} bytes; received ${received}.`, {
    issues: [{ code: "too-large", path: "body", expected: `at most ${bytesMax} bytes`, received }],
    headers: { Connection: "close" },
  });
}

/** 400 and close for `Transfer-Encoding` beside `Content-Length` (request smuggling, RFC 9112 §6.1). */
export function checkFraming(headers: IncomingHttpHeaders): void {
  if (headers["transfer-encoding"] === undefined || headers["content-length"] === undefined) return;
  throw new ProblemError("bad-request", "Transfer-Encoding and Content-Length exclude each other.", {
    headers: { Connection: "close" },
  });
}

/** 400 for an address that is too long or has too many query members. `url` is the raw path with its query. */
export function checkUrl(url: string): void {
  if (Buffer.byteLength(url) > URL_BYTES_MAX) {
    throw new ProblemError("bad-request", `The address may have ${URL_BYTES_MAX} bytes; it has more.`);
  }
  const query = url.indexOf("?");
  const members = query === -1 ? 0 : url.slice(query + 1).split("&").length;
  if (members > QUERY_MEMBERS_MAX) {
    throw new ProblemError("bad-request", `The query may have ${QUERY_MEMBERS_MAX} members; it has ${members}.`);
  }
}

/** Does the request announce a body? An action without a comment needs none, and no content type then. */
export function announcesBody(headers: IncomingHttpHeaders): boolean {
  const length = headers["content-length"];
  return headers["transfer-encoding"] !== undefined || (length !== undefined && length !== "0");
}

function refuseMedia(path: string, expected: string, value: string | undefined): never {
  const received = value === undefined ? "nothing" : value.slice(0, SHOWN_CHARS_MAX);
  throw new ProblemError("unsupported-media-type", `${path} must be ${expected}; received ${received}.`, {
    issues: [{ code: "media-type", path, expected, received }],
  });
}
