import { createHash } from "node:crypto";
import { z } from "zod";
import { type AlertView, alertAnswer } from "./alert-answer.ts";
import { readChoice, readFilter, readFlag } from "./alert-filter.ts";
import type { AlertRecord } from "./alert-record.ts";
import { conditionOf, targetOf } from "./alert-record.ts";
import { AlertsRequestError } from "./alerts-request-error.ts";

const PAGE_COUNT_DEFAULT = 25;
const PAGE_COUNT_MAX = 250;
/** "When the includeContext filter is selected, maximum value allowed is 25." */
const PAGE_COUNT_WITH_CONTEXT_MAX = 25;
const SKIP_TOKEN = "$skipToken";
const SKIP_TOKEN_CHARS_MAX = 4_096;

type SortKey = string | number;
const SORT_KEYS = {
  name: (alert) => alert.rule.toLowerCase(),
  severity: (alert) => alert.severity,
  alertState: (alert) => alert.state,
  monitorCondition: conditionOf,
  targetResource: (alert) => alert.resourceId.toLowerCase(),
  targetResourceName: (alert) => targetOf(alert).name.toLowerCase(),
  targetResourceGroup: (alert) => targetOf(alert).group.toLowerCase(),
  targetResourceType: (alert) => targetOf(alert).type.toLowerCase(),
  startDateTime: (alert) => alert.firedAt,
  lastModifiedDateTime: (alert) => alert.modifiedAt,
} as const satisfies Record<string, (alert: AlertRecord) => SortKey>;
type SortField = keyof typeof SORT_KEYS;

/** Where the next page goes on: behind the last alert of this one. Bound to the question that it belongs to. */
const skipTokenSchema = z.strictObject({
  key: z.union([z.string(), z.number()]),
  guid: z.string(),
  question: z.string(),
  asOf: z.number(),
});
type SkipToken = z.infer<typeof skipTokenSchema>;

/** Digest of everything asked but the place to go on. */
function questionOf(url: URL): string {
  const parameters = [...url.searchParams].filter(([name]) => name !== SKIP_TOKEN).sort();
  const text = JSON.stringify([url.pathname.toLowerCase(), parameters]);
  return createHash("sha256").update(text).digest("base64url").slice(0, 16);
}

function readSkipToken(url: URL): SkipToken | undefined {
  const text = url.searchParams.get(SKIP_TOKEN);
  if (text === null) return undefined;
  try {
    const token = skipTokenSchema.parse(
      JSON.parse(Buffer.from(text.slice(0, SKIP_TOKEN_CHARS_MAX), "base64url").toString()),
    );
    if (token.question === questionOf(url)) return token;
  } catch {
    // Anything that is not a token of ours is refused below, in the same words.
  }
  throw new AlertsRequestError("The skip token is invalid or belongs to another query.");
}

function readPageCount(query: URLSearchParams, includeContext: boolean): number {
  const text = query.get("pageCount");
  if (text === null || text === "") return PAGE_COUNT_DEFAULT;
  const max = includeContext ? PAGE_COUNT_WITH_CONTEXT_MAX : PAGE_COUNT_MAX;
  const count = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= max) return count;
  const context = includeContext ? " when 'includeContext' is true" : "";
  throw new AlertsRequestError(`'pageCount' must be between 1 and ${max}${context}; got '${text}'.`);
}

const compareKeys = (left: SortKey, right: SortKey) => (left < right ? -1 : left > right ? 1 : 0);

/** Total order: the field asked for, then the GUID, so that pages never overlap. */
function orderOf(query: URLSearchParams) {
  const field = readChoice(query, "sortBy", Object.keys(SORT_KEYS) as SortField[]) ?? "lastModifiedDateTime";
  const isTime = field === "startDateTime" || field === "lastModifiedDateTime";
  const order = readChoice(query, "sortOrder", ["asc", "desc"]) ?? (isTime ? "desc" : "asc");
  const sign = order === "asc" ? 1 : -1;
  const keyOf: (alert: AlertRecord) => SortKey = SORT_KEYS[field];
  const compare = (left: { key: SortKey; guid: string }, right: { key: SortKey; guid: string }) =>
    sign * (compareKeys(left.key, right.key) || compareKeys(left.guid, right.guid));
  return { keyOf, compare };
}

function readSelect(query: URLSearchParams): ReadonlySet<string> | null {
  const text = query.get("select");
  if (text === null || text === "") return null;
  return new Set(text.split(",").map((name) => name.trim().toLowerCase()));
}

function nextLinkOf(url: URL, token: SkipToken): string {
  const next = new URL(url);
  next.searchParams.set(SKIP_TOKEN, Buffer.from(JSON.stringify(token)).toString("base64url"));
  return next.href;
}

/**
 * One page of alerts: `{value, nextLink?}`. The time range stays that of the first page, however long the caller takes.
 * `scope` is an ARM id, empty for the tenant form. Throws AlertsRequestError.
 */
export function listAnswer(alerts: AlertRecord[], url: URL, scope: string, id: AlertView["id"], now: number) {
  const query = url.searchParams;
  const token = readSkipToken(url);
  const asOf = token?.asOf ?? now;
  const includeContext = readFlag(query, "includeContext");
  const view: AlertView = {
    id,
    includeContext,
    includeEgressConfig: readFlag(query, "includeEgressConfig"),
    select: readSelect(query),
  };
  const pageCount = readPageCount(query, includeContext);
  const filter = readFilter(query, scope, asOf);
  const { keyOf, compare } = orderOf(query);
  const rest = alerts
    .filter(filter)
    .map((alert) => ({ alert, key: keyOf(alert), guid: alert.guid }))
    .filter((entry) => token === undefined || compare(entry, token) > 0)
    .sort(compare);
  const page = rest.slice(0, pageCount);
  const last = page.at(-1);
  const value = page.map(({ alert }) => alertAnswer(alert, view));
  if (last === undefined || rest.length <= pageCount) return { value };
  return { value, nextLink: nextLinkOf(url, { key: last.key, guid: last.guid, question: questionOf(url), asOf }) };
}
