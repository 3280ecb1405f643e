import { beforeAll, describe, expect, it } from "vitest";
import { DEPLOYMENTS } from "./deployments.ts";
import type { Registered } from "./program-under-mocks.ts";

/** Rules that hold for every deployment, whatever the settings. */

const runs = new Map<string, Registered[]>();
const shortType = ({ type }: Registered) => type.split(":").at(-1) ?? "";
const names = Object.keys(DEPLOYMENTS);
const resourcesOf = (deployment: string) => runs.get(deployment) ?? [];
const ofType = (deployment: string, type: string) => resourcesOf(deployment).filter((each) => shortType(each) === type);

beforeAll(async () => {
  for (const name of names) runs.set(name, (await DEPLOYMENTS[name]?.())?.registered ?? []);
}, 120_000);

/** Types of azure-native that take no tags. */
const UNTAGGED = new Set([
  "RoleDefinition",
  "RoleAssignment",
  "ManagementLockByScope",
  "DiagnosticSetting",
  "Budget",
  "Subnet",
  "Database",
  "Configuration",
  "FirewallRule",
  "AdministratorsMicrosoftEntra",
  "TaskRun",
  "AutomationRule",
]);
/** Types that have logs, and so must send them. */
const LOGGED = [
  "Workspace",
  "Vault",
  "ManagedEnvironment",
  "VirtualNetwork",
  "NetworkSecurityGroup",
  "Server",
  "Registry",
  "Workflow",
];
/** Types whose loss cannot be undone by another `up`. */
const LOCKED = ["Workspace", "Vault", "Server", "Registry"];

describe.each(names)("the deployment %s", (deployment) => {
  it("registers the same, word for word, when it is applied twice", async () => {
    const again = await DEPLOYMENTS[deployment]?.();
    const comparable = (registered: readonly Registered[]) => registered.map((each) => JSON.stringify(each)).sort();
    expect(comparable(again?.registered ?? [])).toEqual(comparable(resourcesOf(deployment)));
  });

  it("has a name of its own for each resource of a type", () => {
    const urns = resourcesOf(deployment).map(({ type, name }) => `${type} ${name}`);
    expect(urns.filter((urn, index) => urns.indexOf(urn) !== index)).toEqual([]);
  });

  it("tags everything that can be tagged", () => {
    const untagged = resourcesOf(deployment)
      .filter(({ type }) => type.startsWith("azure-native:"))
      .filter((each) => !UNTAGGED.has(shortType(each)))
      .filter(({ inputs }) => (inputs["tags"] as Record<string, string> | undefined)?.["product"] !== "watchbell");
    expect(untagged.map(({ type, name }) => `${type} ${name}`)).toEqual([]);
  });

  it("sends the logs and metrics of everything that has some to one workspace", () => {
    const settings = ofType(deployment, "DiagnosticSetting").filter(({ type }) => type.includes(":monitor:"));
    const watched = settings.map(({ inputs }) => inputs["resourceUri"]);
    const logged = resourcesOf(deployment).filter((each) => LOGGED.includes(shortType(each)));
    expect(logged.map((each) => `${shortType(each)}/${each.name}`).sort()).toEqual(watched.sort());
    expect(new Set(settings.map(({ inputs }) => inputs["workspaceId"])).size).toBeLessThanOrEqual(1);
    for (const { inputs } of settings) {
      expect(inputs).toMatchObject({ name: "watchbell", logs: [{ categoryGroup: "allLogs", enabled: true }] });
      expect(JSON.stringify(inputs)).not.toContain("retentionPolicy");
    }
  });

  it("locks what cannot be made again, and nothing in a trial", () => {
    const locked = ofType(deployment, "ManagementLockByScope").map(({ inputs }) => inputs["scope"]);
    const precious = resourcesOf(deployment).filter((each) => LOCKED.includes(shortType(each)));
    const expected = deployment === "trial" ? [] : precious.map((each) => `${shortType(each)}/${each.name}`);
    expect(locked.sort()).toEqual(expected.sort());
  });

  it("grants no wildcard and none of the mighty built-in roles", () => {
    for (const { inputs } of ofType(deployment, "RoleDefinition")) {
      expect(JSON.stringify(inputs["permissions"])).not.toContain("*");
    }
    const mighty =
      /8e3af657-a8ff-443c-a75c-2fe8c4bcb635|b24988ac-6180-42a0-ab88-20f7382dd24c|18d7d88d-d35e-4fb5-a5c3-7773c20a72d9/;
    for (const { inputs } of ofType(deployment, "RoleAssignment")) {
      expect(inputs["roleDefinitionId"]).not.toMatch(mighty);
      expect(inputs["principalType"]).toBe("ServicePrincipal");
    }
  });

  it("manages none of Microsoft's own principals, which a destroy would delete from the tenant", () => {
    for (const { inputs } of ofType(deployment, "ServicePrincipal")) expect(inputs).not.toHaveProperty("useExisting");
  });

  it("keeps every secret value marked as one", () => {
    for (const each of resourcesOf(deployment)) {
      if (shortType(each) === "Secret") expect(JSON.stringify(each.inputs)).toMatch(/\{"secret":/);
      else expect(JSON.stringify(each.inputs), each.name).not.toContain("value of watchbell-");
    }
  });

  it("gives metrics alerts no muting, and log rules a query that an empty workspace accepts", () => {
    for (const { inputs, name } of ofType(deployment, "ScheduledQueryRule")) {
      expect(inputs).not.toHaveProperty("muteActionsDuration");
      expect(inputs).toMatchObject({ kind: "LogAlert", skipQueryValidation: true, autoMitigate: true });
      const { allOf } = inputs["criteria"] as { allOf: { query: string }[] };
      expect(allOf[0]?.query, name).toMatch(/^(union isfuzzy=true\s+\(datatable\(TimeGenerated: datetime|datatable\()/);
    }
  });

  it("uses global places where Azure knows no other", () => {
    for (const type of [
      "ActionGroup",
      "AlertProcessingRuleByName",
      "ActivityLogAlert",
      "PrivateZone",
      "VirtualNetworkLink",
    ]) {
      for (const { inputs } of ofType(deployment, type)) expect(inputs["location"]).toBe("Global");
    }
  });
});
