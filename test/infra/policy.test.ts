import { describe, expect, it } from "vitest";
import { RESOURCE_RULES } from "../../infra/policy/rules.ts";
import { UNKNOWN, type Values } from "../../src/permissions-diff/state-values.ts";

/** Each rule with inputs that are good, bad, and unknown before the deployment. */

interface Case {
  rule: string;
  /** Default: the first type of the rule. */
  type?: string;
  good: Values[];
  bad: Values[];
  /** Inputs with unknown parts, and whether the rule refuses them: where it must know, unknown is not good enough. */
  unknown: [inputs: Values, refused: boolean][];
}

const SUBSCRIPTION = "/subscriptions/5ab5c71e-0000-4000-8000-000000000002";
const role = (guid: string) => `${SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/${guid}`;
const actions = (...names: unknown[]) => ({ permissions: [{ actions: names, dataActions: [] }] });
const app = (env: unknown, secrets: unknown[] = []) => ({
  template: { containers: [{ name: "worker", env }] },
  configuration: { secrets },
});
const vault = (over: Values) => ({ properties: { enableSoftDelete: true, softDeleteRetentionInDays: 90, ...over } });
const webhook = (over: Values) => ({
  webhookReceivers: [{ name: "intake", serviceUri: "https://watchbell.example/intake", useAadAuth: true, ...over }],
});
const tags = { product: "watchbell", environment: "dev", managedBy: "pulumi" };

