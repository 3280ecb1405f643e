import { pushedAlertId } from "../alert-ids.ts";
import type { AlertRecord } from "../alert-record.ts";
import { conditionOf, targetOf } from "../alert-record.ts";
import { signalOf } from "../signal.ts";
import { alertContextOf } from "./alert-context.ts";

const iso = (at: number) => new Date(at).toISOString();

/** Azure's own id of the firing: metric rules compose it, the others use a GUID. */
function originAlertId(alert: AlertRecord): string {
  const { group } = targetOf(alert);
  if (signalOf(alert.kind).pushedSignalType !== "Metric") return alert.guid;
  return `${alert.subscriptionId}_${group}_microsoft.insights_metricAlerts_${alert.rule}_${Number.parseInt(alert.guid.slice(0, 7), 16)}`;
}

/** Members that every alert with a rule and a target has. */
const ruleEssentials = (alert: AlertRecord) => ({
  alertId: pushedAlertId(alert),
  alertRule: alert.rule,
  severity: alert.severity,
  signalType: signalOf(alert.kind).pushedSignalType,
  monitorCondition: conditionOf(alert),
  monitoringService: alert.monitoringService,
  alertTargetIDs: [alert.resourceId],
  // Service health concerns a subscription: nothing is configured there that could be named.
  ...(alert.kind === "service-health" ? {} : { configurationItems: [targetOf(alert).name] }),
  originAlertId: originAlertId(alert),
});

/** A budget has no rule, no severity and no target, and says so with nulls. */
const budgetEssentials = (alert: AlertRecord) => ({
  monitoringService: alert.monitoringService,
  alertId: pushedAlertId(alert),
  alertRule: null,
  severity: null,
  signalType: null,
  monitorCondition: conditionOf(alert),
  alertTargetIDs: null,
  configurationItems: ["budgets"],
  originAlertId: null,
});

/**
 * What an action group posts with the common alert schema.
 * Source: azure-monitor-docs, alerts-payload-samples; `resolvedDateTime` only once resolved.
 */
export function commonPayload(alert: AlertRecord) {
  const essentials = {
    ...(alert.kind === "cost-budget" ? budgetEssentials(alert) : ruleEssentials(alert)),
    firedDateTime: iso(alert.firedAt),
    ...(alert.resolvedAt === null ? {} : { resolvedDateTime: iso(alert.resolvedAt) }),
    description: alert.description,
    essentialsVersion: "1.0",
    alertContextVersion: signalOf(alert.kind).contextVersion,
  };
  return {
    schemaId: "azureMonitorCommonAlertSchema",
    data: {
      essentials,
      alertContext: alertContextOf(alert),
      ...(alert.customProperties === null ? {} : { customProperties: alert.customProperties }),
    },
  };
}
