import { describe, expect, it } from "vitest";
import { differenceOf } from "../../../src/permissions-diff/difference.ts";
import { readPreview } from "../../../src/permissions-diff/preview.ts";
import {
  assignment,
  definition,
  PRINCIPAL,
  previewText,
  ROLE_ASSIGNMENT,
  ROLE_DEFINITION,
  roleId,
  type Step,
  SUBSCRIPTION,
  UNKNOWN,
  urnOf,
} from "./preview-text.ts";

const differenceIn = (...steps: Step[]) => differenceOf(readPreview(previewText(steps)).planned);
const NOTHING = { granted: [], revoked: [], unreadable: [] };

describe("role definitions", () => {
  it("grant the actions that are new and revoke those that are gone, to everybody with the role", () => {
    const difference = differenceIn({
      type: ROLE_DEFINITION,
      old: definition(["A/read", "A/write"]),
      new: definition(["A/read", "B/action"]),
    });
    const who = "everybody with the role Watchbell dev";
    expect(difference.granted).toEqual([{ who, may: "B/action", where: SUBSCRIPTION }]);
    expect(difference.revoked).toEqual([{ who, may: "A/write", where: SUBSCRIPTION }]);
  });

  it("grant nothing new when only their actions' order or spelling differs", () => {
    const steps = {
      type: ROLE_DEFINITION,
      old: definition(["A/read", "B/read"]),
      new: definition(["b/Read", "A/read"]),
    };
    expect(differenceIn(steps)).toEqual(NOTHING);
  });

  it("are called unreadable when their actions are not known yet", () => {
    const { unreadable } = differenceIn({ type: ROLE_DEFINITION, new: definition(UNKNOWN) });
    expect(unreadable).toHaveLength(1);
  });

  it("grant more when an exception is taken away", () => {
    const inputs = (notActions: string[]) => ({
      ...definition([]),
      permissions: [{ actions: ["Microsoft.Insights/*"], notActions }],
    });
    const { granted } = differenceIn({
      type: ROLE_DEFINITION,
      old: inputs(["Microsoft.Insights/components/delete"]),
      new: inputs([]),
    });
    expect(granted.map(({ may }) => may)).toEqual(["Microsoft.Insights/*"]);
  });
});

describe("role assignments", () => {
  it("are no change when replaced by one with the same principal, role and scope", () => {
    const [old, next] = [assignment({ roleAssignmentName: "a" }), assignment({ roleAssignmentName: "b" })];
    const steps = ["delete-replaced", "replace", "create-replacement"].map((op) => ({
      op,
      type: ROLE_ASSIGNMENT,
      old,
      ...(op === "delete-replaced" ? {} : { new: next }),
    }));
    expect(differenceIn(...steps)).toEqual(NOTHING);
  });

  it("are no change when they move to another logical name", () => {
    const gone = { type: ROLE_ASSIGNMENT, name: "old-name", old: assignment() };
    const made = { type: "azure-native:authorization/v20220401:RoleAssignment", name: "new-name", new: assignment() };
    expect(differenceIn(gone, made)).toEqual(NOTHING);
  });

  it("name a principal that does not exist yet by its logical name", () => {
    const { granted } = differenceIn({
      type: ROLE_ASSIGNMENT,
      name: "vault-reader",
      new: assignment({ principalId: UNKNOWN }),
      propertyDependencies: { principalId: [urnOf("azure-native:managedidentity:UserAssignedIdentity", "worker")] },
    });
    expect(granted[0]?.who).toBe("new: worker (UserAssignedIdentity)");
  });

  it("name an unknown principal by the assignment where nothing says what it comes from", () => {
    const { granted } = differenceIn({
      type: ROLE_ASSIGNMENT,
      name: "vault-reader",
      new: assignment({ principalId: UNKNOWN }),
    });
    expect(granted[0]?.who).toBe("new, named by vault-reader");
  });

  it("of another role revoke the old one and grant the new one", () => {
    const difference = differenceIn({
      op: "replace",
      type: ROLE_ASSIGNMENT,
      old: assignment(),
      new: assignment({ roleDefinitionId: roleId("7f951dda-4ed3-4680-a7ca-43fe172d538d") }),
    });
    expect(difference.granted).toHaveLength(1);
    expect(difference.revoked).toHaveLength(1);
  });

  it("grant nothing when they are deleted", () => {
    const difference = differenceIn({ type: ROLE_ASSIGNMENT, old: assignment() });
    expect(difference.granted).toEqual([]);
    expect(difference.revoked).toEqual([
      { who: PRINCIPAL, may: `role ${assignment()["roleDefinitionId"]}`, where: SUBSCRIPTION },
    ]);
  });
});

