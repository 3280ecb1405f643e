import {
  AlertProcessingRuleByName,
  type AlertProcessingRuleByNameArgs,
} from "@pulumi/azure-native/alertsmanagement/alertProcessingRuleByName.js";
import { ActionGroup, type ActionGroupArgs } from "@pulumi/azure-native/monitor/actionGroup.js";
import * as pulumi from "@pulumi/pulumi";
import { type Placement, waitingFor } from "./safeguards.ts";

export interface AlertRoutingArgs extends Omit<Placement, "location"> {
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
  /** Resource ids of the alert rules that watch Watchbell itself. */
  ownRuleIds: readonly string[];
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
    const actionGroup = new ActionGroup(name, actionGroupArgs(args), { parent: this, ...waitingFor(options) });
    new AlertProcessingRuleByName(`${name}-every-alert`, processingRuleArgs(args, actionGroup.id), {
      parent: this,
    });
    this.actionGroupId = actionGroup.id;
    this.registerOutputs({ actionGroupId: this.actionGroupId });
  }
}

/** Action groups are global; "allowed locations" policies must list `global`. */
export function actionGroupArgs(args: AlertRoutingArgs): ActionGroupArgs {
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
 * One rule per subscription: Azure refuses several in one. Alerts about Watchbell's own resources are taken as all others;
 * left out are only the rules that watch Watchbell, whose alerts go to the operators and must not become calls of what is
 * in trouble.
 */
export function processingRuleArgs(
  args: AlertRoutingArgs,
  actionGroupId: pulumi.Input<string>,
): AlertProcessingRuleByNameArgs {
  return {
    resourceGroupName: args.resourceGroupName,
    alertProcessingRuleName: args.ruleName,
    location: "Global",
    properties: {
      description: "Watchbell hears of every alert of this subscription",
      enabled: true,
      scopes: [`/subscriptions/${args.subscriptionId}`],
      ...(args.ownRuleIds.length === 0
        ? {}
        : { conditions: [{ field: "AlertRuleId", operator: "NotEquals", values: [...args.ownRuleIds].sort() }] }),
      actions: [{ actionType: "AddActionGroups", actionGroupIds: [actionGroupId] }],
    },
    tags: args.tags,
  };
}
