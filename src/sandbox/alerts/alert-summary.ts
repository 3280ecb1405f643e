import { readFilter, readFlag } from "./alert-filter.ts";
import { ruleIdOf, smartGroupOf } from "./alert-ids.ts";
import type { AlertRecord } from "./alert-record.ts";
import { conditionOf } from "./alert-record.ts";
import { AlertsRequestError } from "./alerts-request-error.ts";
import { ALERT_STATES, MONITOR_CONDITIONS, managementSignalType, SEVERITIES } from "./signal.ts";

interface GroupField {
  valueOf: (alert: AlertRecord) => string;
  /** Values listed even when nothing has them. */
  known: readonly string[];
}

const GROUP_FIELDS = {
  severity: { valueOf: (alert) => alert.severity, known: SEVERITIES },
  alertState: { valueOf: (alert) => alert.state, known: ALERT_STATES },
  monitorCondition: { valueOf: conditionOf, known: MONITOR_CONDITIONS },
  monitorService: { valueOf: (alert) => alert.monitorService, known: [] },
  signalType: { valueOf: (alert) => managementSignalType(alert.kind), known: ["Metric", "Log", "Unknown"] },
  alertRule: { valueOf: ruleIdOf, known: [] },
} as const satisfies Record<string, GroupField>;
type GroupName = keyof typeof GROUP_FIELDS;

function readGroups(query: URLSearchParams): GroupName[] {
  const text = query.get("groupby") ?? "";
  const groups = text.split(",").filter((name) => name.trim() !== "");
  if (groups.length === 0) throw new AlertsRequestError("The query parameter 'groupby' is required.");
  const names = groups.map((asked) => {
    const names = Object.keys(GROUP_FIELDS) as GroupName[];
    const name = names.find((candidate) => candidate.toLowerCase() === asked.trim().toLowerCase());
    if (name === undefined) {
      throw new AlertsRequestError(
        `The value '${asked}' of 'groupby' is invalid. Permitted values: ${names.join(", ")}.`,
      );
    }
    return name;
  });
  if (new Set(names).size !== names.length) throw new AlertsRequestError("'groupby' names a field twice.");
  return names;
}

/** Counts of one level, with the levels below it. */
function group(alerts: AlertRecord[], [name, ...below]: readonly GroupName[]): object {
  if (name === undefined) return {};
  const field: GroupField = GROUP_FIELDS[name];
  const members = Map.groupBy(alerts, field.valueOf);
  const values = new Set([...field.known, ...members.keys()]);
  return {
    groupedby: name,
    values: [...values].map((value) => {
      const inside = members.get(value) ?? [];
      return { name: value, count: inside.length, ...group(inside, below) };
    }),
  };
}

/** The model `AlertsSummary`. Throws AlertsRequestError. */
export function summaryAnswer(alerts: AlertRecord[], query: URLSearchParams, scope: string, now: number) {
  const groups = readGroups(query);
  const counted = alerts.filter(readFilter(query, scope, now));
  const withSmartGroups = readFlag(query, "includeSmartGroupsCount");
  return {
    id: `${scope}/providers/Microsoft.AlertsManagement/alertsSummary/current`,
    name: "current",
    type: "Microsoft.AlertsManagement/alertsSummary",
    properties: {
      total: counted.length,
      ...(withSmartGroups ? { smartGroupsCount: new Set(counted.map(smartGroupOf)).size } : {}),
      ...group(counted, groups),
    },
  };
}