describe("applications", () => {
  const applicationId = "/applications/a";

  it("trust whom a federated credential names", () => {
    const trust = (subject: string) => ({ applicationId, issuer: "https://token.example", subject });
    const { granted, revoked } = differenceIn({
      type: "azuread:index/applicationFederatedIdentityCredential:ApplicationFederatedIdentityCredential",
      old: trust("repo:us/watchbell"),
      new: trust("repo:them/watchbell"),
    });
    expect(granted.map(({ who }) => who)).toEqual(["repo:them/watchbell of https://token.example"]);
    expect(revoked.map(({ who }) => who)).toEqual(["repo:us/watchbell of https://token.example"]);
  });

  it("may what app roles, directory roles and API access say", () => {
    const { granted } = differenceIn(
      {
        type: "azuread:index/appRoleAssignment:AppRoleAssignment",
        new: { principalObjectId: PRINCIPAL, appRoleId: "r", resourceObjectId: "graph" },
      },
      {
        type: "azuread:index/directoryRoleAssignment:DirectoryRoleAssignment",
        new: { principalObjectId: PRINCIPAL, roleId: "d" },
      },
      {
        type: "azuread:index/applicationApiAccess:ApplicationApiAccess",
        new: { applicationId, apiClientId: "graph", roleIds: ["x"], scopeIds: ["y"] },
      },
    );
    expect(granted.map(({ may }) => may).sort()).toEqual([
      "app role r",
      "ask for consent to x",
      "ask for consent to y",
      "directory role d",
    ]);
  });

  it("are owned, get passwords and may be opened to the tenant or to other tenants", () => {
    const { granted } = differenceIn(
      { type: "azuread:index/applicationOwner:ApplicationOwner", new: { applicationId, ownerObjectId: PRINCIPAL } },
      {
        type: "azuread:index/applicationPassword:ApplicationPassword",
        name: "secret-1",
        new: { applicationId, endDate: "2027-11-01T00:00:00Z" },
      },
      {
        type: "azuread:index/servicePrincipal:ServicePrincipal",
        old: { clientId: "c", appRoleAssignmentRequired: true },
        new: { clientId: "c", appRoleAssignmentRequired: false },
      },
      {
        type: "azuread:index/applicationRegistration:ApplicationRegistration",
        old: { signInAudience: "AzureADMyOrg" },
        new: { signInAudience: "AzureADMultipleOrgs" },
      },
    );
    expect(granted.map(({ who }) => who).sort()).toEqual([
      PRINCIPAL,
      "accounts of AzureADMultipleOrgs",
      "everybody in the tenant",
      "holders of the credential secret-1",
    ]);
  });
});

