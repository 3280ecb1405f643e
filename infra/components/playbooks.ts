import { Workflow, type WorkflowArgs } from "@pulumi/azure-native/logic/workflow.js";
import { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity/userAssignedIdentity.js";
import {
  DeploymentStackAtResourceGroup,
  type DeploymentStackAtResourceGroupArgs,
} from "@pulumi/azure-native/resources/deploymentStackAtResourceGroup.js";
import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup.js";
import { AutomationRule, type AutomationRuleArgs } from "@pulumi/azure-native/securityinsights/automationRule.js";
import * as azuread from "@pulumi/azuread";
import * as pulumi from "@pulumi/pulumi";
import { roleDefinitionResourceId, stableGuid } from "../naming.ts";
import { BUILT_IN_ROLES, INTAKE_ROLE } from "../permissions.ts";
import type { AutomationRuleFile, WorkflowFile } from "../workflow-files.ts";
import { IncidentAccess } from "./incident-access.ts";
import { assignRole } from "./role-assignment.ts";
import { collectLogs, type Placement, type Safeguards } from "./safeguards.ts";

export interface PlaybooksArgs extends Omit<Placement, "resourceGroupName">, Omit<Safeguards, "lock"> {
  tenantId: string;
  subscriptionId: string;
  /** A group of its own: Sentinel gets a right on all of it. */
  groupName: string;
  identityName: string;
  roleName: string;
  /** GUID. */
  roleDefinitionId: string;
  /** Resource id of the workspace with Sentinel. */
  workspaceId: string;
  /** Object id of the first-party principal Azure Security Insights in this tenant; looked up, never managed. */
  sentinelObjectId: string;
  /** The worker that is told: its origin, the audience of its tokens, and its service principal. */
  worker: {
    publicUrl: pulumi.Input<string>;
    appIdUri: pulumi.Input<string>;
    servicePrincipalId: pulumi.Input<string>;
  };
  workflows: readonly WorkflowFile[];
}

const CONNECTION = "azuresentinel";
export const SENTINEL_INTAKE_PATH = "/api/v1/intake/sentinel";

/**
 * The Logic Apps that Sentinel runs, and all that lets them run: their identity and its rights, Sentinel's right to start
 * them, and the connection to Sentinel that signs in with the identity.
 */
export class Playbooks extends pulumi.ComponentResource {
  /** Client id of the playbooks' identity, which the worker lets push. */
  readonly identityClientId: pulumi.Output<string>;

  constructor(name: string, args: PlaybooksArgs, options?: pulumi.ComponentResourceOptions) {
    super("watchbell:infra:Playbooks", name, {}, options);
    const { location, tags } = args;
    const group = new ResourceGroup(name, { resourceGroupName: args.groupName, location, tags }, { parent: this });
    const identity = new UserAssignedIdentity(
      name,
      { resourceGroupName: group.name, location, resourceName: args.identityName, tags },
      { parent: this },
    );
    const rights = [this.#mayPush(name, args, identity), this.#mayComment(name, args, identity).granted];
    const mayStart = assignRole(
      `${name}-sentinel-starts`,
      {
        scope: group.id,
        principalId: args.sentinelObjectId,
        roleDefinitionId: roleDefinitionResourceId(args.subscriptionId, BUILT_IN_ROLES.sentinelAutomationContributor),
      },
      { parent: this },
    );
    const connection = new DeploymentStackAtResourceGroup(name, connectionStackArgs(args, group.name), {
      parent: this,
    });
    for (const file of args.workflows) {
      const workflow = new Workflow(`${name}-${file.name}`, workflowArgs(args, file, { group, identity }), {
        parent: this,
        dependsOn: [connection, ...rights],
      });
      collectLogs(`${name}-${file.name}`, workflow, args.logsTo, this);
      if (file.automationRule === undefined) continue;
      // Sentinel checks its right to start the playbook when the rule is saved.
      new AutomationRule(
        `${name}-${file.name}`,
        automationRuleArgs(args, file.name, file.automationRule, workflow.id),
        {
          parent: this,
          dependsOn: mayStart,
        },
      );
    }
    this.identityClientId = identity.clientId;
    this.registerOutputs({ identityClientId: this.identityClientId });
  }

  #mayPush(name: string, args: PlaybooksArgs, identity: UserAssignedIdentity): pulumi.Resource {
    return new azuread.AppRoleAssignment(
      `${name}-may-push`,
      {
        appRoleId: INTAKE_ROLE.id,
        principalObjectId: identity.principalId,
        resourceObjectId: args.worker.servicePrincipalId,
      },
      { parent: this },
    );
  }

  #mayComment(name: string, args: PlaybooksArgs, identity: UserAssignedIdentity): IncidentAccess {
    return new IncidentAccess(
      `${name}-incidents`,
      { ...args, principal: "playbooks", principalId: identity.principalId },
      { parent: this },
    );
  }
}

const managedApiId = ({ subscriptionId, location }: PlaybooksArgs) =>
  `/subscriptions/${subscriptionId}/providers/Microsoft.Web/locations/${location}/managedApis/${CONNECTION}`;
