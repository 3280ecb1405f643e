/**
 * Least privilege as data: the one table of who may do what, where, why, and which call needs it. The custom role, the
 * grants in Entra, the doctor, the documentation and the tests read it. Pure data: this file imports nothing, and it is
 * the only file of infra/ that src/ may import.
 *
 * A line is added together with the call that needs it and leaves together with it.
 */

/**
 * `worker`: the service principal of the daemon's app registration. `worker-identity`: the user-assigned managed
 * identity of the Container App, trusted by that registration. `playbooks`: the managed identity of the Logic Apps.
 * `azure-monitor` and `sentinel`: Microsoft's own principals behind action groups and automation rules.
 */
export type PermissionPrincipal = "worker" | "worker-identity" | "playbooks" | "azure-monitor" | "sentinel";

/**
 * `subscription`: the whole subscription; `vault`: Watchbell's Key Vault; `application`: the daemon's service principal;
 * `sentinel-workspace`: the workspace of the setting `sentinel`; `playbook-group`: the resource group of the playbooks;
 * `registry`: where the worker's image lies; `database`: Watchbell's PostgreSQL server; `graph`: Microsoft Graph.
 */
export type PermissionScope =
  | "subscription"
  | "vault"
  | "application"
  | "sentinel-workspace"
  | "playbook-group"
  | "registry"
  | "database"
  | "graph";

/**
 * How it is granted: in a custom role of this program (one a principal and scope), by a built-in role of Azure, as an app
 * role in Entra, or as the database's administrator.
 */
export type PermissionGrant =
  | "custom-role"
  | "key-vault-secrets-user"
  | "acr-pull"
  | "sentinel-automation-contributor"
  | "app-role"
  | "database-administrator";

/** Choices of the program's settings; a line with a condition is granted only where all of it holds. */
export interface PermissionCondition {
  readonly monitor?: "read-write";
  readonly sentinel?: "on";
  readonly graph?: "on";
  /** The image lies in a registry that asks for credentials. */
  readonly registry?: "on";
  /** The program makes the database. */
  readonly database?: "on";
}

export interface Permission {
  readonly principal: PermissionPrincipal;
  readonly scope: PermissionScope;
  /** Azure RBAC operation, or the value of the app role. Never a wildcard. */
  readonly action: string;
  readonly grantedBy: PermissionGrant;
  /** Absent = always. */
  readonly onlyIf?: PermissionCondition;
  /** What stops working without it, for people. */
  readonly why: string;
  /** The operation of the published interface that needs it. */
  readonly call: string;
}

const ALERTS: readonly Permission[] = [
  {
    principal: "worker",
    scope: "subscription",
    action: "Microsoft.AlertsManagement/alerts/read",
    grantedBy: "custom-role",
    why: "Poll for alerts that were never pushed, see changes made in Azure, and re-read a pushed alert before it is believed.",
    call: "GET /{scope}/providers/Microsoft.AlertsManagement/alerts and …/alerts/{alertId}",
  },
  {
    principal: "worker",
    scope: "subscription",
    action: "Microsoft.AlertsManagement/alerts/changestate/action",
    grantedBy: "custom-role",
    onlyIf: { monitor: "read-write" },
    why: "Write Acknowledged, Closed and New back to Azure, with the comment that names who and why.",
    call: "POST /{scope}/providers/Microsoft.AlertsManagement/alerts/{alertId}/changestate",
  },
  {
    principal: "azure-monitor",
    scope: "application",
    action: "ActionGroupsSecureWebhook",
    grantedBy: "app-role",
    why: "Action groups present a token with this role to the intake; every other caller is refused (threats J7).",
    call: "POST {publicUrl}/api/v1/intake/azure-monitor",
  },
];

