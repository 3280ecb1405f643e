import * as authorization from "@pulumi/azure-native/authorization/index.js";
import * as keyvault from "@pulumi/azure-native/keyvault/index.js";
import * as pulumi from "@pulumi/pulumi";
import { roleDefinitionResourceId } from "../naming.ts";
import { KEY_VAULT_SECRETS_USER_ROLE_ID } from "../permissions.ts";
import { roleAssignmentArgs, roleAssignmentOptions } from "./azure-access.ts";

export interface SecretVaultArgs {
  resourceGroupName: pulumi.Input<string>;
  location: string;
  tenantId: string;
  subscriptionId: string;
  /** At most 16 characters: the provider appends 8 random ones, and a vault's name has at most 24. */
  vaultPrefix: string;
  purgeProtection: boolean;
  /** IPv4 addresses or ranges; empty = every address may ask, and only rights decide. */
  allowedIps: readonly string[];
  /** Object id of the managed identity that resolves secret references. */
  readerPrincipalId: pulumi.Input<string>;
  tags: Record<string, string>;
  hooks?: pulumi.ResourceHookBinding;
}

/** Azure allows 7–90 and never lets it be changed; the longest leaves most time to undo a deletion. */
const SOFT_DELETE_DAYS = 90;

/** Where secrets live; the worker's identity reads their values, nobody else gets a right from this program. */
export class SecretVault extends pulumi.ComponentResource {
  readonly vaultId: pulumi.Output<string>;
  readonly vaultUri: pulumi.Output<string>;
  /** The right to read; a secret reference made before it fails. */
  readonly readAccess: pulumi.Resource;

  constructor(name: string, args: SecretVaultArgs, options?: pulumi.ComponentResourceOptions) {
    super("watchbell:infra:SecretVault", name, {}, options);
    const vault = new keyvault.Vault(
      args.vaultPrefix,
      {
        resourceGroupName: args.resourceGroupName,
        location: args.location,
        properties: vaultProperties(args),
        tags: args.tags,
      },
      { parent: this },
    );
    this.readAccess = new authorization.RoleAssignment(
      `${name}-reader`,
      roleAssignmentArgs(
        vault.id,
        args.readerPrincipalId,
        roleDefinitionResourceId(args.subscriptionId, KEY_VAULT_SECRETS_USER_ROLE_ID),
      ),
      roleAssignmentOptions(this, [vault], args.hooks),
    );
    this.vaultId = vault.id;
    this.vaultUri = vault.properties.apply((properties) => properties.vaultUri ?? "");
    this.registerOutputs({ vaultId: this.vaultId, vaultUri: this.vaultUri });
  }
}

/**
 * Rights by RBAC only, soft delete, no use by deployments or machines. Purge protection is left out rather than set to
 * false, which Azure refuses. The public endpoint stays open until the program has a private network; both gates are
 * written out, because Azure's defaults for new vaults differ by tenant policy.
 */
export function vaultProperties(args: SecretVaultArgs): keyvault.VaultArgs["properties"] {
  const everybody = args.allowedIps.length === 0;
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
      ipRules: args.allowedIps.map((value) => ({ value })),
      virtualNetworkRules: [],
    },
  };
}
