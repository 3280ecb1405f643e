import { derivedGuid } from "../alert-ids.ts";
import type { AlertRecord } from "../alert-record.ts";
import { targetOf } from "../alert-record.ts";

/** Minutes that a log rule searches. */
const WINDOW_MINUTES = 15;
const WINDOW_MS = WINDOW_MINUTES * 60_000;

const iso = (at: number) => new Date(at).toISOString();
const portalLink = (alert: AlertRecord) =>
  `https://portal.azure.com#blade/Microsoft_Azure_Monitoring_Logs/LogsBlade/resourceId/${encodeURIComponent(alert.resourceId)}/query/${encodeURIComponent(alert.measurement.searchQuery)}`;
const queryLink = (alert: AlertRecord) =>
  `https://api.loganalytics.io/v1${alert.resourceId}/query?query=${encodeURIComponent(alert.measurement.searchQuery)}`;

/** Azure gives the same link four times: for people and for programs, unfiltered and filtered by dimension. */
const v1Links = (alert: AlertRecord) => ({
  LinkToSearchResults: portalLink(alert),
  LinkToFilteredSearchResultsUI: portalLink(alert),
  LinkToSearchResultsAPI: queryLink(alert),
  LinkToFilteredSearchResultsAPI: queryLink(alert),
});

/** `alertContext` of a log search alert, version 2 (rules of api-version 2020-05-01 and later). */
export function logV2Context(alert: AlertRecord) {
  const windowEnd = alert.resolvedAt ?? alert.firedAt;
  return {
    properties: alert.customProperties ?? {},
    conditionType: "LogQueryCriteria",
    condition: {
      windowSize: `PT${WINDOW_MINUTES}M`,
      allOf: [
        {
          searchQuery: alert.measurement.searchQuery,
          metricMeasureColumn: alert.measurement.metricName,
          targetResourceTypes: `['${targetOf(alert).type}']`,
          operator: "GreaterThan",
          threshold: String(alert.measurement.threshold),
          timeAggregation: "Count",
          dimensions: alert.measurement.dimensions,
          metricValue: alert.measurement.value,
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 },
          linkToSearchResultsUI: portalLink(alert),
          linkToFilteredSearchResultsUI: portalLink(alert),
          linkToSearchResultsAPI: queryLink(alert),
          linkToFilteredSearchResultsAPI: queryLink(alert),
        },
      ],
      windowStartTime: iso(windowEnd - WINDOW_MS),
      windowEndTime: iso(windowEnd),
    },
  };
}

/** The table of results that version 1 carries along. */
export const searchResults = (alert: AlertRecord) => ({
  tables: [
    {
      name: "PrimaryResult",
      columns: [
        { name: "TimeGenerated", type: "datetime" },
        { name: "AggregatedValue", type: "real" },
      ],
      rows: [[iso(alert.firedAt), alert.measurement.value]],
    },
  ],
  dataSources: [{ resourceId: alert.resourceId, region: "westeurope", tables: ["Perf"] }],
});

const v1Context = (alert: AlertRecord) => ({
  SearchQuery: alert.measurement.searchQuery,
  SearchIntervalStartTimeUtc: iso(alert.firedAt - WINDOW_MS),
  SearchIntervalEndtimeUtc: iso(alert.firedAt),
  ResultCount: Math.max(1, Math.round(alert.measurement.value)),
  ...v1Links(alert),
  SearchIntervalDurationMin: String(WINDOW_MINUTES),
  SearchIntervalInMinutes: String(WINDOW_MINUTES),
  Threshold: alert.measurement.threshold,
  Operator: "Greater Than",
  Dimensions: alert.measurement.dimensions,
  SearchResults: searchResults(alert),
  IncludedSearchResults: "True",
  AlertType: "Metric measurement",
});

const SEVERITY_WORDS = { Sev0: "Critical", Sev1: "Error", Sev2: "Warning", Sev3: "Informational", Sev4: "Verbose" };

/** `alertContext` of a log alert, version 1, on a workspace. */
export const logAnalyticsV1Context = (alert: AlertRecord) => ({
  ...v1Context(alert),
  SeverityDescription: SEVERITY_WORDS[alert.severity],
  WorkspaceId: derivedGuid(alert, "workspace"),
  AffectedConfigurationItems: [targetOf(alert).name],
  IncludeSearchResults: true,
});

/** `alertContext` of a log alert, version 1, on an Application Insights component. */
export const applicationInsightsV1Context = (alert: AlertRecord) => ({
  ...v1Context(alert),
  ApplicationId: derivedGuid(alert, "application"),
});

/** `alertContext` of smart detection (failure anomalies of Application Insights). */
export const smartDetectorContext = (alert: AlertRecord) => ({
  DetectionSummary: alert.description || "An abnormal rise in failed request rate",
  FormattedOccurrenceTime: iso(alert.firedAt),
  DetectedFailureRate: `${alert.measurement.value}%`,
  NormalFailureRate: `${alert.measurement.threshold}% (over the last 30 minutes)`,
  FailedRequests: String(Math.max(1, Math.round(alert.measurement.value))),
  SmartDetectorId: "FailureAnomaliesDetector",
  SmartDetectorName: "Failure Anomalies",
  AnalysisTimestamp: iso(alert.firedAt),
});
