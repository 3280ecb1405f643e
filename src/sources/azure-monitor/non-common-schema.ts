import type { FactGroup, SourceEvent } from "../../alert/event.ts";
import { visibleText } from "../../alert/text.ts";
import { derivedNativeId, ruleName } from "./alert-id.ts";
import { descriptionOf, isResolved, type ReadOptions, shortText, titleOf } from "./common-schema.ts";
import { contextGroups } from "./context-groups.ts";
import { instantOf, type Members, membersOf, resourceIdsOf, scalarOf, textOf } from "./payload-values.ts";
import { severityOf, severityWord } from "./severity.ts";

/**
 * Payloads of action groups without the common alert schema (Microsoft Learn, "Non-common alert schema definitions"),
 * of classic metric alerts, and whatever else can be recognised. None carries the alert's id, so the identity is derived
 * and nothing can be written back; the advice says how to change that.
 *
 * Identity: a metric alert is its rule, resource and dimensions — its `Deactivated` carries no fired time, so time cannot
 * be part of it (a new firing after the end is told apart in apply.ts). A log search is one alert an evaluation, an
 * activity log alert one an event.
 */

export const ADVICE_COMMON_SCHEMA =
  "Switch on the common alert schema in the action group: this payload carries no alert id, so it cannot be matched " +
  "with Azure's alert and nothing can be written back.";

/** What a recognised payload says, before it becomes an event. */
interface Reading {
  schema: "non-common" | "unknown";
  nativeId: string;
  rule: string | null;
  description: string | null;
  severity: string | number | null;
  resources: unknown[];
  condition: SourceEvent["condition"];
  firedAt: number | null;
  resolvedAt: number | null;
  signalType: string | null;
  monitoringService: string | null;
  facts: FactGroup[];
}

/** The event, or null when nothing in the body is recognised. */
export function nonCommonEvent(body: Members, options: ReadOptions): SourceEvent | null {
  // Some senders wrap in `data`, log alerts and classic metric alerts do not.
  const data = membersOf(body["data"]) ?? body;
  const reading = activityLogReading(data) ?? metricReading(data) ?? logReading(data) ?? looseReading(body, data);
  return reading && toEvent(reading, body, options);
}

function toEvent(reading: Reading, body: Members, options: ReadOptions): SourceEvent {
  const word = severityWord(reading.severity);
  const rule = ruleName(reading.rule);
  return {
    sourceKind: "azure-monitor",
    via: options.via,
    nativeId: reading.nativeId,
    alertId: reading.nativeId,
    rule,
    title: titleOf(rule, reading.description, reading.monitoringService),
    description: descriptionOf(reading.description),
    severity: severityOf(word, options.severityMap),
    sourceSeverity: word,
    resourceIds: resourceIdsOf(reading.resources),
    condition: reading.condition,
    firedAt: reading.firedAt,
    resolvedAt: reading.resolvedAt,
    signalType: shortText(reading.signalType),
    monitoringService: shortText(reading.monitoringService),
    schema: reading.schema,
    sourceState: null,
    suppressed: false,
    modifiedAt: null,
    modifiedBy: null,
    facts: reading.facts,
    advice: [ADVICE_COMMON_SCHEMA],
    payload: body,
  };
}

/** `AzureMonitorMetricAlert` (static and dynamic) and the retired classic metric alert. */
function metricReading(data: Members): Reading | null {
  const context = membersOf(data["context"]);
  const condition = membersOf(context?.["condition"]);
  const status = textOf(data, "status");
  if (!context || !condition || status === null) return null;
  const resolved = isResolved(status);
  const at = instantOf(textOf(context, "timestamp"));
  const rule = textOf(context, "id") ?? textOf(context, "name");
  const resource = textOf(context, "resourceId");
  return {
    schema: "non-common",
    nativeId: derivedNativeId("metric", rule, resource ?? textOf(context, "resourceName"), dimensionsText(condition)),
    rule: textOf(context, "name") ?? rule,
    description: textOf(context, "description"),
    severity: scalarOf(context, "severity"),
    resources: [resource],
    condition: resolved ? "resolved" : "fired",
    firedAt: resolved ? null : at,
    resolvedAt: resolved ? at : null,
    signalType: "Metric",
    monitoringService: "Platform",
    // A classic condition is one flat criterion; the newer ones list theirs.
    facts: contextGroups(
      { conditionType: context["conditionType"], condition: "allOf" in condition ? condition : { allOf: [condition] } },
      membersOf(data["properties"]),
    ),
  };
}

