import { describe, expect, it } from "vitest";
import { DEPLOYER_ID, type ProgramRun, runProgram } from "./program-under-mocks.ts";

const PIPELINE_ID = "91be11ae-0000-4000-8000-000000000005";
const MOST = {
  publicUrl: "https://oncall.example.com",
  monitor: "read",
  purgeProtection: "true",
  vaultAllowedIps: "203.0.113.0/24, 198.51.100.7",
  logRetentionDays: "365",
  logDailyQuotaGb: "10",
  owners: `deployer,${PIPELINE_ID}`,
  tags: { costCentre: "4711", product: "something else" },
  worker: { "azureMonitor.graceMinutes": "5", "azureMonitor.severities": "Sev0,Sev1" },
};

const comparable = (run: ProgramRun) => run.registered.map((each) => JSON.stringify(each)).sort();

describe("the program with every setting given", () => {
  it("uses the own address everywhere", async () => {
    const run = await runProgram(MOST);
    expect(run.outputs.publicUrl).toBe("https://oncall.example.com");
    expect(run.only("ApplicationRedirectUris").inputs["redirectUris"]).toEqual([
      "https://oncall.example.com/auth/callback",
    ]);
    expect(run.only("ActionGroup").inputs["webhookReceivers"]).toMatchObject([
      { serviceUri: "https://oncall.example.com/api/v1/intake/azure-monitor" },
    ]);
    expect(run.outputs.workerEnvironment).toMatchObject({ WATCHBELL_PUBLIC_URL: "https://oncall.example.com" });
  });

  it("neither grants nor uses write-back with monitor: read", async () => {
    const run = await runProgram(MOST);
    expect(run.only("RoleDefinition").inputs["permissions"]).toMatchObject([
      { actions: ["Microsoft.AlertsManagement/alerts/read"] },
    ]);
    expect(run.outputs.workerEnvironment["WATCHBELL_AZURE_MONITOR_WRITE_BACK"]).toBe("false");
  });

  it("closes the vault to all but the listed addresses", async () => {
    const run = await runProgram(MOST);
    expect(run.only("Vault").inputs["properties"]).toMatchObject({
      networkAcls: { defaultAction: "Deny", ipRules: [{ value: "203.0.113.0/24" }, { value: "198.51.100.7" }] },
    });
  });

  it("makes every named owner an owner of both applications and their service principals", async () => {
    const run = await runProgram(MOST);
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
    const run = await runProgram(MOST);
    expect(run.only("Vault").inputs["tags"]).toEqual({
      costCentre: "4711",
      product: "watchbell",
      environment: "test",
      managedBy: "pulumi",
    });
  });

  it("hands the worker's own settings through", async () => {
    const run = await runProgram(MOST);
    expect(run.outputs.workerEnvironment).toMatchObject({
      WATCHBELL_AZURE_MONITOR_GRACE_MINUTES: "5",
      WATCHBELL_AZURE_MONITOR_SEVERITIES: "Sev0,Sev1",
    });
  });

  it("registers the same, word for word, when it is applied twice", async () => {
    expect(comparable(await runProgram(MOST))).toEqual(comparable(await runProgram(MOST)));
  });
});

describe("the program with least", () => {
  it("omits purge protection instead of switching it off, which Azure refuses", async () => {
    const run = await runProgram({ purgeProtection: "false" });
    expect(run.only("Vault").inputs["properties"]).not.toHaveProperty("enablePurgeProtection");
  });

  it("deploys everything but the app while the database's address is unknown, and says what to do", async () => {
    const run = await runProgram({ databaseSecretUri: undefined });
    expect(run.all("ContainerApp")).toEqual([]);
    expect(run.all("ActionGroup")).toHaveLength(1);
    expect(run.outputs.nextSteps).toEqual([expect.stringContaining("watchbell:databaseSecretUri")]);
  });

  it("gives two environments of one subscription nothing in common", async () => {
    const names = async (environment: string) => {
      const run = await runProgram({ environment });
      const keys = [
        "roleDefinitionId",
        "roleName",
        "roleAssignmentName",
        "actionGroupName",
        "containerAppName",
        "alertProcessingRuleName",
        "displayName",
      ];
      return (
        run.registered
          // Roles and trusts live inside an application; a built-in role is the same for all.
          .filter(({ type }) => !type.endsWith("FederatedIdentityCredential") && !type.endsWith("ApplicationAppRole"))
          .filter(({ name }) => name !== "vault-reader")
          .flatMap(({ inputs }) => keys.map((key) => inputs[key]).filter((value) => value !== undefined))
      );
    };
    const [dev, prod] = [await names("dev"), await names("prod")];
    expect(dev.filter((name) => prod.includes(name))).toEqual([]);
  });
});

describe("the program in a tenant without Azure Monitor's principal", () => {
  it("stops before any resource and names the command that creates it", async () => {
    const failed = runProgram({}, { azureMonitor: false });
    await expect(failed).rejects.toThrow("az ad sp create --id 461e8683-5575-4561-ac7f-899cc907d62a");
  });
});
