/**
 * Every error that a caller of the API can meet, in one table: code, HTTP status, title, and what to do next.
 * docs/errors.md is generated from it; a test keeps both equal. Answers are RFC 9457 problem details.
 */
export const PROBLEMS = {
  "bad-request": [400, "The request is malformed", "Compare it with /openapi.json; the issues name each problem."],
  "two-credentials": [400, "Cookie and bearer token together", "Send one credential only."],
  "bad-cursor": [400, "The cursor belongs to another list", "Start again without a cursor."],
  unauthenticated: [401, "No valid credential", "Sign in, or send a bearer token; `detail` names what was expected."],
  "origin-refused": [403, "The request comes from another site", "Open the portal by its public address."],
  "role-missing": [403, "Your role does not allow this", "Ask an administrator for the role that `detail` names."],
  "sign-in-too-old": [403, "This change needs a fresh sign-in", "Sign in again and repeat it."],
  "not-found": [404, "Nothing here by that name", "It may have been deleted, or belongs to another team."],
  "method-not-allowed": [405, "This address does not take that method", "Compare it with /openapi.json."],
  "already-owned": [409, "Somebody else has this alert", "`owner` and `since` say who; repeat with `takeOver: true`."],
  conflict: [409, "The alert changed meanwhile", "Read it again and decide anew."],
  "wrong-state": [409, "The alert's state does not allow this", "`detail` names the state."],
  "too-large": [413, "The body is too large", "`detail` names the limit."],
  "unsupported-media-type": [415, "The body's type is not accepted", "`detail` names what was expected and what came."],
  "too-many-requests": [429, "Too many requests", "Wait as long as Retry-After says."],
  "headers-too-large": [431, "The headers are too large", "`detail` names the limit."],
  internal: [500, "Something failed here", "The log has the details under the id in `instance`."],
  "not-ready": [503, "Not ready to take this", "Wait as long as Retry-After says; /readyz says what is missing."],
} as const satisfies Record<string, readonly [status: number, title: string, advice: string]>;

export type ProblemCode = keyof typeof PROBLEMS;

/** One thing wrong with an input: where, what was expected, what came (kind of value, never the value of a secret). */
export interface Issue {
  code: string;
  /** JSON pointer or header name. */
  path: string;
  expected: string;
  received?: string;
}

/** An expected failure that ends a request. `detail` is for people and holds no secret. */
export class ProblemError extends Error {
  readonly code: ProblemCode;
  readonly status: number;
  readonly issues: Issue[];
  readonly headers: Record<string, string>;
  /** Extra members of the problem document, for example `owner` of `already-owned`. */
  readonly members: Record<string, unknown>;
  constructor(
    code: ProblemCode,
    detail: string,
    options: {
      issues?: Issue[];
      headers?: Record<string, string>;
      members?: Record<string, unknown>;
      cause?: unknown;
    } = {},
  ) {
    super(detail, options.cause === undefined ? {} : { cause: options.cause });
    this.name = "ProblemError";
    this.code = code;
    this.status = PROBLEMS[code][0];
    this.issues = options.issues ?? [];
    this.headers = options.headers ?? {};
    this.members = options.members ?? {};
  }
}

/** RFC 9457 problem details. `type` is a stable relative reference to the documentation. */
export interface ProblemDocument {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ProblemCode;
  advice: string;
  instance?: string;
  issues?: Issue[];
  [member: string]: unknown;
}

/** The document for an error; `instance` is an id that the log has too. */
export function toProblemDocument(error: ProblemError, instance?: string): ProblemDocument {
  const [status, title, advice] = PROBLEMS[error.code];
  return {
    ...error.members,
    type: `/docs/errors#${error.code}`,
    title,
    status,
    detail: error.message,
    code: error.code,
    advice,
    ...(instance === undefined ? {} : { instance }),
    ...(error.issues.length === 0 ? {} : { issues: error.issues }),
  };
}
