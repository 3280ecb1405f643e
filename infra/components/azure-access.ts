import { RoleDefinition, type RoleDefinitionArgs } from "@pulumi/azure-native/authorization/roleDefinition.js";
import * as pulumi from "@pulumi/pulumi";
import { roleDefinitionResourceId } from "../naming.ts";
import { BUILT_IN_ROLES, customRoleActions } from "../permissions.ts";
import { assignRole } from "./role-assignment.ts";

export interface AzureAccessArgs {
  subscriptionId: string;
  /** Setting `monitor`. */
  monitor: "read" | "read-write";
  /** Setting `role`. */
  role: "custom" | "monitoring-contributor" | "monitoring-reader";
  roleName: string;
  /** GUID. */
  roleDefinitionId: string;
  /** Object id (not client id) of the daemon's service principal. */
  principalId: pulumi.Input<string>;
}

/** What the worker may do in Azure: the custom role of permissions.ts, given to it on the whole subscription. */
export class AzureAccess extends pulumi.ComponentResource {
  readonly roleDefinitionId: pulumi.Output<string>;
  /** The right itself; a worker that starts before it is refused for a while. */
  readonly granted: pulumi.Resource;

  constructor(name: string, args: AzureAccessArgs, options?: pulumi.ComponentResourceOptions) {
    super("watchbell:infra:AzureAccess", name, {}, options);
    const { id, made } = this.#role(name, args);
    this.granted = assignRole(
      `${name}-worker`,
      { scope: `/subscriptions/${args.subscriptionId}`, principalId: args.principalId, roleDefinitionId: id },
      { parent: this, dependsOn: made },
    );
    this.roleDefinitionId = pulumi.output(id);
    this.registerOutputs({ roleDefinitionId: this.roleDefinitionId });
  }

  /** The id is written out rather than read from the resource, so that a preview shows it and the spelling is ours. */
  #role(name: string, args: AzureAccessArgs): { id: string; made: pulumi.Resource[] } {
    if (args.role !== "custom") {
      const role = args.role === "monitoring-reader" ? "monitoringReader" : "monitoringContributor";
      return { id: roleDefinitionResourceId(args.subscriptionId, BUILT_IN_ROLES[role]), made: [] };
    }
    const role = new RoleDefinition(name, monitorRoleArgs(args), { parent: this });
    return { id: roleDefinitionResourceId(args.subscriptionId, args.roleDefinitionId), made: [role] };
  }
}

export function monitorRoleArgs(args: AzureAccessArgs): RoleDefinitionArgs {
  return customRoleArgs({
    ...args,
    description: "Exactly what Watchbell's worker calls; see infra/permissions.ts",
    actions: customRoleActions("worker", "subscription", { monitor: args.monitor }),
  });
}

export interface CustomRole {
  subscriptionId: string;
  roleName: string;
  /** GUID. */
  roleDefinitionId: string;
  description: string;
  actions: string[];
}

/** A role without wildcards, assignable in one subscription. */
export function customRoleArgs(role: CustomRole): RoleDefinitionArgs {
  const scope = `/subscriptions/${role.subscriptionId}`;
  return {
    scope,
    roleDefinitionId: role.roleDefinitionId,
    roleName: role.roleName,
    description: role.description,
    roleType: "CustomRole",
    assignableScopes: [scope],
    permissions: [{ actions: role.actions, notActions: [], dataActions: [], notDataActions: [] }],
  };
}
