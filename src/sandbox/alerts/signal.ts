/**
 * What kinds of alert Azure Monitor raises, and the words it uses for each: one word in AlertsManagement's answers,
 * another in the payload of an action group.
 */

export const SEVERITIES = ["Sev0", "Sev1", "Sev2", "Sev3", "Sev4"] as const;
export type SandboxSeverity = (typeof SEVERITIES)[number];

export const ALERT_STATES = ["New", "Acknowledged", "Closed"] as const;
export type AlertState = (typeof ALERT_STATES)[number];

export const MONITOR_CONDITIONS = ["Fired", "Resolved"] as const;
export type MonitorCondition = (typeof MONITOR_CONDITIONS)[number];

/** What the control API takes: the coarse type of a signal. */
export const SIGNAL_TYPES = ["Metric", "Log", "Activity Log", "Health"] as const;
export type SignalType = (typeof SIGNAL_TYPES)[number];

/** One kind of alert. */
export interface Signal {
  /** For people: the choice on the control page. */
  label: string;
  /** Coarse type of the control API. */
  signalType: SignalType;
  /** `essentials.signalType` of a payload; null where the published sample has null. */
  pushedSignalType: string | null;
  /** `essentials.monitoringService` of a payload. */
  monitoringService: string;
  /** `essentials.monitorService` of AlertsManagement; null = this kind is not kept there (cost alerts). */
  monitorService: string | null;
  /** ARM type of the rule that raises it. */
  ruleType: string;
  /** `essentials.alertContextVersion`. */
  contextVersion: "1.0" | "1.1";
}

const METRIC_RULE = "microsoft.insights/metricAlerts";
const LOG_RULE = "microsoft.insights/scheduledQueryRules";
const ACTIVITY_RULE = "microsoft.insights/activityLogAlerts";

const metric = (label: string): Signal => ({
  label,
  signalType: "Metric",
  pushedSignalType: "Metric",
  monitoringService: "Platform",
  monitorService: "Platform",
  ruleType: METRIC_RULE,
  contextVersion: "1.0",
});

const log = (label: string, service: string, contextVersion: "1.0" | "1.1", pushed = service): Signal => ({
  label,
  signalType: "Log",
  pushedSignalType: "Log",
  monitoringService: pushed,
  monitorService: service,
  ruleType: LOG_RULE,
  contextVersion,
});

const activity = (category: string): Signal => ({
  label: `Activity log: ${category.toLowerCase()}`,
  signalType: "Activity Log",
  pushedSignalType: "Activity Log",
  monitoringService: `Activity Log - ${category}`,
  monitorService: `ActivityLog ${category}`,
  ruleType: ACTIVITY_RULE,
  contextVersion: "1.0",
});

const health = (label: string, service: string, pushedSignalType: string): Signal => ({
  label,
  signalType: "Health",
  pushedSignalType,
  monitoringService: service,
  monitorService: service,
  ruleType: ACTIVITY_RULE,
  contextVersion: "1.0",
});

/** Every kind, with the words of the published samples. The first of a signal type is its default. */
export const SIGNALS = {
  "metric-static": metric("Metric, static threshold"),
  "metric-dynamic": metric("Metric, dynamic threshold"),
  "metric-availability": metric("Availability test"),
  "log-v2": log("Log search (v2)", "Log Analytics", "1.0", "Log Alerts V2"),
  "log-v1": log("Log search (v1), Log Analytics", "Log Analytics", "1.1"),
  "log-v1-application-insights": log("Log search (v1), Application Insights", "Application Insights", "1.1"),
  "activity-administrative": activity("Administrative"),
  "activity-autoscale": activity("Autoscale"),
  "activity-security": activity("Security"),
  "activity-policy": activity("Policy"),
  "activity-recommendation": activity("Recommendation"),
  "service-health": health("Service health", "ServiceHealth", "ActivityLog"),
  "resource-health": health("Resource health", "Resource Health", "Activity Log"),
  "smart-detector": {
    label: "Smart detection",
    signalType: "Log",
    pushedSignalType: "Log",
    monitoringService: "SmartDetector",
    monitorService: "SmartDetector",
    ruleType: "microsoft.alertsManagement/smartDetectorAlertRules",
    contextVersion: "1.0",
  },
  "cost-budget": {
    label: "Cost budget",
    signalType: "Metric",
    pushedSignalType: null,
    monitoringService: "CostAlerts",
    monitorService: null,
    ruleType: "Microsoft.Consumption/budgets",
    contextVersion: "1.0",
  },
} as const satisfies Record<string, Signal>;

export type AlertKind = keyof typeof SIGNALS;
export const ALERT_KINDS = Object.keys(SIGNALS) as AlertKind[];

/** The table's row of a kind. */
export const signalOf = (kind: AlertKind): Signal => SIGNALS[kind];

const sameWords = (left: string | null, right: string) =>
  left !== null && left.replace(/[\s-]+/g, "").toLowerCase() === right.replace(/[\s-]+/g, "").toLowerCase();

/**
 * The kind meant by a coarse signal type and, when given, a service in either spelling (`ActivityLog Security`,
 * `Activity Log - Security`). A service that is in no table (Nagios, SCOM) leaves the type's default.
 */
export function kindFor(signalType: SignalType | undefined, service: string | undefined): AlertKind {
  const named = ALERT_KINDS.filter((kind) => {
    const signal = signalOf(kind);
    return (
      service !== undefined &&
      (sameWords(signal.monitorService, service) || sameWords(signal.monitoringService, service))
    );
  });
  // "Log Analytics" is AlertsManagement's word for both log alert versions, but a payload's for version 1 only.
  const exact = named.find((kind) => sameWords(signalOf(kind).monitoringService, service ?? ""));
  const fitting = exact ?? named[0];
  if (fitting !== undefined && (signalType === undefined || signalOf(fitting).signalType === signalType))
    return fitting;
  return ALERT_KINDS.find((kind) => signalOf(kind).signalType === (signalType ?? "Metric"))!;
}

/** True for a service that one of the kinds stands for, in either spelling. */
export const isKnownService = (service: string) =>
  ALERT_KINDS.some(
    (kind) => sameWords(signalOf(kind).monitorService, service) || sameWords(signalOf(kind).monitoringService, service),
  );

/** AlertsManagement publishes three signal types only; everything that is neither metric nor log is `Unknown`. */
export function managementSignalType(kind: AlertKind): "Metric" | "Log" | "Unknown" {
  const { signalType } = signalOf(kind);
  return signalType === "Metric" || signalType === "Log" ? signalType : "Unknown";
}

/** `MonitorServiceList` of alertsMetaData: names and display names as published (2025-05-25-preview). */
export const MONITOR_SERVICES: readonly { name: string; displayName: string }[] = [
  ["ActivityLog Administrative", "Activity Log - Administrative"],
  ["ActivityLog Autoscale", "Activity Log - Autoscale"],
  ["ActivityLog Policy", "Activity Log - Policy"],
  ["ActivityLog Recommendation", "Activity Log - Recommendation"],
  ["ActivityLog Security", "Activity Log - Security"],
  ["Application Insights", "Application Insights"],
  ["Log Analytics", "Log Analytics"],
  ["Nagios", "NAGIOS"],
  ["Platform", "Platform"],
  ["Resource Health", "Resource Health"],
  ["SCOM", "SCOM"],
  ["ServiceHealth", "Service Health"],
  ["SmartDetector", "Smart Detector"],
  ["VM Insights", "VM Insights"],
  ["Zabbix", "ZABBIX"],
].map(([name, displayName]) => ({ name: name!, displayName: displayName! }));
