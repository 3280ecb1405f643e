import { isWithin } from "../resources.ts";
import { ruleIdOf, smartGroupOf } from "./alert-ids.ts";
import type { AlertRecord } from "./alert-record.ts";
import { conditionOf, targetOf } from "./alert-record.ts";
import { RETENTION_MS } from "./alert-store.ts";
import { AlertsRequestError } from "./alerts-request-error.ts";
import { sameId } from "./resource-id.ts";
import { ALERT_STATES, MONITOR_CONDITIONS, SEVERITIES } from "./signal.ts";

const HOUR_MS = 3_600_000;
const TIME_RANGES_MS = { "1h": HOUR_MS, "1d": 24 * HOUR_MS, "7d": 7 * 24 * HOUR_MS, "30d": RETENTION_MS };
type TimeRange = keyof typeof TIME_RANGES_MS;

export type AlertPredicate = (alert: AlertRecord) => boolean;

/** One of a closed list, any letter case; undefined when the parameter is absent or empty. */
export function readChoice<T extends string>(
  query: URLSearchParams,
  name: string,
  choices: readonly T[],
): T | undefined {
  const text = query.get(name);
  if (text === null || text === "") return undefined;
  const choice = choices.find((candidate) => candidate.toLowerCase() === text.toLowerCase());
  if (choice === undefined) {
    throw new AlertsRequestError(
      `The value '${text}' of '${name}' is invalid. Permitted values: ${choices.join(", ")}.`,
    );
  }
  return choice;
}

/** `true` or `false`; false when absent. */
export const readFlag = (query: URLSearchParams, name: string) => readChoice(query, name, ["true", "false"]) === "true";

/** `customTimeRange=<start>/<end>` or `timeRange`, in epoch milliseconds, both ends included. */
export function readTimeRange(query: URLSearchParams, now: number): { from: number; to: number } {
  const range = readChoice(query, "timeRange", Object.keys(TIME_RANGES_MS) as TimeRange[]);
  const custom = query.get("customTimeRange");
  if (custom === null || custom === "") return { from: now - TIME_RANGES_MS[range ?? "1d"], to: now };
  if (range !== undefined)
    throw new AlertsRequestError("Either 'timeRange' or 'customTimeRange' can be used, not both.");
  return readCustomRange(custom, now);
}

function readCustomRange(custom: string, now: number): { from: number; to: number } {
  const ends = custom.split("/").map((text) => Date.parse(text));
  const [from = Number.NaN, to = Number.NaN] = ends;
  if (ends.length !== 2 || Number.isNaN(from) || Number.isNaN(to) || from > to) {
    throw new AlertsRequestError(`'customTimeRange' must be <start-time>/<end-time> in ISO 8601; got '${custom}'.`);
  }
  if (from < now - RETENTION_MS) {
    throw new AlertsRequestError("'customTimeRange' must lie within 30 days of the query.");
  }
  return { from, to };
}

/** Equality with a query parameter, any letter case; true for all when the parameter is absent. */
function matching(query: URLSearchParams, name: string, ofAlert: (alert: AlertRecord) => string): AlertPredicate {
  const wanted = query.get(name);
  if (wanted === null || wanted === "") return () => true;
  return (alert) => sameId(ofAlert(alert), wanted);
}

function matchingRule(query: URLSearchParams): AlertPredicate {
  const wanted = query.get("alertRule");
  if (wanted === null || wanted === "") return () => true;
  return (alert) => sameId(ruleIdOf(alert), wanted) || sameId(alert.rule, wanted);
}

/** `targetResourceType` is written with or without its namespace. */
function matchingType(query: URLSearchParams): AlertPredicate {
  const wanted = query.get("targetResourceType")?.toLowerCase();
  if (wanted === undefined || wanted === "") return () => true;
  return (alert) => {
    const type = targetOf(alert).type.toLowerCase();
    return type === wanted || type.endsWith(`/${wanted}`);
  };
}

/**
 * The filters that list and summary share. Time ranges count from the firing (`startDateTime`). Throws
 * AlertsRequestError for values that no version permits.
 */
export function readFilter(query: URLSearchParams, scope: string, now: number): AlertPredicate {
  const severity = readChoice(query, "severity", SEVERITIES);
  const state = readChoice(query, "alertState", ALERT_STATES);
  const condition = readChoice(query, "monitorCondition", MONITOR_CONDITIONS);
  const { from, to } = readTimeRange(query, now);
  const predicates: AlertPredicate[] = [
    (alert) => alert.kind !== "cost-budget",
    (alert) => scope === "" || isWithin(alert.resourceId, scope),
    (alert) => from <= alert.firedAt && alert.firedAt <= to,
    (alert) => severity === undefined || alert.severity === severity,
    (alert) => state === undefined || alert.state === state,
    (alert) => condition === undefined || conditionOf(alert) === condition,
    matching(query, "targetResource", (alert) => alert.resourceId),
    matching(query, "targetResourceGroup", (alert) => targetOf(alert).group),
    matching(query, "monitorService", (alert) => alert.monitorService),
    matching(query, "smartGroupId", smartGroupOf),
    matchingType(query),
    matchingRule(query),
  ];
  return (alert) => predicates.every((holds) => holds(alert));
}
