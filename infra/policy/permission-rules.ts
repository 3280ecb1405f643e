import { BROAD_ROLES } from "../../src/permissions-diff/names.ts";
import {
  holdsHidden,
  isHidden,
  isRecord,
  listAt,
  textAt,
  textsAt,
  type Values,
} from "../../src/permissions-diff/state-values.ts";
import type { ResourceRule } from "./rule.ts";

const ROLE_DEFINITION = "azure-native:authorization:RoleDefinition";
const ROLE_ASSIGNMENT = "azure-native:authorization:RoleAssignment";
const SERVICE_PRINCIPAL = "azuread:index/servicePrincipal:ServicePrincipal";

/** Rights are read by people before they are given: they are literal, narrow and below one subscription. */
export const PERMISSION_RULES: readonly ResourceRule[] = [
  {
    name: "no-wildcard-actions",
    level: "mandatory",
    description: "A custom role names each action; no wildcard.",
    reason: "A wildcard also allows what Azure adds next year; nobody has read that.",
    types: [ROLE_DEFINITION],
    violations: ({ inputs }) => wildcards(inputs),
  },
  {
    name: "no-broad-roles",
    level: "mandatory",
    description: "Nobody is assigned Owner, Contributor, or a role that hands out roles.",
    reason: "Whoever takes over the worker would have the subscription.",
    types: [ROLE_ASSIGNMENT],
    violations: ({ inputs }) => broadRole(inputs["roleDefinitionId"]),
  },
  {
    name: "rights-within-a-subscription",
    level: "mandatory",
    description:
      "Roles are defined and assigned in one subscription or below, never for a management group or the tenant.",
    reason: "One deployment is for one subscription; a right above it reaches subscriptions whose owners did not ask.",
    types: [ROLE_DEFINITION, ROLE_ASSIGNMENT],
    violations: ({ inputs }) =>
      [textAt(inputs, "scope"), ...textsAt(inputs, "assignableScopes")]
        .filter((scope) => scope.startsWith("/") && !/^\/subscriptions\/[^/]+/i.test(scope))
        .map((scope) => `scope ${scope} is above a subscription`),
  },
  {
    name: "sign-in-by-assignment",
    level: "mandatory",
    description: "A service principal gives tokens only to those who were assigned to it.",
    reason: "Without it every account and application of the tenant gets a token for the intake.",
    types: [SERVICE_PRINCIPAL],
    violations: ({ inputs }) =>
      inputs["appRoleAssignmentRequired"] === true ? [] : ["appRoleAssignmentRequired is not true"],
  },
  {
    name: "no-adopted-principals",
    level: "mandatory",
    description: "No service principal that exists already is taken over (`useExisting`); it is looked up instead.",
    reason:
      "A destroy deletes it from the tenant, Microsoft's own ones too. `retainOnDelete` would keep it, but no policy sees that option.",
    types: [SERVICE_PRINCIPAL],
    violations: ({ inputs }) => (inputs["useExisting"] ? ["useExisting is set"] : []),
  },
  {
    name: "no-directory-roles",
    level: "mandatory",
    description: "Nobody is given a role of the directory.",
    reason: "App roles of Microsoft Graph do what the product needs; a directory role does far more.",
    types: ["azuread:index/directoryRoleAssignment:DirectoryRoleAssignment"],
    violations: ({ inputs }) => [`directory role ${textAt(inputs, "roleId")} is assigned`],
  },
];

function wildcards(inputs: Values): string[] {
  const permissions = listAt(inputs, "permissions");
  if (holdsHidden(permissions)) return ["the actions are not known before the deployment: write them out"];
  return permissions
    .filter(isRecord)
    .flatMap((permission) => [...textsAt(permission, "actions"), ...textsAt(permission, "dataActions")])
    .filter((action) => action.includes("*"))
    .map((action) => `action ${action} is a wildcard`);
}

function broadRole(id: unknown): string[] {
  if (typeof id !== "string" || isHidden(id)) {
    return ["the role is not known before the deployment: write its id out, see roleDefinitionResourceId"];
  }
  const guid = id.slice(id.lastIndexOf("/") + 1).toLowerCase();
  const name = BROAD_ROLES[guid];
  return name === undefined ? [] : [`role ${name} is assigned`];
}
