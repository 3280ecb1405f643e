import type { SourceEvent } from "../../alert/event.ts";
import type { AlertIdParts } from "./alert-id.ts";
import { type AlertsClient, type Attempt, type AzureFailure, attempt } from "./azure-failure.ts";
import { membersOf, textOf } from "./payload-values.ts";
import { readEvent } from "./read-event.ts";
import type { SeverityMap } from "./severity.ts";

/**
 * Reading alerts from the alerts management API: the safety net below the push, and the answer to "is it still so?".
 * In: a subscription of the configured list. Out: pages of events. Fails with `AzureReadError`; an item that cannot be
 * read is reported in its page and the others go on.
 */

/**
 * Reads need nothing that came after this version, and it is the one that every cloud has. (Writing needs a newer one,
 * for the comment: write.ts.)
 */
export const READ_API_VERSION = "2019-05-05-preview";

const LIST_ACTION = "Microsoft.AlertsManagement/alerts/read";
/** The most that the operation allows when no context is included. */
const PAGE_ITEMS = 250;
/** Threats L5. */
export const PAGES_MAX = 1_000;
/** Read again what was modified so shortly before: the list may show a change a little after its modification time. */
export const READ_OVERLAP_MS = 120_000;
/**
 * Always the longest range, all that Azure keeps. Whether ranges count from the start or the last modification is not
 * documented; an acknowledgement of a 20 days old alert must be seen either way. It costs nothing: the list comes newest
 * modification first and reading stops at the first page that is wholly older than asked for.
 */
const TIME_RANGE = "30d";

const LIST_QUERY = {
  "api-version": READ_API_VERSION,
  timeRange: TIME_RANGE,
  pageCount: PAGE_ITEMS,
  includeContext: false,
  sortBy: "lastModifiedDateTime",
  sortOrder: "desc",
};

export interface AlertPage {
  events: SourceEvent[];
  /** Sentences about items that could not be read. */
  problems: string[];
}

/** The list or a single alert could not be read; `failure` says whether it is worth another try. */
export class AzureReadError extends Error {
  readonly failure: AzureFailure;
  constructor(doing: string, failure: AzureFailure, cause?: unknown) {
    super(`${doing}: ${failureText(failure)}`, cause === undefined ? {} : { cause });
    this.name = "AzureReadError";
    this.failure = failure;
  }
}

export interface AlertReader {
  /**
   * Alerts modified since `sinceMs` (Azure's time, epoch milliseconds: take the greatest `modifiedAt` seen before, not
   * our clock), newest first; null = all that Azure keeps.
   */
  listChanged(options: { subscriptionId: string; sinceMs: number | null }): AsyncIterable<AlertPage>;
  /** One alert, or null when Azure does not know it (any more). */
  get(alert: AlertIdParts): Promise<SourceEvent | null>;
}

export function createAlertReader(options: { client: AlertsClient; severityMap: SeverityMap }): AlertReader {
  const { client, severityMap } = options;
  return {
    listChanged: ({ subscriptionId, sinceMs }) => listPages(client, severityMap, subscriptionId, sinceMs),
    get: async (alert) => {
      const doing = `read alert ${alert.guid}`;
      const call = () => client.get(alertPath(alert), { "api-version": READ_API_VERSION });
      const result = await attempt(call, attemptAt(alert.subscriptionId));
      if (!result.ok && result.failure.kind === "gone") return null;
      if (!result.ok) throw new AzureReadError(doing, result.failure, result.error);
      const event = readEvent(result.answer.body, severityMap);
      if ("problem" in event) throw new AzureReadError(doing, unusable(event.problem));
      return event;
    },
  };
}

/** Path of one alert, from parsed parts only (threats I3). */
export function alertPath(alert: AlertIdParts): string {
  return `${alertsPath(alert.subscriptionId)}/${alert.guid}`;
}

function alertsPath(subscriptionId: string): string {
  return `/subscriptions/${subscriptionId}/providers/Microsoft.AlertsManagement/alerts`;
}

async function* listPages(
  client: AlertsClient,
  severityMap: SeverityMap,
  subscriptionId: string,
  sinceMs: number | null,
): AsyncGenerator<AlertPage> {
  const doing = `list alerts of subscription ${subscriptionId}`;
  const untilMs = sinceMs === null ? Number.NEGATIVE_INFINITY : sinceMs - READ_OVERLAP_MS;
  const seen = new Set<string>();
  const ask = async (call: () => Promise<{ body: unknown }>) => {
    const result = await attempt(call, attemptAt(subscriptionId));
    if (!result.ok) throw new AzureReadError(doing, result.failure, result.error);
    return membersOf(result.answer.body);
  };
  let body = await ask(() => client.get(alertsPath(subscriptionId), LIST_QUERY));
  for (let pages = 1; ; pages++) {
    if (!Array.isArray(body?.["value"])) throw new AzureReadError(doing, unusable("the answer holds no list"));
    const page = toPage(body["value"], severityMap);
    yield keepChanged(page, untilMs);
    const link = textOf(body, "nextLink");
    if (link === null || isOlder(page, untilMs)) return;
    if (pages >= PAGES_MAX) throw new AzureReadError(doing, unusable(`more than ${PAGES_MAX} pages`));
    if (seen.has(link)) throw new AzureReadError(doing, unusable("its next link leads in a circle"));
    seen.add(link);
    // The client refuses a link to another host than the configured one (threats I3).
    body = await ask(() => client.getNextLink(link));
  }
}

function toPage(items: unknown[], severityMap: SeverityMap): AlertPage {
  const page: AlertPage = { events: [], problems: [] };
  for (const item of items.slice(0, PAGE_ITEMS)) {
    const event = readEvent(item, severityMap);
    if ("problem" in event) page.problems.push(event.problem);
    else page.events.push(event);
  }
  return page;
}

/** An alert without a modification time counts as changed: better read twice than never. */
function keepChanged(page: AlertPage, untilMs: number): AlertPage {
  const events = page.events.filter((event) => event.modifiedAt === null || event.modifiedAt >= untilMs);
  return { events, problems: page.problems };
}

/** The whole page must be older: then a list that is not quite sorted costs nothing either. */
function isOlder(page: AlertPage, untilMs: number): boolean {
  return (
    page.events.length > 0 && page.events.every((event) => event.modifiedAt !== null && event.modifiedAt < untilMs)
  );
}

function failureText(failure: AzureFailure): string {
  if (failure.kind === "gone") return "Azure does not know it.";
  return failure.kind === "retry" ? failure.reason : failure.advice;
}

function unusable(what: string): AzureFailure {
  return { kind: "retry", retryAfterSeconds: null, reason: `Azure's answer is not usable: ${what}.` };
}

function attemptAt(subscriptionId: string): Attempt {
  return { action: LIST_ACTION, scope: `/subscriptions/${subscriptionId}` };
}
