import { z } from "zod";
import { ruleIdOf } from "../alerts/alert-ids.ts";
import type { AlertRecord } from "../alerts/alert-record.ts";
import { conditionOf, targetOf } from "../alerts/alert-record.ts";
import { alertContextOf } from "../alerts/payload/alert-context.ts";
import { managementSignalType, signalOf } from "../alerts/signal.ts";
import { isWithin } from "../resources.ts";
import type { ArmResource, ResourceStore } from "../world.ts";
import { isInSchedule, scheduleSchema } from "./rule-schedule.ts";

/**
 * Alert processing rules (`Microsoft.AlertsManagement/actionRules`, 2021-08-08): attach action groups to alerts, or take
 * all of them away. In: deployed rules and an alert. Out: which groups are told, and who silenced the others.
 */

const FIELDS = [
  "Severity",
  "MonitorService",
  "MonitorCondition",
  "SignalType",
  "TargetResourceType",
  "TargetResource",
  "TargetResourceGroup",
  "AlertRuleId",
  "AlertRuleName",
  "Description",
  "AlertContext",
] as const;

const conditionSchema = z.object({
  field: z.enum(FIELDS),
  operator: z.enum(["Equals", "NotEquals", "Contains", "DoesNotContain"]),
  values: z.array(z.string()),
});
const propertiesSchema = z.object({
  scopes: z.array(z.string()),
  enabled: z.boolean().nullish(),
  conditions: z.array(conditionSchema).nullish(),
  schedule: scheduleSchema.nullish(),
  actions: z.array(
    z.discriminatedUnion("actionType", [
      z.object({ actionType: z.literal("AddActionGroups"), actionGroupIds: z.array(z.string()) }),
      z.object({ actionType: z.literal("RemoveAllActionGroups") }),
    ]),
  ),
});

type Condition = z.infer<typeof conditionSchema>;
export type ProcessingRule = z.infer<typeof propertiesSchema> & { id: string };

/** What a rule's field looks at; several spellings where Azure takes several. */
const FIELD_VALUES: Record<Condition["field"], (alert: AlertRecord) => string[]> = {
  Severity: (alert) => [alert.severity],
  MonitorService: (alert) => [alert.monitorService, alert.monitoringService],
  MonitorCondition: (alert) => [conditionOf(alert)],
  SignalType: (alert) => [managementSignalType(alert.kind), signalOf(alert.kind).signalType],
  TargetResourceType: (alert) => [targetOf(alert).type],
  TargetResource: (alert) => [alert.resourceId],
  TargetResourceGroup: (alert) => {
    const { subscriptionId, group } = targetOf(alert);
    return [group, `/subscriptions/${subscriptionId}/resourceGroups/${group}`];
  },
  AlertRuleId: (alert) => [ruleIdOf(alert)],
  AlertRuleName: (alert) => [alert.rule],
  Description: (alert) => [alert.description],
  AlertContext: (alert) => [JSON.stringify(alertContextOf(alert))],
};

/** Reads a deployed rule. Throws for a body that ARM's schema does not allow. */
export function readProcessingRule(resource: ArmResource): ProcessingRule {
  const parsed = propertiesSchema.safeParse(resource.body["properties"]);
  if (!parsed.success) throw new Error(`processing rule ${resource.id}: ${z.prettifyError(parsed.error)}`);
  return { ...parsed.data, id: resource.id };
}

/** All deployed rules. */
export const deployedProcessingRules = (resources: ResourceStore) =>
  resources.list("Microsoft.AlertsManagement/actionRules").map(readProcessingRule);

/** A list of values is "any of" for the positive operators and "none of" for the negative. Case is ignored. */
function holds({ field, operator, values }: Condition, alert: AlertRecord): boolean {
  const actual = FIELD_VALUES[field](alert).map((text) => text.toLowerCase());
  const wanted = values.map((text) => text.toLowerCase());
  const equals = actual.some((text) => wanted.includes(text));
  const contains = actual.some((text) => wanted.some((part) => text.includes(part)));
  switch (operator) {
    case "Equals":
      return equals;
    case "NotEquals":
      return !equals;
    case "Contains":
      return contains;
    case "DoesNotContain":
      return !contains;
  }
}

function applies(rule: ProcessingRule, alert: AlertRecord, now: number): boolean {
  if (rule.enabled === false) return false;
  if (!rule.scopes.some((scope) => isWithin(alert.resourceId, scope))) return false;
  if (rule.schedule && !isInSchedule(rule.schedule, now)) return false;
  return (rule.conditions ?? []).every((condition) => holds(condition, alert));
}

export interface AttachedGroup {
  actionGroupId: string;
  ruleId: string;
  ruleType: "AlertRule" | "ActionRule";
}

export interface ProcessingDecision {
  /** Groups to tell; each once, whoever named it. */
  groups: AttachedGroup[];
  /** Ids of the rules that took the groups away; empty = nothing was suppressed. */
  suppressedBy: string[];
}

/**
 * What the rules make of an alert: `own` are the groups of the alert rule itself. A rule that removes all groups wins
 * over every rule that adds one (azure-monitor-docs, alerts-processing-rules).
 */
export function decideActionGroups(
  rules: readonly ProcessingRule[],
  alert: AlertRecord,
  own: readonly AttachedGroup[],
  now: number,
): ProcessingDecision {
  const applying = rules.filter((rule) => applies(rule, alert, now));
  const added = applying.flatMap((rule) =>
    rule.actions.flatMap((action) =>
      action.actionType === "AddActionGroups"
        ? action.actionGroupIds.map((actionGroupId) => ({
            actionGroupId,
            ruleId: rule.id,
            ruleType: "ActionRule" as const,
          }))
        : [],
    ),
  );
  const byId = new Map([...added, ...own].map((group) => [group.actionGroupId.toLowerCase(), group]));
  const removing = applying.filter((rule) =>
    rule.actions.some((action) => action.actionType === "RemoveAllActionGroups"),
  );
  return { groups: [...byId.values()], suppressedBy: removing.map((rule) => rule.id) };
}
