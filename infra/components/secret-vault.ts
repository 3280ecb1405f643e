import { Vault, type VaultArgs } from "@pulumi/azure-native/keyvault/vault.js";
import * as pulumi from "@pulumi/pulumi";
import { roleDefinitionResourceId } from "../naming.ts";
import { BUILT_IN_ROLES } from "../permissions.ts";
import { assignRole } from "./role-assignment.ts";
import { collectLogs, lockAgainstDeletion, type Placement, type Safeguards } from "./safeguards.ts";

export interface SecretVaultArgs extends Placement, Safeguards {
  tenantId: string;
  subscriptionId: string;
  /** At most 16 characters: the provider appends 8 random ones, and a vault's name has at most 24. */
  vaultPrefix: string;
  purgeProtection: boolean;
  /** Subnets and IPv4 addresses or ranges that may ask. None at all: every address may, and only rights decide. */
  allowed: { subnetIds: readonly pulumi.Input<string>[]; ips: readonly string[] };
  /** Object id of the managed identity that resolves secret references; undefined = nobody gets a right. */
  readerPrincipalId?: pulumi.Input<string>;
}

/** Azure allows 7–90 and never lets it be changed; the longest leaves most time to undo a deletion. */
const SOFT_DELETE_DAYS = 90;

/** Where secrets live; the worker's identity reads their values, nobody else gets a right from this program. */
export class SecretVault extends pulumi.ComponentResource {
  readonly vault: pulumi.Resource;
  readonly vaultName: pulumi.Output<string>;
  readonly vaultUri: pulumi.Output<string>;
  /** The right to read; a secret reference made before it fails. */
  readonly readAccess: pulumi.Resource[];

  constructor(name: string, args: SecretVaultArgs, options?: pulumi.ComponentResourceOptions) {
    super("watchbell:infra:SecretVault", name, {}, options);
    const { resourceGroupName, location, tags } = args;
    const vault = new Vault(
      args.vaultPrefix,
      { resourceGroupName, location, properties: vaultProperties(args), tags },
      { parent: this },
    );
    this.readAccess = this.#letRead(name, vault, args);
    const logs = collectLogs(name, vault, args.logsTo, this);
    if (args.lock) lockAgainstDeletion(name, vault, [...this.readAccess, logs], this);
    this.vault = vault;
    this.vaultName = vault.name;
    this.vaultUri = vault.properties.apply((properties) => properties.vaultUri ?? "");
    this.registerOutputs({ vaultName: this.vaultName, vaultUri: this.vaultUri });
  }

  #letRead(name: string, vault: Vault, args: SecretVaultArgs): pulumi.Resource[] {
    if (args.readerPrincipalId === undefined) return [];
    const reader = {
      scope: vault.id,
      principalId: args.readerPrincipalId,
      roleDefinitionId: roleDefinitionResourceId(args.subscriptionId, BUILT_IN_ROLES.keyVaultSecretsUser),
    };
    return [assignRole(`${name}-reader`, reader, { parent: this })];
  }
}

/**
 * Rights by RBAC only, soft delete, no use by deployments or machines. Purge protection is left out rather than set to
 * false, which Azure refuses. Both gates of the network are written out, because Azure's defaults for new vaults differ by
 * tenant policy: the public endpoint stays, for subnets reach it by service endpoint, and the list decides who gets in.
 */
export function vaultProperties(args: SecretVaultArgs): VaultArgs["properties"] {
  const everybody = args.allowed.ips.length === 0 && args.allowed.subnetIds.length === 0;
  return {
    tenantId: args.tenantId,
    sku: { family: "A", name: "standard" },
    enableRbacAuthorization: true,
    enableSoftDelete: true,
    softDeleteRetentionInDays: SOFT_DELETE_DAYS,
    ...(args.purgeProtection ? { enablePurgeProtection: true } : {}),
    enabledForDeployment: false,
    enabledForDiskEncryption: false,
    enabledForTemplateDeployment: false,
    publicNetworkAccess: "Enabled",
    networkAcls: {
      bypass: "None",
      defaultAction: everybody ? "Allow" : "Deny",
      ipRules: args.allowed.ips.map((value) => ({ value })),
      virtualNetworkRules: args.allowed.subnetIds.map((id) => ({ id })),
    },
  };
}
