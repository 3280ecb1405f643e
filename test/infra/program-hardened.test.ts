import { describe, expect, it } from "vitest";
import { BUILT_IN_ROLES } from "../../infra/permissions.ts";
import { AROUND, DEPLOYMENTS, MOST, OTHER_SUBSCRIPTION_ID, PIPELINE_ID } from "./deployments.ts";
import {
  DATABASE_SECRET_URI,
  DEPLOYER_ID,
  GRAPH_OBJECT_ID,
  GRAPH_ROLE_IDS,
  runProgram,
  SUBSCRIPTION_ID,
} from "./program-under-mocks.ts";

const runMost = () => runProgram(MOST, AROUND);

describe("the program with every setting given", () => {
  it("uses the own address everywhere", async () => {
    const run = await runMost();
    expect(run.outputs.publicUrl).toBe("https://oncall.example.com");
    expect(run.only("ApplicationRedirectUris").inputs["redirectUris"]).toEqual([
      "https://oncall.example.com/auth/callback",
    ]);
    expect(run.named("ActionGroup", "alerts").inputs["webhookReceivers"]).toMatchObject([
      { serviceUri: "https://oncall.example.com/api/v1/intake/azure-monitor" },
    ]);
    expect(run.outputs.workerEnvironment).toMatchObject({ WATCHBELL_PUBLIC_URL: "https://oncall.example.com" });
  });

  it("neither grants nor uses write-back with monitor: read", async () => {
    const run = await runProgram({ monitor: "read" });
    expect(run.only("RoleDefinition").inputs["permissions"]).toMatchObject([
      { actions: ["Microsoft.AlertsManagement/alerts/read"] },
    ]);
    expect(run.outputs.workerEnvironment["WATCHBELL_AZURE_MONITOR_WRITE_BACK"]).toBe("false");
  });

  it("opens the vault to the listed addresses beside the workers' subnet", async () => {
    const run = await runMost();
    expect(run.only("Vault").inputs["properties"]).toMatchObject({
      networkAcls: {
        defaultAction: "Deny",
        ipRules: [{ value: "203.0.113.0/24" }, { value: "198.51.100.7" }],
        virtualNetworkRules: [{ id: "Subnet/network-workers" }],
      },
    });
  });

  it("pulls the image from a registry that asks for credentials with the identity, which may do so", async () => {
    const run = await runMost();
    expect(run.only("ContainerApp").inputs["configuration"]).toMatchObject({
      registries: [{ server: "acmeimages.azurecr.io", identity: "UserAssignedIdentity/worker-identity" }],
    });
    expect(run.named("RoleAssignment", "image-pull").inputs).toMatchObject({
      scope: MOST.registry,
      principalId: "worker-identity-principal-id",
      roleDefinitionId: expect.stringContaining(BUILT_IN_ROLES.acrPull),
    });
  });

  it("grants Microsoft Graph's roles by the ids that this tenant has", async () => {
    const run = await runMost();
    const grants = run.all("AppRoleAssignment").filter(({ inputs }) => inputs["resourceObjectId"] === GRAPH_OBJECT_ID);
    expect(grants.map(({ inputs }) => inputs["appRoleId"]).sort()).toEqual(Object.values(GRAPH_ROLE_IDS).sort());
    for (const { inputs } of grants) expect(inputs["principalObjectId"]).toBe("daemon-object-id");
  });

  it("prints the commands instead where an administrator grants them", async () => {
    const run = await runProgram({ graph: "on", graphGrants: "manual" });
    expect(run.all("AppRoleAssignment")).toHaveLength(1);
    const commands = run.outputs.nextSteps.filter((step) => step.includes("az rest --method POST"));
    expect(commands).toHaveLength(2);
    expect(commands[0]).toContain("servicePrincipals/daemon-object-id/appRoleAssignments");
  });

  it("reads and writes the subscriptions of its spokes, and lets their playbooks push", async () => {
    const { workerEnvironment } = (await runMost()).outputs;
    expect(workerEnvironment["WATCHBELL_AZURE_SUBSCRIPTIONS"]).toBe(`${SUBSCRIPTION_ID},${OTHER_SUBSCRIPTION_ID}`);
    expect(workerEnvironment["WATCHBELL_INTAKE_CALLERS"]).toBe(
      "461e8683-5575-4561-ac7f-899cc907d62a,playbooks-client-id,spoke-playbooks-client-id",
    );
  });

  it("signs in with a secret by reference, without any trust in an identity beside it", async () => {
    const run = await runMost();
    expect(run.all("ApplicationFederatedIdentityCredential").map(({ name }) => name)).toEqual(["portal-trust"]);
    expect(run.outputs.workerEnvironment["WATCHBELL_ENTRA_CREDENTIAL"]).toBe("secret");
    expect(run.only("ContainerApp").inputs["configuration"]).toMatchObject({
      secrets: [
        {
          name: "watchbell-entra-client-secret",
          keyVaultUrl: "https://wb-test-.vault.azure.net/secrets/entra-client-secret",
        },
      ],
    });
  });

  it("keeps the predecessor of the secret in Entra until it ends", async () => {
    const run = await runMost();
    expect(run.all("ApplicationPassword").map(({ inputs }) => [inputs["displayName"], inputs["endDate"]])).toEqual([
      ["watchbell-0", "2027-05-01T00:00:00.000Z"],
      ["watchbell-1", "2027-11-01T00:00:00.000Z"],
    ]);
    expect(run.only("Secret").inputs["properties"]).toMatchObject({
      secret: { value: "value of watchbell-1", attributes: { expires: Date.UTC(2027, 10) / 1000 } },
    });
  });

  it("lets other tenants consent to the daemon only", async () => {
    const run = await runMost();
    expect(run.all("ApplicationRegistration").map(({ inputs }) => inputs["signInAudience"])).toEqual([
      "AzureADMultipleOrgs",
      "AzureADMyOrg",
    ]);
  });

  it("mails the operators about trouble and about money", async () => {
    const run = await runMost();
    expect(run.named("ActionGroup", "watch-operators").inputs["emailReceivers"]).toMatchObject([
      { emailAddress: "ops@example.com" },
      { emailAddress: "night@example.com" },
    ]);
    expect(run.only("Budget").inputs).toMatchObject({
      scope: `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/watchbell-test`,
      amount: 200,
      timePeriod: { startDate: "2026-11-01T00:00:00.000Z" },
      notifications: { actual80: { contactEmails: ["ops@example.com", "night@example.com"] } },
    });
    expect(run.outputs.nextSteps).toEqual([]);
  });

  it("makes every named owner an owner of both applications and their service principals", async () => {
    const run = await runMost();
    const owners = [DEPLOYER_ID, PIPELINE_ID].sort();
    expect(
      run
        .all("ApplicationOwner")
        .map(({ inputs }) => inputs["ownerObjectId"])
        .sort(),
    ).toEqual([...owners, ...owners].sort());
    for (const { inputs } of run.all("ServicePrincipal"))
      expect([...(inputs["owners"] as string[])].sort()).toEqual(owners);
  });

  it("adds own tags without letting them replace Watchbell's", async () => {
    const run = await runMost();
    expect(run.only("Vault").inputs["tags"]).toEqual({
      costCentre: "4711",
      product: "watchbell",
      environment: "test",
      managedBy: "pulumi",
    });
  });

  it("hands the worker's own settings through", async () => {
    const run = await runMost();
    expect(run.outputs.workerEnvironment).toMatchObject({
      WATCHBELL_AZURE_MONITOR_GRACE_MINUTES: "5",
      WATCHBELL_AZURE_MONITOR_SEVERITIES: "Sev0,Sev1",
    });
  });
});

