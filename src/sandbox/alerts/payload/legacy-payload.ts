import { derivedGuid, ruleIdOf } from "../alert-ids.ts";
import type { AlertRecord } from "../alert-record.ts";
import { targetOf } from "../alert-record.ts";
import { alertContextOf } from "./alert-context.ts";
import { commonPayload } from "./common-payload.ts";
import { costBudgetLegacyPayload } from "./cost-context.ts";
import { searchResults } from "./log-context.ts";
import { availabilityContext, dynamicMetricContext, staticMetricContext } from "./metric-context.ts";

const WINDOW_MS = 15 * 60_000;
const activated = (alert: AlertRecord) => (alert.resolvedAt === null ? "Activated" : "Deactivated");
const iso = (at: number) => new Date(at).toISOString();

/** `AzureMonitorMetricAlert`, version 2.0. */
function metricPayload(alert: AlertRecord, context: ReturnType<typeof staticMetricContext>) {
  const { subscriptionId, group, type, name } = targetOf(alert);
  const { windowSize, allOf } = context.condition;
  return {
    schemaId: "AzureMonitorMetricAlert",
    data: {
      version: "2.0",
      properties: alert.customProperties,
      status: activated(alert),
      context: {
        timestamp: iso(alert.resolvedAt ?? alert.firedAt),
        id: ruleIdOf(alert),
        name: alert.rule,
        description: alert.description,
        conditionType: context.conditionType,
        severity: alert.severity.slice(-1),
        condition: { windowSize, allOf },
        subscriptionId,
        resourceGroupName: group,
        resourceName: name,
        resourceType: type,
        resourceId: alert.resourceId,
        portalLink: `https://portal.azure.com/#resource${alert.resourceId}`,
      },
    },
  };
}

/** A version 1 log alert: no envelope at all. */
function logPayload(alert: AlertRecord) {
  return {
    SubscriptionId: alert.subscriptionId,
    AlertRuleName: alert.rule,
    SearchQuery: alert.measurement.searchQuery,
    SearchIntervalStartTimeUtc: iso(alert.firedAt - WINDOW_MS),
    SearchIntervalEndtimeUtc: iso(alert.firedAt),
    AlertThresholdOperator: "Greater Than",
    AlertThresholdValue: alert.measurement.threshold,
    ResultCount: Math.max(1, Math.round(alert.measurement.value)),
    SearchIntervalInSeconds: WINDOW_MS / 1000,
    LinkToSearchResults: "https://portal.azure.com/",
    LinkToFilteredSearchResultsUI: "https://portal.azure.com/",
    LinkToSearchResultsAPI: "https://api.loganalytics.io/v1/",
    LinkToFilteredSearchResultsAPI: "https://api.loganalytics.io/v1/",
    Description: alert.description,
    Severity: alert.severity.slice(-1),
    SearchResult: searchResults(alert),
    WorkspaceId: derivedGuid(alert, "workspace"),
    ResourceId: alert.resourceId,
    AlertType: "Number of results",
  };
}

/** `Microsoft.Insights/activityLogs`: the event with its resource taken apart. */
function activityPayload(alert: AlertRecord) {
  const { subscriptionId, group, type } = targetOf(alert);
  return {
    schemaId: "Microsoft.Insights/activityLogs",
    data: {
      status: activated(alert),
      context: {
        activityLog: {
          ...alertContextOf(alert),
          description: alert.description,
          resourceId: alert.resourceId,
          resourceGroupName: group,
          resourceProviderName: type.split("/")[0],
          subscriptionId,
          resourceType: type,
        },
      },
      properties: alert.customProperties ?? {},
    },
  };
}

/**
 * What an action group posts to a receiver without the common schema. Log search alerts of version 2 and smart detection
 * know only the common schema and use it all the same. Source: azure-monitor-docs, alerts-non-common-schema-definitions.
 */
export function legacyPayload(alert: AlertRecord): object {
  switch (alert.kind) {
    case "metric-static":
      return metricPayload(alert, staticMetricContext(alert));
    case "metric-dynamic":
      return metricPayload(alert, dynamicMetricContext(alert));
    case "log-v1":
    case "log-v1-application-insights":
      return logPayload(alert);
    case "cost-budget":
      return costBudgetLegacyPayload(alert);
    case "metric-availability":
      return metricPayload(alert, availabilityContext(alert));
    case "log-v2":
    case "smart-detector":
      return commonPayload(alert);
    default:
      return activityPayload(alert);
  }
}
