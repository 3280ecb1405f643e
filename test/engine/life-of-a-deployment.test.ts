import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deployWatchbell } from "../../infra/program.ts";
import { readInfraSettings } from "../../infra/settings.ts";
import { type Engine, engineIsMissing, openInline, titled, watcher } from "./engine.ts";

/** A deployment from its first preview to its second life, told by the real engine. Each test goes on where the last ended. */

const NOW = Date.UTC(2026, 10, 24, 12);
const STEP_MS_MAX = 120_000;

describe.skipIf(engineIsMissing() !== undefined)(titled("the life of a deployment"), { timeout: STEP_MS_MAX }, () => {
  let engine: Engine;
  let settings: Record<string, unknown> = {
    environment: "engine",
    image: "registry.example/watchbell/worker:1.0.0",
    credential: "secret",
    secretsFrom: "2026-11",
  };
  const program = async () => ({ ...(await deployWatchbell(readInfraSettings(settings), { now: NOW })) });

  beforeAll(async () => {
    engine = await openInline(program);
  });
  afterAll(() => engine?.close());

  /** One `up`, and what the engine did in it. */
  const up = async (): Promise<string[]> => {
    const { steps, onEvent } = watcher();
    await engine.stack.up({ onEvent });
    return steps;
  };

  it("is previewed without a change of anything", async () => {
    const { steps, onEvent } = watcher();
    await engine.stack.preview({ onEvent });
    expect(steps).toContain("create azure-native:resources:ResourceGroup resource-group");
    expect(steps.filter((step) => !step.startsWith("create "))).toEqual([]);
    expect(engine.cloud.calls).toEqual([]);
  });

  it("puts resources and registrations where the simulated Azure keeps them", async () => {
    await up();
    const { cloud } = engine;
    const outputs = await engine.stack.outputs();
    const [role] = cloud.resources.list("Microsoft.Authorization/roleDefinitions");
    expect(JSON.stringify(role?.body)).toContain("Microsoft.AlertsManagement/alerts/changestate/action");
    expect(cloud.resources.get(String(outputs["actionGroupId"]?.value))?.body).toMatchObject({ location: "Global" });
    const daemon = cloud.directory.applications.find(({ clientId }) => clientId === outputs["clientId"]?.value);
    expect(daemon).toMatchObject({ displayName: "Watchbell-engine", identifierUris: [`api://${daemon?.clientId}`] });
    const identity = cloud.directory.servicePrincipals.find(({ kind }) => kind === "managed-identity");
    expect(identity?.objectId).toBe(outputs["managedIdentityPrincipalId"]?.value);
  });

  it("has nothing to do when run again", async () => {
    engine.cloud.calls.length = 0;
    await engine.stack.up({ expectNoChanges: true });
    expect(engine.cloud.calls).toEqual([]);
  });

  /** Every client secret that Entra has given out. */
  const secretValues = () =>
    engine.cloud.directory.applications.flatMap(({ secrets }) => secrets.map(({ value }) => value));

  it("keeps the client secret out of state file and outputs", async () => {
    const outputs = JSON.stringify(await engine.stack.outputs());
    const decrypted = JSON.stringify(await engine.stack.exportStack());
    expect(secretValues()).toHaveLength(1);
    for (const value of secretValues()) {
      expect(decrypted).toContain(value);
      expect(engine.stateText()).not.toContain(value);
      expect(outputs).not.toContain(value);
    }
  });

  it("changes only what a changed setting touches", async () => {
    settings = { ...settings, monitor: "read" };
    const steps = await up();
    expect(steps).toContain("update azure-native:authorization:RoleDefinition azure-access");
    expect(steps.filter((step) => !step.startsWith("update "))).toEqual([]);
    expect(steps.filter((step) => /Vault|Server|Application/.test(step))).toEqual([]);
    expect(JSON.stringify(engine.cloud.only(":RoleDefinition").inputs)).not.toContain("changestate");
  });

  it("sees by a refresh what was changed and deleted by hand, and repairs exactly that", async () => {
    const { cloud, stack } = engine;
    const vault = cloud.only(":Vault");
    const rule = cloud.only(":AlertProcessingRuleByName");
    cloud.changePastEngine(vault.id, (inputs) => ({ ...inputs, tags: { changed: "by hand" } }));
    cloud.removePastEngine(rule.id);
    await stack.refresh();
    expect((await up()).sort()).toEqual([`create ${rule.type} ${rule.name}`, `update ${vault.type} ${vault.name}`]);
    expect(cloud.only(":Vault").inputs["tags"]).toMatchObject({ managedBy: "pulumi" });
    expect(cloud.only(":AlertProcessingRuleByName").inputs).toEqual(rule.inputs);
    for (const value of secretValues()) expect(engine.stateText()).not.toContain(value);
  });

  it("replaces an assignment whose role changes, the old one before the new one", async () => {
    settings = { ...settings, role: "monitoring-reader" };
    engine.cloud.calls.length = 0;
    const steps = await up();
    expect(steps).toContain("create-replacement azure-native:authorization:RoleAssignment azure-access-worker");
    const assignments = engine.cloud.calls.filter((call) => call.endsWith(":RoleAssignment"));
    expect(assignments).toEqual([
      "delete azure-native:authorization:RoleAssignment",
      "create azure-native:authorization:RoleAssignment",
    ]);
    // Nobody has the custom role any more, so it is gone too.
    expect(() => engine.cloud.only(":RoleDefinition")).toThrow();
  });

  it("is not destroyed while its data is to be kept", async () => {
    await expect(engine.stack.destroy()).rejects.toThrow(/protect/);
    expect(engine.cloud.only(":dbforpostgresql:Server").id).toBeTruthy();
  });

  it("leaves nothing behind when it is destroyed", async () => {
    settings = { ...settings, retainData: "false" };
    await up();
    await engine.stack.destroy();
    expect(engine.cloud.all()).toEqual([]);
    expect(engine.cloud.directory.applications).toEqual([]);
  });

  it("is made anew afterwards beside its soft-deleted vault, and destroyed again", async () => {
    const former = engine.cloud.softDeletedVaults();
    await up();
    expect(former).not.toContain(engine.cloud.only(":Vault").inputs["vaultName"]);
    await engine.stack.destroy();
    expect(engine.cloud.all()).toEqual([]);
  });
});
