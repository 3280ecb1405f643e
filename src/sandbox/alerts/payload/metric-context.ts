import type { AlertRecord } from "../alert-record.ts";
import { targetOf } from "../alert-record.ts";

/** Minutes that a metric rule looks back. */
const WINDOW_MINUTES = 5;
const WINDOW_MS = WINDOW_MINUTES * 60_000;

const iso = (at: number) => new Date(at).toISOString();

/** Shape that the three kinds of metric alert share; `criterion` is the one member of `allOf`. */
function metricContext(alert: AlertRecord, conditionType: string, criterion: Record<string, unknown>) {
  const windowEnd = alert.resolvedAt ?? alert.firedAt;
  return {
    properties: alert.customProperties,
    conditionType,
    condition: {
      windowSize: `PT${WINDOW_MINUTES}M`,
      allOf: [criterion],
      windowStartTime: iso(windowEnd - WINDOW_MS),
      windowEndTime: iso(windowEnd),
    },
  };
}

/** Members of a criterion that static and dynamic thresholds share. Azure sends the threshold as text. */
const measured = (alert: AlertRecord) => ({
  metricName: alert.measurement.metricName,
  metricNamespace: targetOf(alert).type,
  operator: "GreaterThan",
  threshold: String(alert.measurement.threshold),
  timeAggregation: "Average",
  dimensions: alert.measurement.dimensions,
  metricValue: alert.measurement.value,
  webTestName: null,
});

/** `alertContext` of a metric alert with a static threshold. */
export const staticMetricContext = (alert: AlertRecord) =>
  metricContext(alert, "SingleResourceMultipleMetricCriteria", measured(alert));

/** `alertContext` of a metric alert with a learned threshold. */
export const dynamicMetricContext = (alert: AlertRecord) =>
  metricContext(alert, "DynamicThresholdCriteria", {
    alertSensitivity: "Medium",
    failingPeriods: { numberOfEvaluationPeriods: 4, minFailingPeriodsToAlert: 4 },
    ignoreDataBefore: null,
    ...measured(alert),
  });

/** `alertContext` of an availability test: value and threshold count failed locations. */
export const availabilityContext = (alert: AlertRecord) =>
  metricContext(alert, "WebtestLocationAvailabilityCriteria", {
    metricName: "Failed Location",
    metricNamespace: null,
    operator: "GreaterThan",
    threshold: String(alert.measurement.threshold),
    timeAggregation: "Sum",
    dimensions: [],
    metricValue: alert.measurement.value,
    webTestName: `${alert.rule}-${targetOf(alert).name}`,
  });
