import type { AlertRecord } from "../alert-record.ts";
import type { AlertKind } from "../signal.ts";
import {
  administrativeContext,
  autoscaleContext,
  policyContext,
  recommendationContext,
  resourceHealthContext,
  securityContext,
} from "./activity-context.ts";
import { costBudgetContext } from "./cost-context.ts";
import {
  applicationInsightsV1Context,
  logAnalyticsV1Context,
  logV2Context,
  smartDetectorContext,
} from "./log-context.ts";
import { availabilityContext, dynamicMetricContext, staticMetricContext } from "./metric-context.ts";
import { serviceHealthContext } from "./service-health-context.ts";

const BUILDERS: Record<AlertKind, (alert: AlertRecord) => object> = {
  "metric-static": staticMetricContext,
  "metric-dynamic": dynamicMetricContext,
  "metric-availability": availabilityContext,
  "log-v2": logV2Context,
  "log-v1": logAnalyticsV1Context,
  "log-v1-application-insights": applicationInsightsV1Context,
  "activity-administrative": administrativeContext,
  "activity-autoscale": autoscaleContext,
  "activity-security": securityContext,
  "activity-policy": policyContext,
  "activity-recommendation": recommendationContext,
  "service-health": serviceHealthContext,
  "resource-health": resourceHealthContext,
  "smart-detector": smartDetectorContext,
  "cost-budget": costBudgetContext,
};

/** Details of an alert in the shape of its monitor service: `data.alertContext` of a payload, `context` when read. */
export const alertContextOf = (alert: AlertRecord): object => BUILDERS[alert.kind](alert);
