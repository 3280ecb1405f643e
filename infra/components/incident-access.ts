import { RoleDefinition } from "@pulumi/azure-native/authorization/roleDefinition.js";
import * as pulumi from "@pulumi/pulumi";
import { roleDefinitionResourceId } from "../naming.ts";
import { customRoleActions } from "../permissions.ts";
import { customRoleArgs } from "./azure-access.ts";
import { assignRole } from "./role-assignment.ts";

export interface IncidentAccessArgs {
  subscriptionId: string;
  /** Resource id of the Log Analytics workspace with Sentinel, in the same subscription. */
  workspaceId: string;
  principal: "worker" | "playbooks";
  roleName: string;
  /** GUID. */
  roleDefinitionId: string;
  /** Object id of the principal. */
  principalId: pulumi.Input<string>;
}

/** What the worker, or the playbooks, may do with incidents: a custom role of permissions.ts on the workspace alone. */
export class IncidentAccess extends pulumi.ComponentResource {
  readonly granted: pulumi.Resource;

  constructor(name: string, args: IncidentAccessArgs, options?: pulumi.ComponentResourceOptions) {
    super("watchbell:infra:IncidentAccess", name, {}, options);
    const role = new RoleDefinition(
      name,
      customRoleArgs({
        ...args,
        description: `Exactly what Watchbell's ${args.principal} does with incidents; see infra/permissions.ts`,
        actions: customRoleActions(args.principal, "sentinel-workspace", { sentinel: "on" }),
      }),
      { parent: this },
    );
    this.granted = assignRole(
      `${name}-assignment`,
      {
        scope: args.workspaceId,
        principalId: args.principalId,
        roleDefinitionId: roleDefinitionResourceId(args.subscriptionId, args.roleDefinitionId),
      },
      { parent: this, dependsOn: [role] },
    );
    this.registerOutputs();
  }
}
