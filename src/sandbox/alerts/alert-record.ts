import { z } from "zod";
import { parseResourceId } from "./resource-id.ts";
import { ALERT_KINDS, ALERT_STATES, SEVERITIES } from "./signal.ts";

/** What Azure keeps of an alert. Written as JSON between starts, hence a schema; instants are epoch milliseconds. */
export const alertRecordSchema = z.strictObject({
  guid: z.guid(),
  subscriptionId: z.string(),
  kind: z.enum(ALERT_KINDS),
  /** Name of the rule, as people see it. */
  rule: z.string(),
  severity: z.enum(SEVERITIES),
  /** AlertsManagement's and the payload's word for the service. */
  monitorService: z.string(),
  monitoringService: z.string(),
  resourceId: z.string(),
  description: z.string(),
  firedAt: z.number(),
  resolvedAt: z.number().nullable(),
  state: z.enum(ALERT_STATES),
  modifiedAt: z.number(),
  modifiedBy: z.string(),
  suppressed: z.boolean(),
  /** What was measured, where the kind measures something. */
  measurement: z.strictObject({
    metricName: z.string(),
    value: z.number(),
    threshold: z.number(),
    dimensions: z.array(z.strictObject({ name: z.string(), value: z.string() })),
    searchQuery: z.string(),
  }),
  customProperties: z.record(z.string(), z.string()).nullable(),
  history: z.array(
    z.strictObject({
      event: z.enum([
        "AlertCreated",
        "StateChange",
        "MonitorConditionChange",
        "SeverityChange",
        "ActionsTriggered",
        "ActionsSuppressed",
      ]),
      oldValue: z.string(),
      newValue: z.string(),
      at: z.number(),
      by: z.string(),
      comments: z.string(),
      description: z.string(),
      /** Action groups concerned, full ids, with the rule that named them. */
      actionGroups: z.array(z.strictObject({ actionGroupId: z.string(), ruleId: z.string(), ruleType: z.string() })),
      /** Processing rules that suppressed them. */
      suppressedBy: z.array(z.string()),
    }),
  ),
});

export type AlertRecord = z.infer<typeof alertRecordSchema>;
export type Modification = AlertRecord["history"][number];
export type Measurement = AlertRecord["measurement"];

/** A history entry with the members that most entries leave empty. */
export function modification(
  entry: Pick<Modification, "event" | "at" | "by" | "description"> & Partial<Modification>,
): Modification {
  return { oldValue: "", newValue: "", comments: "", actionGroups: [], suppressedBy: [], ...entry };
}

/** `Fired` until Azure saw the condition end. */
export const conditionOf = (alert: AlertRecord) => (alert.resolvedAt === null ? "Fired" : "Resolved");

/** Parts of the target resource; a target that is no ARM id stands for itself. */
export function targetOf(alert: AlertRecord) {
  const parts = parseResourceId(alert.resourceId);
  return parts ?? { subscriptionId: alert.subscriptionId, group: "", type: "", name: alert.resourceId };
}
