import { ActionGroup, type ActionGroupArgs } from "@pulumi/azure-native/monitor/actionGroup.js";
import { ActivityLogAlert } from "@pulumi/azure-native/monitor/activityLogAlert.js";
import { ScheduledQueryRule, type ScheduledQueryRuleArgs } from "@pulumi/azure-native/monitor/scheduledQueryRule.js";
import * as pulumi from "@pulumi/pulumi";
import type { ClientSecretTerm } from "../rotation.ts";
import type { Placement } from "./safeguards.ts";
import {
  directoryChangeQuery,
  failedSignInQuery,
  heartbeatQuery,
  lateOutboxQuery,
  secretEndQuery,
  secretUsedQuery,
} from "./watch-queries.ts";

export interface SelfWatchArgs extends Placement {
  subscriptionId: string;
  /** Resource id of the workspace; undefined = nothing is queried (a spoke has no logs of its own). */
  workspaceId?: pulumi.Input<string>;
  /** Start of the rules' names, unique in the group. */
  rulePrefix: string;
  operatorsGroupName: string;
  /** At most 12 characters. */
  operatorsShortName: string;
  /** Mail addresses; may be empty: then rules fire without telling anybody. */
  operators: readonly string[];
  /** Name of the Container App; undefined = there is none to watch. */
  appName?: string;
  /** Object ids of Watchbell's directory objects; undefined = they belong to another stack. */
  directory?: { servicePrincipalId: pulumi.Input<string>; objectIds: pulumi.Input<string>[] };
  /** The client secret in use; undefined = there is none, and none may be used. */
  secret?: ClientSecretTerm | undefined;
  /** GUID of the custom role; undefined = a built-in one, which nobody can change. */
  roleDefinitionId?: string | undefined;
}

/** Lateness that the product promises to stay under (design: an operational alert within two minutes). */
const OUTBOX_LATE_SECONDS = 60;
/** Key Vault and Entra announce an end at the same distance. */
const SECRET_END_DAYS = 30;

interface WatchRule {
  name: string;
  title: string;
  description: string;
  severity: 0 | 1 | 2 | 3 | 4;
  query: pulumi.Input<string>;
  /** Fires when the rows of a window are fewer than one, or more than this number. */
  when: "no-row" | { rowsOver: number };
  frequency: string;
  window: string;
}

/**
 * Alert rules that watch Watchbell itself. They tell the operators by an action group of their own, past the worker, which
 * may be what is broken; the processing rule of AlertRouting leaves them out, so that none comes back as a call.
 */
export class SelfWatch extends pulumi.ComponentResource {
  constructor(name: string, args: SelfWatchArgs, options?: pulumi.ComponentResourceOptions) {
    super("watchbell:infra:SelfWatch", name, {}, options);
    const operators = new ActionGroup(`${name}-operators`, operatorsGroupArgs(args), { parent: this });
    for (const rule of watchRules(args)) {
      new ScheduledQueryRule(`${name}-${rule.name}`, queryRuleArgs(args, rule, operators.id), {
        parent: this,
        // Azure refuses to change the scope of a rule.
        replaceOnChanges: ["scopes"],
        deleteBeforeReplace: true,
      });
    }
    if (args.roleDefinitionId !== undefined) this.#watchRole(name, args, args.roleDefinitionId, operators.id);
    this.registerOutputs();
  }

  /** From the subscription's activity log, which is always there and costs nothing. */
  #watchRole(name: string, args: SelfWatchArgs, roleDefinitionId: string, operatorsId: pulumi.Input<string>): void {
    const operation = (equals: string) => ({ field: "operationName", equals });
    new ActivityLogAlert(
      `${name}-${ROLE_RULE}`,
      {
        resourceGroupName: args.resourceGroupName,
        activityLogAlertName: `${args.rulePrefix}${ROLE_RULE}`,
        location: "Global",
        description: "The custom role of Watchbell was changed or deleted",
        enabled: true,
        scopes: [`/subscriptions/${args.subscriptionId}`],
        condition: {
          allOf: [
            { field: "category", equals: "Administrative" },
            {
              field: "resourceId",
              equals: `/subscriptions/${args.subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${roleDefinitionId}`,
            },
            {
              anyOf: [
                operation("Microsoft.Authorization/roleDefinitions/write"),
                operation("Microsoft.Authorization/roleDefinitions/delete"),
              ],
            },
          ],
        },
        actions: { actionGroups: [{ actionGroupId: operatorsId }] },
        tags: args.tags,
      },
      { parent: this },
    );
  }
}

const ROLE_RULE = "role-changed";

function operatorsGroupArgs(args: SelfWatchArgs): ActionGroupArgs {
  return {
    resourceGroupName: args.resourceGroupName,
    actionGroupName: args.operatorsGroupName,
    location: "Global",
    groupShortName: args.operatorsShortName,
    enabled: true,
    emailReceivers: args.operators.map((emailAddress, index) => ({
      name: `operator-${index}`,
      emailAddress,
      useCommonAlertSchema: true,
    })),
    tags: args.tags,
  };
}

