import { z } from "zod";
import { authorizationFailed } from "./arm-errors.ts";
import { BUILT_IN_ROLES } from "./built-in-roles.ts";
import { isWithin } from "./resources.ts";
import type { ArmResource, Principal, SandboxResponse, World } from "./world.ts";

/** One block of a role definition, as ARM shows it. */
export interface RolePermissions {
  actions: string[];
  notActions: string[];
}

const assignmentProperties = z.looseObject({ principalId: z.string(), roleDefinitionId: z.string() });
const definitionProperties = z.looseObject({
  permissions: z.array(
    z.looseObject({ actions: z.array(z.string()).default([]), notActions: z.array(z.string()).default([]) }),
  ),
});

/** True when a role pattern (`*` stands for any text) names the action; case is ignored. */
export function matchesAction(pattern: string, action: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\/]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "i").test(action);
}

/** Undefined when the principal may perform the action at the scope, else ARM's 403. The owner may do everything. */
export function denial(world: World, principal: Principal, action: string, scope: string): SandboxResponse | undefined {
  return isAllowed(world, principal, action, scope) ? undefined : authorizationFailed(principal, action, scope);
}

/**
 * Azure's rule: the union over the roles assigned at the scope or above; a role gives its actions less its own
 * notActions, and what another role gives is not taken away.
 */
export function isAllowed(world: World, principal: Principal, action: string, scope: string): boolean {
  if (principal.denied === true) return false;
  if (principal.owner) return true;
  return permissionsAt(world, principal.objectId, scope).some(
    ({ actions, notActions }) =>
      actions.some((pattern) => matchesAction(pattern, action)) &&
      !notActions.some((pattern) => matchesAction(pattern, action)),
  );
}

/** The permissions that a principal's assignments at or above a scope give. */
export function permissionsAt(world: World, principalObjectId: string, scope: string): RolePermissions[] {
  return assignmentsOf(world, principalObjectId)
    .filter((assignment) => isWithin(scope, assignment.scope))
    .flatMap((assignment) => permissionsOfRole(world, assignment.roleDefinitionId));
}

/** Where a principal has which role. */
export function assignmentsOf(world: World, principalObjectId: string): { scope: string; roleDefinitionId: string }[] {
  return world.resources.list("Microsoft.Authorization/roleAssignments").flatMap((resource) => {
    const properties = assignmentProperties.safeParse(resource.body["properties"]);
    if (!properties.success || properties.data.principalId.toLowerCase() !== principalObjectId.toLowerCase()) return [];
    return [{ scope: assignmentScope(resource), roleDefinitionId: properties.data.roleDefinitionId }];
  });
}

/** An assignment is an extension of the thing it is about: its scope is the id before the last `/providers/`. */
function assignmentScope(assignment: ArmResource): string {
  return assignment.id.slice(0, assignment.id.toLowerCase().lastIndexOf("/providers/"));
}

function permissionsOfRole(world: World, roleDefinitionId: string): RolePermissions[] {
  const name = roleDefinitionId.split("/").at(-1)?.toLowerCase();
  const builtIn = BUILT_IN_ROLES.find((role) => role.name === name);
  if (builtIn !== undefined) return builtIn.permissions;
  const deployed = world.resources
    .list("Microsoft.Authorization/roleDefinitions")
    .find((resource) => resource.id.split("/").at(-1)?.toLowerCase() === name);
  const properties = definitionProperties.safeParse(deployed?.body["properties"]);
  return properties.success ? properties.data.permissions : [];
}