/** Rules split by dimension fire one alert a combination of values. */
function dimensionsText(condition: Members): string {
  const criteria = Array.isArray(condition["allOf"]) ? condition["allOf"].slice(0, 20) : [];
  return JSON.stringify(criteria.map((criterion) => membersOf(criterion)?.["dimensions"] ?? null));
}

/** Log search alerts, version 1. */
function logReading(data: Members): Reading | null {
  const rule = textOf(data, "AlertRuleName");
  if (rule === null || textOf(data, "SearchQuery") === null) return null;
  const endText = textOf(data, "SearchIntervalEndtimeUtc");
  const resource = textOf(data, "ResourceId");
  const subscription = textOf(data, "SubscriptionId");
  const workspace = textOf(data, "WorkspaceId") ?? textOf(data, "ApplicationId");
  return {
    schema: "non-common",
    nativeId: derivedNativeId(
      "log",
      subscription,
      rule,
      resource ?? workspace,
      endText,
      dimensionsText({ allOf: [data] }),
    ),
    rule,
    description: textOf(data, "Description"),
    severity: scalarOf(data, "Severity"),
    resources: [resource],
    condition: "fired",
    firedAt: instantOf(endText),
    resolvedAt: null,
    signalType: "Log",
    monitoringService: "ApplicationId" in data ? "Application Insights" : "Log Analytics",
    facts: contextGroups(data),
  };
}

/** Activity log, service health and resource health: one event, which nothing resolves. */
function activityLogReading(data: Members): Reading | null {
  const activity = membersOf(membersOf(data["context"])?.["activityLog"]);
  if (!activity) return null;
  const properties = membersOf(activity["properties"]);
  const eventSource = scalarOf(activity, "eventSource");
  const at = textOf(activity, "eventTimestamp") ?? textOf(activity, "submissionTimestamp");
  return {
    schema: "non-common",
    nativeId: derivedNativeId(
      "activity-log",
      textOf(activity, "eventDataId"),
      textOf(activity, "correlationId"),
      textOf(activity, "resourceId"),
      at,
    ),
    rule: null,
    description: textOf(activity, "description") ?? textOf(properties, "title"),
    severity: scalarOf(activity, "level"),
    resources: [textOf(activity, "resourceId")],
    condition: "fired",
    firedAt: instantOf(at),
    resolvedAt: null,
    signalType: "Activity Log",
    monitoringService: eventSource === null ? "Activity Log" : `Activity Log - ${eventSource}`,
    facts: contextGroups(activity, membersOf(data["properties"])),
  };
}

const TITLES = ["alertRule", "AlertRuleName", "ruleName", "alertName", "name", "title"];
const RESOURCES = ["resourceId", "ResourceId", "targetResource", "scope"];
const CONDITIONS = ["monitorCondition", "status", "state"];
const SEVERITIES = ["severity", "Severity", "level"];

/** A schema nobody told us about: taken at its usual words. Without any name or state it is not readable as an alert. */
function looseReading(body: Members, data: Members): Reading | null {
  const places = [membersOf(data["essentials"]), membersOf(data["context"]), data, body].filter(
    (place) => place !== null,
  );
  const find = (names: string[]) => {
    for (const place of places)
      for (const name of names) if (scalarOf(place, name) !== null) return scalarOf(place, name);
    return null;
  };
  const text = (names: string[]) => {
    const value = find(names);
    return value === null ? null : String(value);
  };
  const rule = text(TITLES);
  const description = text(["description", "Description", "message"]);
  const word = text(CONDITIONS);
  if (rule === null && (description === null || word === null)) return null;
  const resolved = isResolved(word);
  const at = instantOf(text(["firedDateTime", "timestamp", "eventTimestamp"]));
  const resource = text(RESOURCES);
  const id = text(["alertId", "id"]);
  return {
    schema: "unknown",
    nativeId: derivedNativeId(
      "unknown",
      text(["schemaId"]),
      id,
      rule,
      resource,
      id === null && rule === null ? description : null,
    ),
    rule,
    description,
    severity: find(SEVERITIES),
    resources: [resource],
    condition: resolved ? "resolved" : word === null ? "unknown" : "fired",
    firedAt: resolved ? null : at,
    resolvedAt: resolved ? at : null,
    signalType: text(["signalType"]),
    monitoringService: text(["monitoringService", "monitorService"]) ?? schemaName(body),
    facts: contextGroups(data),
  };
}

function schemaName(body: Members): string | null {
  const schemaId = textOf(body, "schemaId");
  return schemaId === null ? null : visibleText(schemaId, 80);
}
