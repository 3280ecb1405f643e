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
 * Names of one environment. Those a person must recognise are fixed; the vault and the workspace are prefixes to which
 * the provider appends 8 random characters: their names stay reserved after deletion (soft delete), and a vault's is
 * unique in the world.
 */
export interface Names {
  readonly resourceGroup: string;
  readonly identity: string;
  readonly vaultPrefix: string;
  readonly workspacePrefix: string;
  readonly containerEnvironment: string;
  readonly containerApp: string;
  readonly actionGroup: string;
  /** At most 12 characters: it stands in mails and short messages of Azure. */
  readonly actionGroupShortName: string;
  readonly alertProcessingRule: string;
  readonly daemonRegistration: string;
  readonly portalRegistration: string;
  /** Role names are unique in the whole tenant, hence the subscription in it. */
  readonly roleName: string;
  readonly roleDefinitionId: string;
}

/** Names for `environment` (2–12 characters) in `subscriptionId`. Nothing collides between environments or subscriptions. */
export function namesOf(environment: string, subscriptionId: string): Names {
  const base = `watchbell-${environment}`;
  return {
    resourceGroup: base,
    identity: `${base}-worker`,
    vaultPrefix: `wb-${environment}-`,
    workspacePrefix: `${base}-`,
    containerEnvironment: base,
    containerApp: base,
    actionGroup: base,
    actionGroupShortName: "Watchbell",
    alertProcessingRule: `${base}-every-alert`,
    daemonRegistration: `Watchbell-${environment}`,
    portalRegistration: `Watchbell-${environment} portal`,
    roleName: `Watchbell ${environment} ${subscriptionId.slice(0, 8)}`,
    roleDefinitionId: stableGuid(`role-definition/${subscriptionId}/${environment}`),
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
