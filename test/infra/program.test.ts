import { beforeAll, describe, expect, it } from "vitest";
import type { FullOutputs } from "../../infra/full.ts";
import { BUILT_IN_ROLES, INTAKE_ROLE, isGranted, PERMISSIONS, PORTAL_ROLES } from "../../infra/permissions.ts";
import { readSettings, SETTING_DEFINITIONS, type SettingName, variableOf } from "../../src/settings.ts";
import {
  AZURE_MONITOR_OBJECT_ID,
  DEFAULT_DOMAIN,
  DEPLOYER_ID,
  IMAGE,
  type ProgramRun,
  runProgram,
  SUBSCRIPTION_ID,
  TENANT_ID,
} from "./program-under-mocks.ts";

const SCOPE = `/subscriptions/${SUBSCRIPTION_ID}`;
const ORIGIN = `https://watchbell-test.${DEFAULT_DOMAIN}`;
let run: ProgramRun<FullOutputs>;

beforeAll(async () => {
  run = await runProgram();
}, 60_000);

describe("the program with default settings", () => {
  it("registers exactly these resources", () => {
    const types = run.registered
      .filter(({ type }) => !type.startsWith("watchbell:"))
      .map(({ type }) => type.split(":").at(-1));
    const counts = Object.fromEntries(
      [...new Set(types)].sort().map((type) => [type, types.filter((t) => t === type).length]),
    );
    expect(counts).toEqual({
      ActionGroup: 2,
      ActivityLogAlert: 1,
      AdministratorsMicrosoftEntra: 1,
      AlertProcessingRuleByName: 1,
      AppRoleAssignment: 1,
      ApplicationAppRole: 5,
      ApplicationFederatedIdentityCredential: 2,
      ApplicationIdentifierUri: 1,
      ApplicationOwner: 2,
      ApplicationRedirectUris: 1,
      ApplicationRegistration: 2,
      Configuration: 2,
      ContainerApp: 1,
      Database: 1,
      DiagnosticSetting: 6,
      ManagedEnvironment: 1,
      ManagementLockByScope: 3,
      NetworkSecurityGroup: 1,
      PrivateZone: 1,
      ResourceGroup: 1,
      RoleAssignment: 2,
      RoleDefinition: 1,
      ScheduledQueryRule: 5,
      Server: 1,
      ServicePrincipal: 2,
      Subnet: 2,
      UserAssignedIdentity: 1,
      Vault: 1,
      VirtualNetwork: 1,
      VirtualNetworkLink: 1,
      Workspace: 1,
    });
  });

  it("makes single-tenant registrations that issue version 2 tokens and no implicit ones", () => {
    for (const { inputs } of run.all("ApplicationRegistration")) {
      expect(inputs).toMatchObject({
        signInAudience: "AzureADMyOrg",
        requestedAccessTokenVersion: 2,
        implicitAccessTokenIssuanceEnabled: false,
        implicitIdTokenIssuanceEnabled: false,
      });
    }
    expect(run.all("ApplicationRegistration").map(({ inputs }) => inputs["displayName"])).toEqual([
      "Watchbell-test",
      "Watchbell-test portal",
    ]);
  });

  it("requires an assignment on both service principals (threats J7)", () => {
    for (const { inputs } of run.all("ServicePrincipal")) expect(inputs["appRoleAssignmentRequired"]).toBe(true);
  });

  it("trusts the worker's managed identity by its principal id, and makes no secret", () => {
    for (const { inputs } of run.all("ApplicationFederatedIdentityCredential")) {
      expect(inputs).toMatchObject({
        issuer: `https://login.microsoftonline.com/${TENANT_ID}/v2.0`,
        subject: "worker-identity-principal-id",
        audiences: ["api://AzureADTokenExchange"],
      });
      expect(inputs["applicationId"]).toMatch(/^ApplicationRegistration\//);
    }
    expect(
      run.registered
        .filter(({ type }) => /password|secret|certificate/i.test(type.split(":").at(-1) ?? ""))
        .map(({ type }) => type),
    ).toEqual(["watchbell:infra:SecretVault"]);
  });

  it("grants the intake role to Azure Monitor's principal, which it looks up and does not manage", () => {
    expect(run.only("AppRoleAssignment").inputs).toEqual({
      appRoleId: INTAKE_ROLE.id,
      principalObjectId: AZURE_MONITOR_OBJECT_ID,
      resourceObjectId: "daemon-object-id",
    });
    for (const { inputs } of run.all("ServicePrincipal")) expect(inputs).not.toHaveProperty("useExisting");
  });

  it("gives the daemon the intake role and the portal its four roles", () => {
    const roles = run.all("ApplicationAppRole");
    expect(roles.map(({ inputs }) => inputs["value"]).sort()).toEqual(
      [INTAKE_ROLE, ...PORTAL_ROLES].map((role) => role.value).sort(),
    );
    expect(new Set(roles.map(({ inputs }) => inputs["roleId"])).size).toBe(5);
  });

  it("lets people come back to one redirect address of the portal only", () => {
    expect(run.only("ApplicationRedirectUris").inputs).toMatchObject({
      type: "Web",
      redirectUris: [`${ORIGIN}/auth/callback`],
    });
  });

  it("deploys a role that equals the permissions table, for the daemon, on the subscription", () => {
    const actions = PERMISSIONS.filter((each) => each.grantedBy === "custom-role")
      .filter((each) => each.principal === "worker" && isGranted(each, { monitor: "read-write" }))
      .map((each) => each.action)
      .sort();
    const role = run.only("RoleDefinition").inputs;
    expect(role).toMatchObject({ scope: SCOPE, roleType: "CustomRole", assignableScopes: [SCOPE] });
    expect(role["permissions"]).toEqual([{ actions, notActions: [], dataActions: [], notDataActions: [] }]);
    expect(run.all("RoleAssignment").find(({ name }) => name === "azure-access-worker")?.inputs).toMatchObject({
      scope: SCOPE,
      principalId: "daemon-object-id",
      principalType: "ServicePrincipal",
      roleDefinitionId: `${SCOPE}/providers/Microsoft.Authorization/roleDefinitions/${role["roleDefinitionId"]}`,
    });
  });

  it("gives the managed identity the right to read secrets of its vault and nothing else in Azure", () => {
    const assignments = run
      .all("RoleAssignment")
      .filter(({ inputs }) => inputs["principalId"] === "worker-identity-principal-id");
    expect(
      assignments.map(({ inputs }) => [inputs["scope"], String(inputs["roleDefinitionId"]).split("/").at(-1)]),
    ).toEqual([["Vault/wb-test-", BUILT_IN_ROLES.keyVaultSecretsUser]]);
  });

  it("hardens the vault: RBAC, soft delete for 90 days, purge protection, no use by machines", () => {
    expect(run.only("Vault").inputs["properties"]).toMatchObject({
      enableRbacAuthorization: true,
      enableSoftDelete: true,
      softDeleteRetentionInDays: 90,
      enablePurgeProtection: true,
      enabledForDeployment: false,
      enabledForDiskEncryption: false,
      enabledForTemplateDeployment: false,
      networkAcls: { bypass: "None" },
    });
  });

  it("posts the common alert schema to the intake with a token for the daemon's application", () => {
    const group = run.named("ActionGroup", "alerts").inputs;
    expect(group).toMatchObject({ location: "Global", enabled: true });
    expect(String(group["groupShortName"]).length).toBeLessThanOrEqual(12);
    expect(group["webhookReceivers"]).toEqual([
      {
        name: "watchbell-intake",
        serviceUri: `${ORIGIN}/api/v1/intake/azure-monitor`,
        useCommonAlertSchema: true,
        useAadAuth: true,
        objectId: "daemon-object-id",
        identifierUri: "api://daemon-client-id",
        tenantId: TENANT_ID,
      },
    ]);
  });

  it("makes the deployer owner of the daemon's application before the action group needs it", () => {
    const order = run.registered.map(({ type, name }) => `${type.split(":").at(-1)} ${name}`);
    expect(order.indexOf("ApplicationOwner daemon-owner-0")).toBeGreaterThan(-1);
    expect(order.indexOf("ApplicationOwner daemon-owner-0")).toBeLessThan(order.indexOf("ActionGroup alerts"));
    for (const { inputs } of run.all("ApplicationOwner")) expect(inputs["ownerObjectId"]).toBe(DEPLOYER_ID);
  });

  it("adds the action group to every alert of the whole subscription", () => {
    expect(run.only("AlertProcessingRuleByName").inputs["properties"]).toMatchObject({
      enabled: true,
      scopes: [SCOPE],
      actions: [{ actionType: "AddActionGroups", actionGroupIds: ["ActionGroup/alerts"] }],
    });
  });

  it("keeps shared keys out: logs go by diagnostic setting to a workspace without local sign-in", () => {
    expect(run.only("Workspace").inputs).toMatchObject({
      features: { disableLocalAuth: true, enableLogAccessUsingOnlyResourcePermissions: true },
      retentionInDays: 30,
      workspaceCapping: { dailyQuotaGb: 1 },
    });
    expect(run.only("ManagedEnvironment").inputs["appLogsConfiguration"]).toEqual({ destination: "azure-monitor" });
  });

  it("makes a database that knows tokens only, asks for TLS and has no public address", () => {
    const server = run.only("Server").inputs;
    expect(server).toMatchObject({
      authConfig: { activeDirectoryAuth: "Enabled", passwordAuth: "Disabled", tenantId: TENANT_ID },
      backup: { backupRetentionDays: 14, geoRedundantBackup: "Enabled" },
      network: { delegatedSubnetResourceId: "Subnet/network-database" },
      sku: { name: "Standard_B2s", tier: "Burstable" },
    });
    expect(Object.keys(server)).not.toEqual(expect.arrayContaining(["administratorLogin"]));
    expect(JSON.stringify(server)).not.toMatch(/password(?!Auth)|publicNetworkAccess/i);
    expect(run.all("Configuration").map(({ inputs }) => [inputs["configurationName"], inputs["value"]])).toEqual([
      ["require_secure_transport", "on"],
      ["ssl_min_protocol_version", "TLSv1.2"],
    ]);
    expect(run.all("FirewallRule")).toEqual([]);
  });

  it("lets the worker's identity into the database, by its name and as a service principal", () => {
    expect(run.only("AdministratorsMicrosoftEntra").inputs).toMatchObject({
      objectId: "worker-identity-principal-id",
      principalName: "watchbell-test-worker",
      principalType: "ServicePrincipal",
    });
    expect(run.outputs.workerEnvironment).toMatchObject({
      DATABASE_URL:
        "postgresql://watchbell-test-worker@watchbell-test-.postgres.database.azure.com:5432/watchbell?sslmode=verify-full",
      WATCHBELL_DATABASE_ENTRA_AUTH: "true",
    });
  });

  it("changes one server one step after the other, the zone's link first and the worker last", () => {
    const declared = run.registered.filter(({ type }) => type.startsWith("azure-native:"));
    const order = declared.map(({ type, name }) => `${type.split(":").at(-1)} ${name}`);
    const steps = [
      "VirtualNetworkLink network-database",
      "Server watchbell-test-",
      "Database database",
      "Configuration database-require-secure-transport",
      "Configuration database-ssl-min-protocol-version",
      "AdministratorsMicrosoftEntra database-worker",
      "ContainerApp worker",
    ];
    expect(order.filter((each) => steps.includes(each))).toEqual(steps);
  });

  it("delegates each subnet to its only user, and closes the database's to all but the workers", () => {
    expect(run.all("Subnet").map(({ inputs }) => [inputs["addressPrefix"], inputs["delegations"]])).toEqual([
      ["10.60.0.0/26", [{ name: "container-apps", serviceName: "Microsoft.App/environments" }]],
      ["10.60.0.64/28", [{ name: "postgres", serviceName: "Microsoft.DBforPostgreSQL/flexibleServers" }]],
    ]);
    expect(run.only("NetworkSecurityGroup").inputs["securityRules"]).toMatchObject([
      { access: "Allow", sourceAddressPrefix: "10.60.0.0/26", destinationPortRanges: ["5432", "6432"] },
      { access: "Allow", sourceAddressPrefix: "10.60.0.64/28" },
      { access: "Deny", sourceAddressPrefix: "VirtualNetwork", destinationPortRange: "*" },
    ]);
    expect(run.only("PrivateZone").inputs["privateZoneName"]).toMatch(
      /^watchbell-test\.private\.postgres\.database\.azure\.com$/,
    );
  });

  it("closes the vault to all but the workers' subnet", () => {
    expect(run.only("Vault").inputs["properties"]).toMatchObject({
      networkAcls: { defaultAction: "Deny", ipRules: [], virtualNetworkRules: [{ id: "Subnet/network-workers" }] },
    });
  });

  it("leaves the rules that watch Watchbell out of what becomes a call", () => {
    const group = `${SCOPE}/resourceGroups/watchbell-test/providers/Microsoft.Insights`;
    const made = [
      ...run
        .all("ScheduledQueryRule")
        .map(({ inputs }) => `${group}/scheduledQueryRules/${String(inputs["ruleName"])}`),
      ...run
        .all("ActivityLogAlert")
        .map(({ inputs }) => `${group}/activityLogAlerts/${String(inputs["activityLogAlertName"])}`),
    ];
    expect(run.only("AlertProcessingRuleByName").inputs["properties"]).toMatchObject({
      conditions: [{ field: "AlertRuleId", operator: "NotEquals", values: made.sort() }],
    });
    for (const { inputs } of run.all("ScheduledQueryRule")) {
      expect(inputs["actions"]).toEqual({ actionGroups: ["ActionGroup/watch-operators"] });
    }
  });

  it("runs one worker behind https with probes and its managed identity", () => {
    const app = run.only("ContainerApp").inputs;
    expect(app).toMatchObject({
      environmentId: "ManagedEnvironment/worker-host",
      identity: { type: "UserAssigned", userAssignedIdentities: ["UserAssignedIdentity/worker-identity"] },
      configuration: {
        activeRevisionsMode: "Single",
        ingress: { external: true, targetPort: 8080, transport: "http", allowInsecure: false },
      },
      template: {
        scale: { minReplicas: 1, maxReplicas: 1, rules: [{ name: "processor" }, { name: "requests" }] },
        containers: [{ image: IMAGE }],
      },
    });
    const probes = containerOf(app).probes.map(({ type, httpGet }) => `${type} ${httpGet.path} ${httpGet.port}`);
    expect(probes).toEqual(["Startup /healthz 8080", "Liveness /healthz 8080", "Readiness /readyz 8080"]);
  });

  it("scales by nothing that could freeze it: no scaler that needs a password", () => {
    expect(JSON.stringify(run.only("ContainerApp").inputs["template"])).not.toMatch(/"type":"postgresql"/);
  });

  it("puts no secret setting into the environment in plain text, nor into an output", () => {
    const plain = containerOf(run.only("ContainerApp").inputs).env.filter(({ value }) => value !== undefined);
    const secretVariables = (Object.keys(SETTING_DEFINITIONS) as SettingName[])
      .filter((name) => /secret|key$|token$|header$/i.test(name))
      .map(variableOf);
    expect(plain.map(({ name }) => name).filter((name) => secretVariables.includes(name))).toEqual([]);
    expect(JSON.stringify(run.outputs)).not.toMatch(/postgresql:\/\/[^@/]*:|whsec_|sig=|AccountKey|password/i);
  });

  it("gives the worker an environment that it accepts, and outputs the same", () => {
    const plain = containerOf(run.only("ContainerApp").inputs).env.filter(({ value }) => value !== undefined);
    const environment = Object.fromEntries(plain.map(({ name, value }) => [name, value]));
    expect(environment).toEqual(run.outputs.workerEnvironment);
    const guid = "12345678-0000-4000-8000-00000000000a";
    const ids = ["CLIENT_ID", "PORTAL_CLIENT_ID", "MANAGED_IDENTITY_CLIENT_ID"].map((id) => `WATCHBELL_ENTRA_${id}`);
    // The mocks' ids are words, so that a mix-up shows; the worker wants GUIDs.
    for (const name of [...ids, "WATCHBELL_AZURE_WORKSPACE_ID"]) environment[name] = guid;
    expect(readSettings(environment)).toMatchObject({
      publicUrl: ORIGIN,
      "entra.tenantId": TENANT_ID,
      "entra.credential": "federated",
      "azure.subscriptions": [SUBSCRIPTION_ID],
      "azureMonitor.writeBack": true,
    });
  });

  it("outputs ids and addresses", () => {
    expect(run.outputs).toMatchObject({
      tenantId: TENANT_ID,
      subscriptionId: SUBSCRIPTION_ID,
      publicUrl: ORIGIN,
      clientId: "daemon-client-id",
      appIdUri: "api://daemon-client-id",
      portalClientId: "portal-client-id",
      portalServicePrincipalId: "portal-object-id",
      managedIdentityClientId: "worker-identity-client-id",
      managedIdentityPrincipalId: "worker-identity-principal-id",
      actionGroupId: "ActionGroup/alerts",
      workspaceId: "watchbell-test--customer-id",
      audience: "single",
      applicationObjectId: "daemon-object-id",
      servicePrincipalId: "daemon-object-id",
    });
  });

  it("says what is left to do, and what a destroy leaves", () => {
    expect(run.outputs.nextSteps).toEqual([
      expect.stringContaining("watchbell:operators"),
      expect.stringContaining("watchbell:tenantLogs"),
    ]);
    expect(run.outputs.keptAfterDestroy.join("\n")).toMatch(/90 days.*14 days.*30 days.*--exclude-protected/s);
  });
});

interface Container {
  env: { name: string; value?: string; secretRef?: string }[];
  probes: { type: string; httpGet: { path: string; port: number } }[];
}

function containerOf(app: Record<string, unknown>): Container {
  const { containers } = app["template"] as { containers: Container[] };
  return containers[0] as Container;
}