const connectionId = ({ subscriptionId, groupName }: PlaybooksArgs) =>
  `/subscriptions/${subscriptionId}/resourceGroups/${groupName}/providers/Microsoft.Web/connections/${CONNECTION}`;

/**
 * The connection, by a template: the provider's own resource for it cannot say that it signs in with a managed identity
 * (pulumi/pulumi-azure-native#2069). A deployment stack, unlike a deployment, deletes what it made.
 */
export function connectionStackArgs(
  args: PlaybooksArgs,
  resourceGroupName: pulumi.Input<string>,
): DeploymentStackAtResourceGroupArgs {
  return {
    resourceGroupName,
    deploymentStackName: "watchbell-connections",
    description: "Connection of Watchbell's playbooks to Microsoft Sentinel",
    actionOnUnmanage: { resources: "delete", resourceGroups: "detach", managementGroups: "detach" },
    denySettings: { mode: "none" },
    template: {
      $schema: "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
      contentVersion: "1.0.0.0",
      resources: [connectionBody(args)],
    },
    tags: args.tags,
  };
}

export function connectionBody(args: PlaybooksArgs) {
  return {
    type: "Microsoft.Web/connections",
    apiVersion: "2016-06-01",
    name: CONNECTION,
    location: args.location,
    kind: "V1",
    tags: args.tags,
    properties: {
      displayName: CONNECTION,
      customParameterValues: {},
      parameterValueType: "Alternative",
      api: { id: managedApiId(args) },
    },
  };
}

interface PlaybookPlace {
  group: ResourceGroup;
  identity: UserAssignedIdentity;
}

/** The user-assigned identity alone: with a system-assigned one beside it, a connector may silently take that. */
function workflowArgs(args: PlaybooksArgs, file: WorkflowFile, { group, identity }: PlaybookPlace): WorkflowArgs {
  return {
    resourceGroupName: group.name,
    location: args.location,
    workflowName: file.name,
    state: "Enabled",
    identity: { type: "UserAssigned", userAssignedIdentities: [identity.id] },
    definition: file.definition,
    parameters: workflowParameters(args, file, identity.id),
    tags: { ...args.tags, LogicAppsCategory: "security" },
  };
}

/** Values of the parameters that a definition declares. Throws for one that has neither a default nor a value here. */
function workflowParameters(
  args: PlaybooksArgs,
  file: WorkflowFile,
  identityId: pulumi.Output<string>,
): Record<string, { value: unknown }> {
  const known: Readonly<Record<string, unknown>> = {
    $connections: { [CONNECTION]: connectionParameter(args, identityId) },
    intakeUrl: pulumi.interpolate`${args.worker.publicUrl}${SENTINEL_INTAKE_PATH}`,
    intakeAudience: args.worker.appIdUri,
    identityId,
    workspaceId: args.workspaceId,
  };
  const declared = Object.entries(file.definition.parameters);
  for (const [parameter, { defaultValue }] of declared) {
    if (parameter in known || defaultValue !== undefined) continue;
    throw new Error(
      `workflows/${file.name}: parameter ${parameter} has no default, and the program has no value for it`,
    );
  }
  const wanted = declared.filter(([parameter]) => parameter in known);
  return Object.fromEntries(wanted.map(([parameter]) => [parameter, { value: known[parameter] }]));
}

function connectionParameter(args: PlaybooksArgs, identityId: pulumi.Output<string>) {
  return {
    connectionId: connectionId(args),
    connectionName: CONNECTION,
    id: managedApiId(args),
    connectionProperties: { authentication: { type: "ManagedServiceIdentity", identity: identityId } },
  };
}

function automationRuleArgs(
  args: PlaybooksArgs,
  name: string,
  rule: AutomationRuleFile,
  workflowId: pulumi.Input<string>,
): AutomationRuleArgs {
  const { resourceGroup, workspace } = workspaceOf(args.workspaceId);
  return {
    resourceGroupName: resourceGroup,
    workspaceName: workspace,
    automationRuleId: stableGuid(`automation-rule/${args.workspaceId}/${args.groupName}/${name}`.toLowerCase()),
    displayName: rule.displayName,
    order: rule.order,
    triggeringLogic: {
      isEnabled: true,
      triggersOn: rule.triggersOn,
      triggersWhen: rule.triggersWhen,
      conditions: rule.conditions as NonNullable<pulumi.Unwrap<AutomationRuleArgs["triggeringLogic"]>["conditions"]>,
    },
    actions: [
      {
        actionType: "RunPlaybook",
        order: 1,
        actionConfiguration: { logicAppResourceId: workflowId, tenantId: args.tenantId },
      },
    ],
  };
}

/** Parts of a workspace's resource id; its form was checked with the settings. */
export function workspaceOf(id: string): { subscriptionId: string; resourceGroup: string; workspace: string } {
  const [, , subscriptionId = "", , resourceGroup = "", , , , workspace = ""] = id.split("/");
  return { subscriptionId, resourceGroup, workspace };
}