describe("openings", () => {
  const vault = (defaultAction: string, values: string[] = []) => ({
    properties: {
      enableRbacAuthorization: true,
      publicNetworkAccess: "Enabled",
      networkAcls: { defaultAction, bypass: "None", ipRules: values.map((value) => ({ value })) },
    },
  });

  it("of a vault are everybody, or who is listed", () => {
    const { granted, revoked } = differenceIn({
      type: "azure-native:keyvault:Vault",
      old: vault("Deny", ["203.0.113.7"]),
      new: vault("Allow"),
    });
    expect(granted.map(({ who }) => who)).toEqual(["anybody on the internet"]);
    expect(revoked.map(({ who }) => who)).toEqual(["203.0.113.7"]);
  });

  it("of a vault whose inputs are not known yet are called unreadable, not open", () => {
    const difference = differenceIn({ type: "azure-native:keyvault:Vault", new: { properties: UNKNOWN } });
    expect(difference.granted).toEqual([]);
    expect(difference.unreadable).toHaveLength(1);
  });

  it("of a database are passwords, a public network and firewall rules", () => {
    const { granted } = differenceIn(
      {
        type: "azure-native:dbforpostgresql:Server",
        old: { authConfig: { passwordAuth: "Disabled" }, network: { publicNetworkAccess: "Disabled" } },
        new: { authConfig: { passwordAuth: "Enabled" }, network: { publicNetworkAccess: "Enabled" } },
      },
      {
        type: "azure-native:dbforpostgresql:FirewallRule",
        new: { serverName: "db", startIpAddress: "0.0.0.0", endIpAddress: "0.0.0.0" },
      },
    );
    expect(granted.map(({ who }) => who).sort()).toEqual([
      "addresses that a firewall rule names",
      "all services of Azure, of other customers too",
      "holders of a password",
    ]);
  });

  it("of a registry, an app and a workflow are told too", () => {
    const { granted } = differenceIn(
      {
        type: "azure-native:containerregistry:Registry",
        old: { publicNetworkAccess: "Disabled" },
        new: { publicNetworkAccess: "Disabled", adminUserEnabled: true, anonymousPullEnabled: true },
      },
      {
        type: "azure-native:app:ContainerApp",
        name: "worker",
        old: { configuration: { ingress: { external: false } } },
        new: {
          configuration: { ingress: { external: true } },
          identity: { type: "UserAssigned", userAssignedIdentities: ["/id"] },
        },
      },
      {
        type: "azure-native:logic:Workflow",
        name: "playbook",
        new: { accessControl: { triggers: { allowedCallerIpAddresses: [{ addressRange: "203.0.113.0/24" }] } } },
      },
    );
    const lines = granted.map(({ who, may }) => `${who}: ${may}`);
    expect(lines).toContain("anybody on the internet: pull images");
    expect(lines).toContain("holders of the admin password: push and pull");
    expect(lines).toContain("code of worker: act as /id");
    expect(lines).toContain("addresses 203.0.113.0/24: reach its triggers");
  });
});

describe("locks and templates", () => {
  it("count a lock that goes as a right to delete, and one that comes as its end", () => {
    const lock = (scope: string) => ({ level: "CanNotDelete", scope });
    const { granted, revoked } = differenceIn(
      { type: "azure-native:authorization:ManagementLockByScope", name: "a", old: lock("/vault") },
      { type: "azure-native:authorization:ManagementLockByScope", name: "b", new: lock("/database") },
    );
    expect(granted).toEqual([{ who: "everybody who may write there", may: "delete", where: "/vault" }]);
    expect(revoked.map(({ where }) => where)).toEqual(["/database"]);
  });

  it("say of a template inside that it cannot be read", () => {
    const { unreadable } = differenceIn({
      type: "azure-native:resources:DeploymentStackAtResourceGroup",
      name: "connection",
      new: { template: {} },
    });
    expect(unreadable.map(({ may }) => may)).toEqual(["whatever the template of connection deploys"]);
  });

  it("take no resource for ours that the program only looks up", () => {
    expect(differenceIn({ op: "read", type: ROLE_ASSIGNMENT, new: assignment() })).toEqual(NOTHING);
    expect(differenceIn({ op: "create", type: ROLE_ASSIGNMENT, new: assignment(), external: true })).toEqual(NOTHING);
  });
});
