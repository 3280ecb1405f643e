import { isHidden, recordAt, type Values } from "../../src/permissions-diff/state-values.ts";
import type { ResourceRule } from "./rule.ts";

const VAULT = "azure-native:keyvault:Vault";
const SERVER = "azure-native:dbforpostgresql:Server";
const BACKUP_DAYS_MIN = 7;
const SOFT_DELETE_DAYS_MIN = 7;

/** What is kept can be got back, and is opened by identity alone. */
export const DATA_RULES: readonly ResourceRule[] = [
  {
    name: "vault-by-roles",
    level: "mandatory",
    description: "The Key Vault decides by roles, not by a list of its own.",
    reason: "Every Contributor may write that list, and the review of permissions would not see it.",
    types: [VAULT],
    needs: "properties",
    violations: ({ inputs }) => mustBeTrue(recordAt(inputs, "properties"), "enableRbacAuthorization"),
  },
  {
    name: "vault-soft-delete",
    level: "mandatory",
    description: "Deleted secrets and vaults can be got back for at least 7 days.",
    reason: "A wrong destroy must not be the end of a secret.",
    types: [VAULT],
    needs: "properties",
    violations: ({ inputs }) => softDelete(recordAt(inputs, "properties")),
  },
  {
    name: "vault-purge-protection",
    level: "advisory",
    description: "Nobody can purge a deleted vault before its time.",
    reason: "It cannot be switched off again, so environments to throw away go without.",
    types: [VAULT],
    needs: "properties",
    violations: ({ inputs }) => mustBeTrue(recordAt(inputs, "properties"), "enablePurgeProtection"),
  },
  {
    name: "database-by-identity",
    level: "mandatory",
    description: "The database knows no passwords, only tokens of Entra.",
    reason: "A password leaks and is shared; a token ends within an hour or so.",
    types: [SERVER],
    violations: ({ inputs }) => passwords(recordAt(inputs, "authConfig")),
  },
  {
    name: "database-backup",
    level: "mandatory",
    description: "The database is backed up for at least 7 days.",
    reason: "Who acknowledged what, and when, is evidence.",
    types: [SERVER],
    violations: ({ inputs }) => tooFew(recordAt(inputs, "backup"), "backupRetentionDays", BACKUP_DAYS_MIN),
  },
  {
    name: "database-geo-backup",
    level: "advisory",
    description: "Backups lie in a second region too.",
    reason: "Some regions have no pair, and some data may not leave its region.",
    types: [SERVER],
    violations: ({ inputs }) =>
      recordAt(inputs, "backup")["geoRedundantBackup"] === "Enabled"
        ? []
        : ["backup.geoRedundantBackup is not Enabled"],
  },
  {
    name: "database-protected",
    level: "advisory",
    description: "The database is protected from destroy and replacement.",
    reason: "`retainData: false` is how one says that it shall go.",
    types: [SERVER],
    violations: ({ isProtected }) => (isProtected ? [] : ["it is not protected"]),
  },
];

const mustBeTrue = (values: Values, name: string) => (values[name] === true ? [] : [`${name} is not true`]);

function softDelete(properties: Values): string[] {
  return [
    ...mustBeTrue(properties, "enableSoftDelete"),
    ...tooFew(properties, "softDeleteRetentionInDays", SOFT_DELETE_DAYS_MIN),
  ];
}

function tooFew(values: Values, name: string, least: number): string[] {
  const value = values[name];
  if (isHidden(value)) return [`${name} is not known before the deployment: write it out`];
  return typeof value === "number" && value >= least ? [] : [`${name} is less than ${least}`];
}

function passwords(authConfig: Values): string[] {
  return [
    ...(authConfig["passwordAuth"] === "Disabled" ? [] : ["authConfig.passwordAuth is not Disabled"]),
    ...(authConfig["activeDirectoryAuth"] === "Enabled" ? [] : ["authConfig.activeDirectoryAuth is not Enabled"]),
  ];
}