/** The rules that these args call for. */
export function watchRules(args: SelfWatchArgs): WatchRule[] {
  if (args.workspaceId === undefined) return [];
  return [
    ...(args.appName === undefined ? [] : workerRules(args.appName)),
    ...(args.directory === undefined ? [] : directoryRules(args.directory, args.secret)),
    ...(args.secret === undefined ? [] : [secretRule(args.secret)]),
  ];
}

function workerRules(appName: string): WatchRule[] {
  return [
    {
      name: "heartbeat",
      title: "Watchbell gives no sign of life",
      description: "The worker writes a line a minute. Look at the Container App's revisions and console log.",
      severity: 0,
      query: heartbeatQuery(appName),
      when: "no-row",
      frequency: "PT5M",
      window: "PT10M",
    },
    {
      name: "outbox",
      title: "Messages of Watchbell wait for more than a minute",
      description: "A channel fails or the worker is slow. Run watchbell doctor, and look at the health page.",
      severity: 1,
      query: lateOutboxQuery(appName, OUTBOX_LATE_SECONDS),
      when: { rowsOver: 0 },
      frequency: "PT5M",
      window: "PT5M",
    },
  ];
}

/** They see something only when the tenant's logs reach the workspace (setting `tenantLogs`), minutes to hours late. */
function directoryRules(
  directory: NonNullable<SelfWatchArgs["directory"]>,
  secret: ClientSecretTerm | undefined,
): WatchRule[] {
  const principal = pulumi.output(directory.servicePrincipalId);
  const slow = { severity: 2 as const, frequency: "PT15M", window: "PT1H" };
  const rules: WatchRule[] = [
    {
      ...slow,
      name: "failed-sign-ins",
      title: "Sign-ins of Watchbell fail",
      description: "The service principal was refused. Secret expired, consent withdrawn, or somebody tries.",
      query: principal.apply(failedSignInQuery),
      when: { rowsOver: 5 },
    },
    {
      ...slow,
      name: "directory-changes",
      title: "Credentials, owners or grants of Watchbell were changed",
      description: "Somebody changed an app registration or enterprise application of Watchbell. Was it a deployment?",
      query: pulumi.all(directory.objectIds).apply(directoryChangeQuery),
      when: { rowsOver: 0 },
    },
  ];
  if (secret !== undefined) return rules;
  return [
    ...rules,
    {
      ...slow,
      severity: 1,
      name: "unexpected-secret",
      title: "Somebody signs in as Watchbell with a secret",
      description: "Watchbell has no secret. Look at the registration's credentials and remove what is not ours.",
      query: principal.apply(secretUsedQuery),
      when: { rowsOver: 0 },
    },
  ];
}

function secretRule(secret: ClientSecretTerm): WatchRule {
  return {
    name: "secret-end",
    title: "Watchbell's client secret ends soon",
    description: "Run pulumi up: it makes the next secret. Then update whoever copied the old one.",
    severity: 2,
    query: secretEndQuery(secret, SECRET_END_DAYS),
    when: { rowsOver: 0 },
    frequency: "P1D",
    window: "P1D",
  };
}

function queryRuleArgs(
  args: SelfWatchArgs,
  rule: WatchRule,
  operatorsId: pulumi.Input<string>,
): ScheduledQueryRuleArgs {
  const noRow = rule.when === "no-row";
  return {
    resourceGroupName: args.resourceGroupName,
    location: args.location,
    ruleName: `${args.rulePrefix}${rule.name}`,
    kind: "LogAlert",
    displayName: rule.title,
    description: rule.description,
    severity: rule.severity,
    enabled: true,
    scopes: args.workspaceId === undefined ? [] : [args.workspaceId],
    evaluationFrequency: rule.frequency,
    windowSize: rule.window,
    autoMitigate: true,
    // The tables appear with their first row.
    skipQueryValidation: true,
    criteria: {
      allOf: [
        {
          query: rule.query,
          timeAggregation: "Count",
          operator: noRow ? "LessThan" : "GreaterThan",
          threshold: rule.when === "no-row" ? 1 : rule.when.rowsOver,
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 },
        },
      ],
    },
    actions: { actionGroups: [operatorsId] },
    tags: args.tags,
  };
}

/** Resource ids of every rule that these args make, for the processing rule that must leave them out. */
export function watchRuleIds(args: SelfWatchArgs, resourceGroup: string): string[] {
  const group = `/subscriptions/${args.subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Insights`;
  return [
    ...watchRules(args).map((rule) => `${group}/scheduledQueryRules/${args.rulePrefix}${rule.name}`),
    ...(args.roleDefinitionId === undefined ? [] : [`${group}/activityLogAlerts/${args.rulePrefix}${ROLE_RULE}`]),
  ];
}
