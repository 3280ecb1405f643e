import { isUtf8 } from "node:buffer";

/**
 * From raw bytes to a value that the store can hold (threats I4): one poison value would fail the whole group commit.
 * Whatever is refused here is kept raw and raised as an alert of its own (threats I1); nothing is repaired silently.
 */

/** Levels of objects and arrays. `JSON.stringify` overflows at 5,000, PostgreSQL's jsonb beyond 10,000 (measured). */
export const DEPTH_MAX = 64;

export type BodyProblem =
  | "not-json"
  | "too-deep"
  | "nul-character"
  | "lone-surrogate"
  | "number-not-finite"
  | "not-utf8"
  | "forbidden-member";

/** `detail` is a sentence for operators; it holds no value of the body. */
export type ParsedBody = { ok: true; value: unknown } | { ok: false; problem: BodyProblem; detail: string };

const DETAILS: Record<BodyProblem, string> = {
  "not-json": "The body is not JSON.",
  "too-deep": `The body nests deeper than ${DEPTH_MAX} levels.`,
  "nul-character": "A string or member name holds U+0000, which the store cannot keep.",
  "lone-surrogate": "A string or member name holds half of a surrogate pair: it is not Unicode text.",
  "number-not-finite": "A number is too large to be represented.",
  "not-utf8": "The body is not UTF-8.",
  "forbidden-member": "A member is called `__proto__`, or `constructor` with a `prototype` inside.",
};

/** Never throws. A leading byte order mark is accepted. */
export function parseBody(raw: Buffer): ParsedBody {
  if (!isUtf8(raw)) return refuse("not-utf8");
  const text = raw.toString("utf8");
  let value: unknown;
  try {
    value = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch {
    return refuse("not-json");
  }
  // Valid UTF-8 holds no surrogates and JSON no bare U+0000: both come by an escape only, which few payloads have.
  const problem = findProblem(value, text.includes("\\u"));
  return problem === null ? { ok: true, value } : refuse(problem);
}

function refuse(problem: BodyProblem): ParsedBody {
  return { ok: false, problem, detail: DETAILS[problem] };
}

/** Level by level with a list, not by recursion: a hostile body must not overflow the stack. */
function findProblem(root: unknown, checkStrings: boolean): BodyProblem | null {
  let level: object[] = [];
  const visit = (value: unknown): BodyProblem | null => {
    if (typeof value === "object" && value !== null) level.push(value);
    else if (typeof value === "number") return Number.isFinite(value) ? null : "number-not-finite";
    else if (checkStrings && typeof value === "string") return stringProblem(value);
    return null;
  };
  const rootProblem = visit(root);
  if (rootProblem !== null) return rootProblem;
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > DEPTH_MAX) return "too-deep";
    const containers = level;
    level = [];
    for (const container of containers) {
      const problem = visitMembers(container, checkStrings, visit);
      if (problem !== null) return problem;
    }
  }
  return null;
}

type Visit = (value: unknown) => BodyProblem | null;

function visitMembers(container: object, checkStrings: boolean, visit: Visit): BodyProblem | null {
  if (Array.isArray(container)) {
    for (const item of container) {
      const problem = visit(item);
      if (problem !== null) return problem;
    }
    return null;
  }
  const members = container as Record<string, unknown>;
  for (const name of Object.keys(members)) {
    const value = members[name];
    const problem = (checkStrings ? stringProblem(name) : null) ?? nameProblem(name, value) ?? visit(value);
    if (problem !== null) return problem;
  }
  return null;
}

/** The rule of Fastify's parser (secure-json-parse), so that both ends of the worker call the same things hostile. */
function nameProblem(name: string, value: unknown): BodyProblem | null {
  if (name === "__proto__") return "forbidden-member";
  if (name !== "constructor" || typeof value !== "object" || value === null) return null;
  return Object.hasOwn(value, "prototype") ? "forbidden-member" : null;
}

function stringProblem(text: string): BodyProblem | null {
  if (text.includes("\0")) return "nul-character";
  return text.isWellFormed() ? null : "lone-surrogate";
}
