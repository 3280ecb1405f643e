import { z } from "zod";
import type { ResourceStore } from "../world.ts";

const receiverSchema = z.object({
  name: z.string(),
  serviceUri: z.url({ protocol: /^https?$/ }),
  useCommonAlertSchema: z.boolean().nullish(),
  useAadAuth: z.boolean().nullish(),
  identifierUri: z.string().nullish(),
});
const groupSchema = z.object({
  enabled: z.boolean().nullish(),
  webhookReceivers: z.array(receiverSchema).nullish(),
});
export type WebhookReceiver = z.infer<typeof receiverSchema>;

/**
 * Webhook receivers of a deployed action group (`Microsoft.Insights/actionGroups`); none when the group is disabled or
 * not deployed. Other kinds of receiver (mail, SMS) have nothing to reach here. Throws for a malformed body.
 */
export function webhookReceivers(resources: ResourceStore, actionGroupId: string): WebhookReceiver[] {
  const resource = resources.get(actionGroupId);
  if (resource === undefined) return [];
  const parsed = groupSchema.safeParse(resource.body["properties"]);
  if (!parsed.success) throw new Error(`action group ${actionGroupId}: ${z.prettifyError(parsed.error)}`);
  return parsed.data.enabled === false ? [] : (parsed.data.webhookReceivers ?? []);
}

const ruleActionSchema = z.looseObject({
  actionGroupId: z.string().optional(),
  actionGroups: z.union([z.array(z.string()), z.array(z.looseObject({ actionGroupId: z.string() }))]).optional(),
});

/** Every place in which the rule types name their groups: metric (list), log (`actionGroups`), activity log (objects). */
const ruleSchema = z.looseObject({
  actions: z.union([z.array(ruleActionSchema), ruleActionSchema]).nullish(),
});

/** Action groups that a deployed alert rule names itself; none when there is no such rule. */
export function groupsOfRule(resources: ResourceStore, ruleId: string): string[] {
  const parsed = ruleSchema.safeParse(resources.get(ruleId)?.body["properties"] ?? {});
  const actions = parsed.data?.actions ?? [];
  return (Array.isArray(actions) ? actions : [actions]).flatMap((action) => [
    ...(action.actionGroupId === undefined ? [] : [action.actionGroupId]),
    ...(action.actionGroups ?? []).map((group) => (typeof group === "string" ? group : group.actionGroupId)),
  ]);
}
