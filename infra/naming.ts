import { createHash } from "node:crypto";

/** Namespace of every uuid v5 of this program (itself uuid v5 of `https://github.com/watchbell` in the URL namespace). */
const NAMESPACE = "b1478b22-c9b0-5dd9-a135-24127b4484dc";

/** RFC 9562 uuid version 5 of `name`: the same name gives the same GUID in every run and on every machine. */
export function stableGuid(name: string): string {
  const namespace = Buffer.from(NAMESPACE.replaceAll("-", ""), "hex");
  const bytes = createHash("sha1").update(namespace).update(name, "utf8").digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/**
 * Names of one environment. Those a person must recognise are fixed. A `…Prefix` gets 8 random characters appended by the
 * provider: such names are unique in the world (vault, database, registry), stay reserved after deletion (vault,
 * workspace), or what is in them may still be held by Azure when a destroy is followed by an `up` (network).
 */
export interface Names {
  readonly resourceGroup: string;
  readonly identity: string;
  readonly vaultPrefix: string;
  readonly workspacePrefix: string;
  readonly networkPrefix: string;
  readonly databasePrefix: string;
  /** Lower-case letters and digits only. */
  readonly registryPrefix: string;
  /** Zone that holds the database's private address; never the server's own name. */
  readonly databaseZone: string;
  readonly containerEnvironment: string;
  /** Group that Azure itself makes for the environment's parts. */
  readonly containerInfrastructureGroup: string;
  readonly containerApp: string;
  readonly actionGroup: string;
  /** At most 12 characters: it stands in mails and short messages of Azure. */
  readonly actionGroupShortName: string;
  readonly operatorsGroup: string;
  readonly operatorsShortName: string;
  readonly alertProcessingRule: string;
  /** Start of the name of each alert rule that watches Watchbell. */
  readonly watchRulePrefix: string;
  readonly budget: string;
  readonly tenantLogs: string;
  readonly daemonRegistration: string;
  readonly portalRegistration: string;
  /** Playbooks have a group of their own: Sentinel gets a right on all of it. */
  readonly playbookGroup: string;
  readonly playbookIdentity: string;
  /** Role names are unique in the whole tenant, hence the subscription in them. */
  readonly roleName: string;
  readonly roleDefinitionId: string;
  readonly sentinelRoleName: string;
  readonly sentinelRoleDefinitionId: string;
  readonly playbookRoleName: string;
  readonly playbookRoleDefinitionId: string;
}

/** Names for `environment` (2–12 characters) in `subscriptionId`. Nothing collides between environments or subscriptions. */
export function namesOf(environment: string, subscriptionId: string): Names {
  const base = `watchbell-${environment}`;
  return { ...resourceNames(base, environment), ...roleNames(environment, subscriptionId) };
}

function resourceNames(base: string, environment: string) {
  return {
    resourceGroup: base,
    identity: `${base}-worker`,
    vaultPrefix: `wb-${environment}-`,
    workspacePrefix: `${base}-`,
    networkPrefix: `${base}-`,
    databasePrefix: `${base}-`,
    registryPrefix: `watchbell${environment}`,
    databaseZone: `${base}.private.postgres.database.azure.com`,
    containerEnvironment: base,
    containerInfrastructureGroup: `ME_${base}`,
    containerApp: base,
    actionGroup: base,
    actionGroupShortName: "Watchbell",
    operatorsGroup: `${base}-operators`,
    operatorsShortName: "WB operators",
    alertProcessingRule: `${base}-every-alert`,
    watchRulePrefix: `${base}-watch-`,
    budget: base,
    tenantLogs: base,
    daemonRegistration: `Watchbell-${environment}`,
    portalRegistration: `Watchbell-${environment} portal`,
    playbookGroup: `${base}-playbooks`,
    playbookIdentity: `${base}-playbooks`,
  };
}

function roleNames(environment: string, subscriptionId: string) {
  const owner = `${environment} ${subscriptionId.slice(0, 8)}`;
  const idOf = (role: string) => stableGuid(`${role}/${subscriptionId}/${environment}`);
  return {
    roleName: `Watchbell ${owner}`,
    roleDefinitionId: idOf("role-definition"),
    sentinelRoleName: `Watchbell incidents ${owner}`,
    sentinelRoleDefinitionId: idOf("sentinel-role-definition"),
    playbookRoleName: `Watchbell playbooks ${owner}`,
    playbookRoleDefinitionId: idOf("playbook-role-definition"),
  };
}

/**
 * Name of a role assignment. Scope, principal and role cannot be changed in place, so all three are part of the name:
 * a principal that was created anew gets an assignment of its own.
 */
export function roleAssignmentName(scope: string, principalId: string, roleDefinitionId: string): string {
  return stableGuid(`role-assignment/${scope}/${principalId}/${roleDefinitionId}`.toLowerCase());
}

/** Role definition id, written out so that a preview shows it and the spelling is ours. */
export function roleDefinitionResourceId(subscriptionId: string, roleDefinitionId: string): string {
  return `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${roleDefinitionId}`;
}

/** Tags of every resource, spelled the same everywhere; own tags come first and cannot replace ours. */
export function tagsOf(environment: string, own: Readonly<Record<string, string>>): Record<string, string> {
  return { ...own, product: "watchbell", environment, managedBy: "pulumi" };
}