describe("the program with least", () => {
  it("omits purge protection instead of switching it off, which Azure refuses", async () => {
    const run = await runProgram({ purgeProtection: "false" });
    expect(run.only("Vault").inputs["properties"]).not.toHaveProperty("enablePurgeProtection");
  });

  it("takes a database of the operator by reference, and makes none", async () => {
    const run = await runProgram({ databaseSecretUri: DATABASE_SECRET_URI });
    expect(run.all("Server")).toEqual([]);
    expect(run.outputs.workerEnvironment).not.toHaveProperty("DATABASE_URL");
    expect(run.only("ContainerApp").inputs["configuration"]).toMatchObject({
      secrets: [
        { name: "database-url", keyVaultUrl: DATABASE_SECRET_URI, identity: "UserAssignedIdentity/worker-identity" },
      ],
    });
  });

  it("opens a public database to the listed addresses only", async () => {
    const run = await DEPLOYMENTS["trial"]?.();
    const rules = run?.all("FirewallRule").map(({ inputs }) => [inputs["startIpAddress"], inputs["endIpAddress"]]);
    expect(rules).toEqual([
      ["0.0.0.0", "0.0.0.0"],
      ["203.0.113.7", "203.0.113.7"],
      ["198.51.100.0", "198.51.100.255"],
    ]);
    expect(run?.only("Server").inputs["network"]).toEqual({ publicNetworkAccess: "Enabled" });
    expect(run?.only("ManagedEnvironment").inputs).not.toHaveProperty("vnetConfiguration");
  });

  it("builds a commit in the subscription, once a commit, and runs what was built", async () => {
    const run = await DEPLOYMENTS["trial"]?.();
    const commit = "0123456789abcdef0123".repeat(2);
    expect(run?.only("TaskRun").inputs).toMatchObject({
      forceUpdateTag: commit,
      runRequest: { type: "DockerBuildRequest", imageNames: [`watchbell:${commit}`], isPushEnabled: true },
    });
    expect(run?.only("Registry").inputs).toMatchObject({ adminUserEnabled: false, anonymousPullEnabled: false });
    expect(run?.only("ContainerApp").inputs["template"]).toMatchObject({
      containers: [{ image: `watchbelltest.azurecr.io/watchbell:${commit}` }],
    });
  });

  it.each(["monitoring-contributor", "monitoring-reader"])(
    "assigns the built-in role %s and makes none",
    async (role) => {
      const run = await runProgram({ role, monitor: "read" });
      const [id] =
        role === "monitoring-reader" ? [BUILT_IN_ROLES.monitoringReader] : [BUILT_IN_ROLES.monitoringContributor];
      expect(run.all("RoleDefinition")).toEqual([]);
      expect(run.all("ActivityLogAlert")).toEqual([]);
      expect(run.named("RoleAssignment", "azure-access-worker").inputs["roleDefinitionId"]).toContain(id);
    },
  );
});

describe("the program in a tenant without Azure Monitor's principal", () => {
  it("stops before any resource and names the command that creates it", async () => {
    const failed = runProgram({}, { azureMonitor: false });
    await expect(failed).rejects.toThrow("az ad sp create --id 461e8683-5575-4561-ac7f-899cc907d62a");
  });
});