const PLATFORM: readonly Permission[] = [
  {
    principal: "worker-identity",
    scope: "vault",
    action: "Microsoft.KeyVault/vaults/secrets/getSecret/action",
    grantedBy: "key-vault-secrets-user",
    why: "The Container App resolves its secret references (a client secret, the address of your own database) with its managed identity.",
    call: "GET {vault}/secrets/{name}",
  },
  {
    principal: "worker-identity",
    scope: "registry",
    action: "Microsoft.ContainerRegistry/registries/pull/read",
    grantedBy: "acr-pull",
    onlyIf: { registry: "on" },
    why: "Pull the worker's image.",
    call: "GET {registry}/v2/{name}/manifests/{reference}",
  },
  {
    principal: "worker-identity",
    scope: "database",
    action: "Entra administrator",
    grantedBy: "database-administrator",
    onlyIf: { database: "on" },
    why: "Sign in to the database with a token instead of a password, and bring its tables to the version's schema.",
    call: "PostgreSQL protocol, token for https://ossrdbms-aad.database.windows.net",
  },
];

const INCIDENT = "/{workspace}/providers/Microsoft.SecurityInsights/incidents";

/** On the workspace of the setting `sentinel`. */
const INCIDENTS: readonly Permission[] = [
  {
    principal: "worker",
    scope: "sentinel-workspace",
    action: "Microsoft.SecurityInsights/incidents/read",
    grantedBy: "custom-role",
    onlyIf: { sentinel: "on" },
    why: "Read incidents that a playbook reports, poll for those never reported, and re-read one before it is changed.",
    call: `GET ${INCIDENT} and …/incidents/{incidentId}`,
  },
  {
    principal: "worker",
    scope: "sentinel-workspace",
    action: "Microsoft.SecurityInsights/incidents/write",
    grantedBy: "custom-role",
    onlyIf: { sentinel: "on" },
    why: "Write status, owner and classification back to the incident.",
    call: `PUT ${INCIDENT}/{incidentId}`,
  },
  {
    principal: "worker",
    scope: "sentinel-workspace",
    action: "Microsoft.SecurityInsights/incidents/comments/write",
    grantedBy: "custom-role",
    onlyIf: { sentinel: "on" },
    why: "Write who acknowledged, closed or commented as a comment of the incident.",
    call: `PUT ${INCIDENT}/{incidentId}/comments/{commentId}`,
  },
  {
    principal: "playbooks",
    scope: "sentinel-workspace",
    action: "Microsoft.SecurityInsights/incidents/comments/write",
    grantedBy: "custom-role",
    onlyIf: { sentinel: "on" },
    why: "Say on the incident itself that the worker was not reached.",
    call: `PUT ${INCIDENT}/{incidentId}/comments/{commentId}`,
  },
  {
    principal: "playbooks",
    scope: "application",
    action: "ActionGroupsSecureWebhook",
    grantedBy: "app-role",
    onlyIf: { sentinel: "on" },
    why: "Playbooks present a token with this role to the intake, as action groups do.",
    call: "POST {publicUrl}/api/v1/intake/sentinel",
  },
  {
    principal: "sentinel",
    scope: "playbook-group",
    action: "Microsoft.Logic/workflows/triggers/listCallbackUrl/action",
    grantedBy: "sentinel-automation-contributor",
    onlyIf: { sentinel: "on" },
    why: "Automation rules start the playbooks of this group.",
    call: "POST {playbook}/triggers/{trigger}/listCallbackUrl",
  },
];

/** App roles of Microsoft Graph, by value; their ids are looked up when deploying. */
const GRAPH: readonly Permission[] = [
  {
    principal: "worker",
    scope: "graph",
    action: "SecurityIncident.ReadWrite.All",
    grantedBy: "app-role",
    onlyIf: { graph: "on" },
    why: "Read Defender's incidents with their alerts, and write status, owner, classification and comments back.",
    call: "GET and PATCH /v1.0/security/incidents/{id}, POST …/comments",
  },
  {
    principal: "worker",
    scope: "graph",
    action: "SecurityAlert.ReadWrite.All",
    grantedBy: "app-role",
    onlyIf: { graph: "on" },
    why: "Write status and classification of the single alerts of an incident back.",
    call: "GET and PATCH /v1.0/security/alerts_v2/{id}",
  },
];

export const PERMISSIONS: readonly Permission[] = [...ALERTS, ...PLATFORM, ...INCIDENTS, ...GRAPH];

/** What the settings chose; `off` and `read` grant nothing, and neither does a choice that is left out. */
export interface PermissionChoices {
  readonly monitor?: "read" | "read-write";
  readonly sentinel?: "on" | "off";
  readonly graph?: "on" | "off";
  readonly registry?: "on" | "off";
  readonly database?: "on" | "off";
}