const CASES: Case[] = [
  {
    rule: "no-wildcard-actions",
    good: [actions("Microsoft.AlertsManagement/alerts/read"), actions()],
    bad: [actions("*"), actions("Microsoft.Insights/*/read"), { permissions: [{ dataActions: ["*"] }] }],
    unknown: [
      [{ permissions: UNKNOWN }, true],
      [actions(UNKNOWN), true],
      [{ ...actions("A/read"), roleName: UNKNOWN }, false],
    ],
  },
  {
    rule: "no-broad-roles",
    good: [{ roleDefinitionId: role("4633458b-17de-408a-b874-0445c86b69e6") }],
    bad: [
      { roleDefinitionId: role("8e3af657-a8ff-443c-a75c-2fe8c4bcb635") },
      { roleDefinitionId: role("B24988AC-6180-42A0-AB88-20F7382DD24C") },
      { roleDefinitionId: role("18d7d88d-d35e-4fb5-a5c3-7773c20a72d9") },
      {},
    ],
    unknown: [
      [{ roleDefinitionId: UNKNOWN }, true],
      [{ roleDefinitionId: role("4633458b-17de-408a-b874-0445c86b69e6"), principalId: UNKNOWN }, false],
    ],
  },
  {
    rule: "rights-within-a-subscription",
    good: [
      { scope: SUBSCRIPTION },
      { scope: `${SUBSCRIPTION}/resourceGroups/x` },
      { assignableScopes: [SUBSCRIPTION] },
    ],
    bad: [
      { scope: "/" },
      { scope: "/providers/Microsoft.Management/managementGroups/root" },
      { scope: SUBSCRIPTION, assignableScopes: ["/"] },
    ],
    unknown: [[{ scope: UNKNOWN }, false]],
  },
  {
    rule: "sign-in-by-assignment",
    good: [{ appRoleAssignmentRequired: true }],
    bad: [{ appRoleAssignmentRequired: false }, {}],
    unknown: [
      [{ appRoleAssignmentRequired: UNKNOWN }, true],
      [{ clientId: UNKNOWN, appRoleAssignmentRequired: true }, false],
    ],
  },
  {
    rule: "no-adopted-principals",
    good: [{ clientId: "c" }, { useExisting: false }],
    bad: [{ useExisting: true }],
    unknown: [
      [{ useExisting: UNKNOWN }, true],
      [{ clientId: UNKNOWN }, false],
    ],
  },
  { rule: "no-directory-roles", good: [], bad: [{ roleId: "reader" }], unknown: [[{ roleId: UNKNOWN }, true]] },
  {
    rule: "no-public-database",
    good: [{ network: { delegatedSubnetResourceId: "/subnet" } }, { network: { publicNetworkAccess: "Disabled" } }],
    bad: [{ network: { publicNetworkAccess: "Enabled" } }, {}],
    unknown: [
      [{ network: { delegatedSubnetResourceId: UNKNOWN } }, false],
      [{ network: { publicNetworkAccess: UNKNOWN } }, true],
      [{ network: UNKNOWN }, true],
    ],
  },
  {
    rule: "no-wide-firewall",
    good: [{ startIpAddress: "203.0.113.0", endIpAddress: "203.0.113.255" }],
    bad: [
      { startIpAddress: "0.0.0.0", endIpAddress: "0.0.0.0" },
      { startIpAddress: "0.0.0.0", endIpAddress: "255.255.255.255" },
      { startIpAddress: "203.0.113.0", endIpAddress: "203.0.114.0" },
    ],
    unknown: [[{ startIpAddress: UNKNOWN, endIpAddress: "203.0.113.1" }, true]],
  },
  {
    rule: "database-by-tls",
    good: [
      { configurationName: "require_secure_transport", value: "on" },
      { configurationName: "ssl_min_protocol_version", value: "TLSv1.2" },
    ],
    bad: [
      { configurationName: "require_secure_transport", value: "off" },
      { configurationName: "ssl_min_protocol_version", value: "TLSv1" },
      { configurationName: "ssl_min_protocol_version", value: "TLSv1.1" },
    ],
    unknown: [[{ configurationName: "require_secure_transport", value: UNKNOWN }, true]],
  },
  {
    rule: "ingress-by-tls",
    good: [{ configuration: { ingress: { allowInsecure: false } } }, {}],
    bad: [{ configuration: { ingress: { allowInsecure: true } } }],
    unknown: [[{ configuration: { ingress: { allowInsecure: UNKNOWN } } }, true]],
  },
  {
    rule: "webhooks-with-identity",
    good: [webhook({}), { emailReceivers: [{ name: "operators" }] }],
    bad: [webhook({ useAadAuth: false }), webhook({ serviceUri: "http://watchbell.example/intake" })],
    unknown: [
      [webhook({ serviceUri: UNKNOWN, objectId: UNKNOWN }), false],
      [webhook({ useAadAuth: UNKNOWN }), true],
      [{ webhookReceivers: UNKNOWN }, true],
    ],
  },
  {
    rule: "registry-by-identity",
    good: [{ adminUserEnabled: false }, {}],
    bad: [{ adminUserEnabled: true }, { anonymousPullEnabled: true }],
    unknown: [[{ adminUserEnabled: UNKNOWN }, true]],
  },
  {
    rule: "vault-behind-firewall",
    good: [
      { properties: { networkAcls: { defaultAction: "Deny" } } },
      { properties: { publicNetworkAccess: "Disabled" } },
    ],
    bad: [{ properties: { networkAcls: { defaultAction: "Allow" } } }, { properties: {} }],
    unknown: [
      [{ properties: { networkAcls: { defaultAction: "Deny", virtualNetworkRules: [{ id: UNKNOWN }] } } }, false],
    ],
  },
  {
    rule: "playbooks-from-listed-addresses",
    good: [{ accessControl: { triggers: { allowedCallerIpAddresses: [] } } }],
    bad: [{}],
    unknown: [[{ accessControl: UNKNOWN }, true]],
  },
  {
    rule: "no-secret-in-environment",
    good: [
      app([{ name: "DATABASE_URL", secretRef: "database-url" }]),
      app([{ name: "DATABASE_URL", value: "postgresql://worker@db.example:5432/watchbell" }]),
      app(
        [{ name: "WATCHBELL_ENTRA_CREDENTIAL", value: "federated" }],
        [{ name: "a", keyVaultUrl: "https://v/secrets/a" }],
      ),
    ],
    bad: [
      app([{ name: "WATCHBELL_ENTRA_CLIENT_SECRET", value: "abc~def" }]),
      app([{ name: "DATABASE_URL", value: "postgresql://worker:hunter2@db.example/watchbell" }]),
      app([{ name: "CALLBACK", value: "https://logic.example/run?sig=abcdefghijklmnopqrstuvwxyz" }]),
      app([], [{ name: "a", value: "abc" }]),
    ],
    unknown: [
      [app(UNKNOWN), false],
      [app([{ name: "WATCHBELL_ENTRA_CLIENT_SECRET", value: UNKNOWN }]), true],
      [app([{ name: "WATCHBELL_PUBLIC_URL", value: UNKNOWN }]), false],
      [app([], [{ name: "a", value: UNKNOWN }]), true],
    ],
  },
  {
    rule: "secrets-end",
    good: [{ properties: { attributes: { expires: 1_900_000_000 } } }],
    bad: [{ properties: { value: "x" } }, {}],
    unknown: [[{ properties: UNKNOWN }, false]],
  },
  {
    rule: "secrets-end",
    type: "azuread:index/applicationPassword:ApplicationPassword",
    good: [{ endDate: "2027-01-01T00:00:00Z" }],
    bad: [{ displayName: "for ever" }],
    unknown: [[{ endDate: UNKNOWN }, false]],
  },
  {
    rule: "vault-by-roles",
    good: [vault({ enableRbacAuthorization: true })],
    bad: [vault({}), vault({ enableRbacAuthorization: false })],
    unknown: [[vault({ enableRbacAuthorization: UNKNOWN }), true]],
  },
  {
    rule: "vault-soft-delete",
    good: [vault({})],
    bad: [vault({ enableSoftDelete: false }), vault({ softDeleteRetentionInDays: 1 })],
    unknown: [[vault({ softDeleteRetentionInDays: UNKNOWN }), true]],
  },
  {
    rule: "vault-purge-protection",
    good: [vault({ enablePurgeProtection: true })],
    bad: [vault({})],
    unknown: [[vault({ enablePurgeProtection: UNKNOWN }), true]],
  },
  {
    rule: "database-by-identity",
    good: [{ authConfig: { activeDirectoryAuth: "Enabled", passwordAuth: "Disabled" } }],
    bad: [{ authConfig: { activeDirectoryAuth: "Enabled", passwordAuth: "Enabled" } }, {}],
    unknown: [[{ authConfig: UNKNOWN }, true]],
  },
  {
    rule: "database-backup",
    good: [{ backup: { backupRetentionDays: 7 } }],
    bad: [{ backup: { backupRetentionDays: 1 } }, {}],
    unknown: [[{ backup: { backupRetentionDays: UNKNOWN } }, true]],
  },
  {
    rule: "database-geo-backup",
    good: [{ backup: { geoRedundantBackup: "Enabled" } }],
    bad: [{ backup: { geoRedundantBackup: "Disabled" } }],
    unknown: [[{ backup: UNKNOWN }, true]],
  },
  {
    rule: "tags",
    good: [{ tags }],
    bad: [{ tags: { ...tags, managedBy: "" } }, {}],
    unknown: [[{ tags: UNKNOWN }, true]],
  },
];

