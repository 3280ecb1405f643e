import * as authorization from "@pulumi/azure-native/authorization/index.js";
import * as pulumi from "@pulumi/pulumi";
import { roleAssignmentName, roleDefinitionResourceId } from "../naming.ts";
import { PERMISSIONS, type Permission } from "../permissions.ts";

export interface AzureAccessArgs {
  subscriptionId: string;
  /** Setting `monitor`. */
  monitor: "read" | "read-write";
  roleName: string;
  /** GUID. */
  roleDefinitionId: string;
  /** Object id (not client id) of the daemon's service principal. */
  principalId: pulumi.Input<string>;
  hooks?: pulumi.ResourceHookBinding;
}

/** What the worker may do in Azure: the custom role of permissions.ts, given to it on the whole subscription. */
export class AzureAccess extends pulumi.ComponentResource {
  readonly roleDefinitionId: pulumi.Output<string>;

  constructor(name: string, args: AzureAccessArgs, options?: pulumi.ComponentResourceOptions) {
    super("watchbell:infra:AzureAccess", name, {}, options);
    const role = new authorization.RoleDefinition(name, roleDefinitionArgs(args), { parent: this });
    const roleDefinitionId = roleDefinitionResourceId(args.subscriptionId, args.roleDefinitionId);
    new authorization.RoleAssignment(
      `${name}-worker`,
      roleAssignmentArgs(`/subscriptions/${args.subscriptionId}`, args.principalId, roleDefinitionId),
      roleAssignmentOptions(this, [role], args.hooks),
    );
    this.roleDefinitionId = pulumi.output(roleDefinitionId);
    this.registerOutputs({ roleDefinitionId: this.roleDefinitionId });
  }
}

/** Actions of the custom role, sorted: their order would be a difference. */
export function customRoleActions(
  monitor: "read" | "read-write",
  permissions: readonly Permission[] = PERMISSIONS,
): string[] {
  return permissions
    .filter((permission) => permission.grantedBy === "custom-role")
    .filter((permission) => permission.onlyIfMonitor === undefined || permission.onlyIfMonitor === monitor)
    .map((permission) => permission.action)
    .sort();
}

export function roleDefinitionArgs(args: AzureAccessArgs): authorization.RoleDefinitionArgs {
  const scope = `/subscriptions/${args.subscriptionId}`;
  return {
    scope,
    roleDefinitionId: args.roleDefinitionId,
    roleName: args.roleName,
    description: "Exactly what Watchbell's worker calls; see infra/permissions.ts",
    roleType: "CustomRole",
    assignableScopes: [scope],
    permissions: [{ actions: customRoleActions(args.monitor), notActions: [], dataActions: [], notDataActions: [] }],
  };
}

/** The principal type spares Azure the look-up of a principal that is not replicated yet. */
export function roleAssignmentArgs(
  scope: pulumi.Input<string>,
  principalId: pulumi.Input<string>,
  roleDefinitionId: string,
): authorization.RoleAssignmentArgs {
  return {
    scope,
    principalId,
    principalType: "ServicePrincipal",
    roleDefinitionId,
    roleAssignmentName: pulumi
      .all([scope, principalId])
      .apply(([where, who]) => roleAssignmentName(where, who, roleDefinitionId)),
  };
}

/** Nothing of an assignment can be updated: it is deleted, then made anew. */
export function roleAssignmentOptions(
  parent: pulumi.Resource,
  dependsOn: pulumi.Resource[],
  hooks?: pulumi.ResourceHookBinding,
): pulumi.CustomResourceOptions {
  return {
    parent,
    dependsOn,
    deleteBeforeReplace: true,
    replaceOnChanges: ["roleDefinitionId", "roleAssignmentName"],
    ...(hooks === undefined ? {} : { hooks }),
  };
}