/** Whether a line is granted under these choices. */
export function isGranted({ onlyIf = {} }: Permission, choices: PermissionChoices): boolean {
  const names = Object.keys(onlyIf) as (keyof PermissionCondition)[];
  return names.every((name) => choices[name] === onlyIf[name]);
}

/** Actions of one custom role, sorted: their order would be a difference. */
export function customRoleActions(
  principal: PermissionPrincipal,
  scope: PermissionScope,
  choices: PermissionChoices,
  permissions: readonly Permission[] = PERMISSIONS,
): string[] {
  return permissions
    .filter((line) => line.grantedBy === "custom-role" && line.principal === principal && line.scope === scope)
    .filter((line) => isGranted(line, choices))
    .map((line) => line.action)
    .sort();
}

/** Values of the app roles of Microsoft Graph that the worker is granted, sorted. */
export function graphRoles(permissions: readonly Permission[] = PERMISSIONS): string[] {
  return permissions
    .filter((line) => line.scope === "graph")
    .map((line) => line.action)
    .sort();
}

export interface AppRole {
  /** GUID, stable for ever: uuid v5 of `app-role/<value>` in the namespace of naming.ts; a test recomputes it. */
  readonly id: string;
  readonly value: string;
  readonly displayName: string;
  readonly description: string;
  readonly allowedMemberTypes: readonly ("User" | "Application")[];
}

/** App role of the daemon's registration that the secure webhook of action groups must hold. */
export const INTAKE_ROLE: AppRole = {
  id: "8a0c2125-d20f-5dea-b2c3-9f447bfcc88b",
  value: "ActionGroupsSecureWebhook",
  displayName: "Push alerts",
  description: "May push alerts to the intake by secure webhook.",
  allowedMemberTypes: ["Application"],
};

/** App roles of the portal's registration, mightiest first (threats section 5). */
export const PORTAL_ROLES: readonly AppRole[] = [
  {
    id: "d8e0524b-97c7-5fd1-8e65-12093fb48625",
    value: "Admin",
    displayName: "Admin",
    description: "Everything, in all teams: sources, keys, settings, people.",
    allowedMemberTypes: ["User", "Application"],
  },
  {
    id: "0d654315-0936-539b-97ce-380e2a059bc4",
    value: "Manager",
    displayName: "Manager",
    description: "Own teams: schedules, policies, escalation, reports, and everything a Responder may.",
    allowedMemberTypes: ["User", "Application"],
  },
  {
    id: "fb3949b0-ec56-5921-b473-e772d55ab491",
    value: "Responder",
    displayName: "Responder",
    description: "Own teams: acknowledge, take, close and comment alerts.",
    allowedMemberTypes: ["User", "Application"],
  },
  {
    id: "9d532762-2795-52f7-87dd-af2094f5c9ee",
    value: "Viewer",
    displayName: "Viewer",
    description: "Own teams: read alerts, duty and policies.",
    allowedMemberTypes: ["User", "Application"],
  },
];

/** Client ids of Microsoft's own principals, the same in every tenant of the public cloud. */
export const AZURE_MONITOR_CLIENT_ID = "461e8683-5575-4561-ac7f-899cc907d62a";
export const AZURE_SECURITY_INSIGHTS_CLIENT_ID = "98785600-1bb7-4fb9-b9fa-19afe2c8a360";
export const MICROSOFT_GRAPH_CLIENT_ID = "00000003-0000-0000-c000-000000000000";

/** Ids of the built-in roles that the program assigns. */
export const BUILT_IN_ROLES = {
  /** Read secret values, nothing else of the data plane. */
  keyVaultSecretsUser: "4633458b-17de-408a-b874-0445c86b69e6",
  acrPull: "7f951dda-4ed3-4680-a7ca-43fe172d538d",
  sentinelAutomationContributor: "f4c81013-99ee-4d62-a7ee-b3f1f648599a",
  monitoringContributor: "749f88d5-cbae-40b8-bcfc-e573ddc772fa",
  monitoringReader: "43d0d8ad-25c7-4714-9337-8ba259a9fe05",
} as const;
