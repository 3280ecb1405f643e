import type { RoleAssignmentArgs } from "@pulumi/azure-native/authorization/roleAssignment.js";
import { RoleAssignment } from "@pulumi/azure-native/authorization/roleAssignment.js";
import * as pulumi from "@pulumi/pulumi";
import { roleAssignmentName } from "../naming.ts";

export interface Assignment {
  scope: pulumi.Input<string>;
  /** Object id of a service principal or managed identity; a client id would be accepted and grant nothing. */
  principalId: pulumi.Input<string>;
  /** Full id; see `roleDefinitionResourceId`. */
  roleDefinitionId: string;
}

/** Gives a role to a principal. Nothing of an assignment can be updated: it is deleted, then made anew. */
export function assignRole(
  name: string,
  assignment: Assignment,
  { parent, dependsOn = [] }: { parent: pulumi.Resource; dependsOn?: pulumi.Resource[] },
): RoleAssignment {
  return new RoleAssignment(name, roleAssignmentArgs(assignment), {
    parent,
    dependsOn,
    deleteBeforeReplace: true,
    replaceOnChanges: ["roleDefinitionId", "roleAssignmentName"],
  });
}

/** The principal type spares Azure the look-up of a principal that is not replicated yet. */
export function roleAssignmentArgs({ scope, principalId, roleDefinitionId }: Assignment): RoleAssignmentArgs {
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
