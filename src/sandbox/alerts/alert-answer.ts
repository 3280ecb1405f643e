import { derivedGuid, guidOf, pushedAlertId, resourceAlertId, ruleIdOf, smartGroupOf } from "./alert-ids.ts";
import type { AlertRecord, Modification } from "./alert-record.ts";
import { conditionOf, targetOf } from "./alert-record.ts";
import { alertContextOf } from "./payload/alert-context.ts";
import { managementSignalType } from "./signal.ts";

const iso = (at: number) => new Date(at).toISOString();

/** What a caller wants to see of an alert. */
export interface AlertView {
  /** Which of its ids the answer carries. */
  id: "subscription" | "resource";
  includeContext: boolean;
  includeEgressConfig: boolean;
  /** Names of essentials to keep, lower case; null = all. */
  select: ReadonlySet<string> | null;
}

/** A single alert is answered whole. */
export const WHOLE_ALERT = { includeContext: true, includeEgressConfig: true, select: null } as const;

const idOf = (alert: AlertRecord, id: AlertView["id"]) =>
  id === "subscription" ? pushedAlertId(alert) : resourceAlertId(alert);

/** The model `Essentials`, every member. */
function essentialsOf(alert: AlertRecord): Record<string, unknown> {
  const target = targetOf(alert);
  return {
    severity: alert.severity,
    signalType: managementSignalType(alert.kind),
    alertState: alert.state,
    monitorCondition: conditionOf(alert),
    monitorService: alert.monitorService,
    targetResource: alert.resourceId,
    targetResourceName: target.name,
    targetResourceGroup: target.group,
    targetResourceType: target.type.split("/").slice(1).join("/") || target.type,
    sourceCreatedId: derivedGuid(alert, "source"),
    smartGroupId: smartGroupOf(alert),
    smartGroupingReason: "Alerts that frequently occur together have been grouped.",
    alertRule: ruleIdOf(alert),
    startDateTime: iso(alert.firedAt),
    lastModifiedDateTime: iso(alert.modifiedAt),
    lastModifiedUserName: alert.modifiedBy,
    ...(alert.resolvedAt === null ? {} : { monitorConditionResolvedDateTime: iso(alert.resolvedAt) }),
    actionStatus: { isSuppressed: alert.suppressed },
    description: alert.description,
  };
}

/** The model `Alert`. */
export function alertAnswer(alert: AlertRecord, view: AlertView) {
  const essentials = Object.entries(essentialsOf(alert)).filter(
    ([name]) => view.select === null || view.select.has(name.toLowerCase()),
  );
  return {
    id: idOf(alert, view.id),
    name: alert.rule,
    type: "Microsoft.AlertsManagement/alerts",
    properties: {
      essentials: Object.fromEntries(essentials),
      ...(view.includeContext ? { context: alertContextOf(alert) } : {}),
      ...(view.includeEgressConfig ? { egressConfig: {} } : {}),
      ...(alert.customProperties === null ? {} : { customProperties: alert.customProperties }),
    },
  };
}

/** `details` of one entry of the history: which of the three models depends on the event. */
function detailsOf(entry: Modification) {
  switch (entry.event) {
    case "ActionsTriggered":
      return {
        type: "ActionsTriggered",
        actionGroup: entry.actionGroups[0],
        notificationResult: { status: "Inline" },
      };
    case "ActionsSuppressed":
      return {
        type: "ActionsSuppressed",
        suppressedActionGroups: entry.actionGroups,
        suppressionActionRules: entry.suppressedBy,
      };
    case "AlertCreated":
      return null;
    default:
      return { type: "PropertyChange", comment: entry.comments, oldValue: entry.oldValue, newValue: entry.newValue };
  }
}

/** The model `AlertModification`: newest entry first, as Azure lists them. */
export function historyAnswer(alert: AlertRecord, id: AlertView["id"]) {
  const modifications = alert.history.toReversed().map((entry) => ({
    modificationEvent: entry.event,
    oldValue: entry.oldValue,
    newValue: entry.newValue,
    modifiedAt: iso(entry.at),
    modifiedBy: entry.by,
    comments: entry.comments,
    description: entry.description,
    details: detailsOf(entry),
  }));
  return {
    id: `${idOf(alert, id)}/history/default`,
    name: alert.rule,
    type: "Microsoft.AlertsManagement/alerts/history",
    properties: { alertId: guidOf(alert.guid), modifications },
  };
}

/** The enrichments: one object named `default`. Only Prometheus rules make entries in it, and there are none here. */
export function enrichmentsAnswer(alert: AlertRecord, id: AlertView["id"]) {
  const enrichments = {
    id: `${idOf(alert, id)}/enrichments/default`,
    name: "default",
    type: "Microsoft.AlertsManagement/alerts/enrichments",
    properties: { alertId: alert.guid, enrichments: [] },
  };
  return { value: [enrichments] };
}
