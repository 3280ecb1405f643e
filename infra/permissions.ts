/**
 * Least privilege as data: the one table of who may do what, where, why, and which call needs it. The custom role, the
 * grants in Entra, the doctor, the documentation and the tests read it. Pure data: this file imports nothing, and it is
 * the only file of infra/ that src/ may import.
 *
 * A line is added together with the call that needs it and leaves together with it.
 */

/**
 * `worker`: the service principal of the daemon's app registration. `worker-identity`: the user-assigned managed
 * identity of the Container App, trusted by that registration. `azure-monitor`: Microsoft's own principal behind
 * action groups.
 */
export type PermissionPrincipal = "worker" | "worker-identity" | "azure-monitor";

/** `subscription`: the whole subscription; `vault`: Watchbell's Key Vault; `application`: the daemon's service principal. */
export type PermissionScope = "subscription" | "vault" | "application";

/** How it is granted: in the custom role of this program, by a built-in role of Azure, or as an app role in Entra. */
export type PermissionGrant = "custom-role" | "key-vault-secrets-user" | "app-role";

export interface Permission {
  readonly principal: PermissionPrincipal;
  readonly scope: PermissionScope;
  /** Azure RBAC operation, or the value of the app role. Never a wildcard. */
  readonly action: string;
  readonly grantedBy: PermissionGrant;
  /** Granted only where the setting `monitor` has this value; absent = always. */
  readonly onlyIfMonitor?: "read-write";
  /** What stops working without it, for people. */
  readonly why: string;
  /** The operation of the published interface that needs it. */
  readonly call: string;
}

export const PERMISSIONS: readonly Permission[] = [
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
    onlyIfMonitor: "read-write",
    why: "Write Acknowledged, Closed and New back to Azure, with the comment that names who and why.",
    call: "POST /{scope}/providers/Microsoft.AlertsManagement/alerts/{alertId}/changestate",
  },
  {
    principal: "worker-identity",
    scope: "vault",
    action: "Microsoft.KeyVault/vaults/secrets/getSecret/action",
    grantedBy: "key-vault-secrets-user",
    why: "The Container App resolves its secret references (the database's address) with its managed identity.",
    call: "GET {vault}/secrets/{name}",
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

/** Client id of the principal behind Azure Monitor's action groups, the same in every tenant of the public cloud. */
export const AZURE_MONITOR_CLIENT_ID = "461e8683-5575-4561-ac7f-899cc907d62a";

/** Built-in role "Key Vault Secrets User": read secret values, nothing else of the data plane. */
export const KEY_VAULT_SECRETS_USER_ROLE_ID = "4633458b-17de-408a-b874-0445c86b69e6";
