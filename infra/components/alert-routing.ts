import * as alertsmanagement from "@pulumi/azure-native/alertsmanagement/index.js";
import * as monitor from "@pulumi/azure-native/monitor/index.js";
import * as pulumi from "@pulumi/pulumi";

export interface AlertRoutingArgs {
  resourceGroupName: pulumi.Input<string>;
  subscriptionId: string;
  tenantId: string;
  actionGroupName: string;
  /** At most 12 characters. */
  shortName: string;
  ruleName: string;
  /** Origin of the worker, without trailing slash. */
  publicUrl: pulumi.Input<string>;
  /** Object id of the daemon's application (not of its service principal). */
  applicationObjectId: pulumi.Input<string>;
  appIdUri: pulumi.Input<string>;
  tags: Record<string, string>;
}

/** Where action groups post to. */
export const INTAKE_PATH = "/api/v1/intake/azure-monitor";

/**
 * How alerts reach the worker: one action group that posts to the intake with a token of Entra, and a processing rule
 * that adds it to every alert of the subscription, whichever rule fired it.
 *
 * Azure lets only owners of the daemon's application set its secure webhook, so the caller makes this depend on them.
 */
export class AlertRouting extends pulumi.ComponentResource {
  readonly actionGroupId: pulumi.Output<string>;

  constructor(name: string, args: AlertRoutingArgs, options?: pulumi.ComponentResourceOptions) {
    super("watchbell:infra:AlertRouting", name, {}, options);
    const actionGroup = new monitor.ActionGroup(name, actionGroupArgs(args), { parent: this });
    new alertsmanagement.AlertProcessingRuleByName(`${name}-every-alert`, processingRuleArgs(args, actionGroup.id), {
      parent: this,
    });
    this.actionGroupId = actionGroup.id;
    this.registerOutputs({ actionGroupId: this.actionGroupId });
  }
}

/** Action groups are global; "allowed locations" policies must list `global`. */
export function actionGroupArgs(args: AlertRoutingArgs): monitor.ActionGroupArgs {
  return {
    resourceGroupName: args.resourceGroupName,
    actionGroupName: args.actionGroupName,
    location: "Global",
    groupShortName: args.shortName,
    enabled: true,
    webhookReceivers: [
      {
        name: "watchbell-intake",
        serviceUri: pulumi.interpolate`${args.publicUrl}${INTAKE_PATH}`,
        useCommonAlertSchema: true,
        useAadAuth: true,
        objectId: args.applicationObjectId,
        identifierUri: args.appIdUri,
        tenantId: args.tenantId,
      },
    ],
    tags: args.tags,
  };
}

/**
 * One rule per subscription: Azure refuses several in one. No conditions: an alert about Watchbell's own resources must
 * wake somebody too, and the worker fires none itself, so there is no loop.
 */
export function processingRuleArgs(
  args: AlertRoutingArgs,
  actionGroupId: pulumi.Input<string>,
): alertsmanagement.AlertProcessingRuleByNameArgs {
  return {
    resourceGroupName: args.resourceGroupName,
    alertProcessingRuleName: args.ruleName,
    location: "Global",
    properties: {
      description: "Watchbell hears of every alert of this subscription",
      enabled: true,
      scopes: [`/subscriptions/${args.subscriptionId}`],
      actions: [{ actionType: "AddActionGroups", actionGroupIds: [actionGroupId] }],
    },
    tags: args.tags,
  };
}