function violationsOf({ rule, type }: Case, inputs: Values): string[] {
  const found = RESOURCE_RULES.find(({ name }) => name === rule)!;
  return found.violations({ type: type ?? found.types[0]!, name: "thing", inputs, isProtected: false });
}

describe("rules of the policy pack", () => {
  it.each(CASES)("$rule lets good inputs of $type pass, refuses bad ones, and says what unknown means", (each) => {
    for (const inputs of each.good) expect(violationsOf(each, inputs), JSON.stringify(inputs)).toEqual([]);
    for (const inputs of each.bad) expect(violationsOf(each, inputs), JSON.stringify(inputs)).not.toEqual([]);
    for (const [inputs, refused] of each.unknown) {
      expect(violationsOf(each, inputs).length > 0, JSON.stringify(inputs)).toBe(refused);
    }
  });

  it("look at the option protect of the database", () => {
    const rule = RESOURCE_RULES.find(({ name }) => name === "database-protected")!;
    const server = { type: rule.types[0]!, name: "db", inputs: {} };
    expect(rule.violations({ ...server, isProtected: true })).toEqual([]);
    expect(rule.violations({ ...server, isProtected: false })).toEqual(["it is not protected"]);
  });

  it("are all tested here", () => {
    const tested = new Set([...CASES.map(({ rule }) => rule), "database-protected"]);
    expect(RESOURCE_RULES.map(({ name }) => name).filter((name) => !tested.has(name))).toEqual([]);
  });
});
