import { afterEach, describe, expect, it } from "vitest";
import { handleFailures } from "../../infra/failure-hook.ts";
import { deployWatchbell } from "../../infra/program.ts";
import { readInfraSettings } from "../../infra/settings.ts";
import { type Engine, engineIsMissing, openInline, titled, watcher } from "./engine.ts";

/** What goes wrong in a deployment, and that running it again is the way out. */

const STEP_MS_MAX = 120_000;
const SMALL = {
  environment: "engine",
  profile: "connector",
  secretsFrom: "2026-11",
};
const WORKER = {
  environment: "engine",
  image: "registry.example/watchbell/worker:1.0.0",
  databaseSecretUri: "https://ours.vault.azure.net/secrets/database-url",
};

describe.skipIf(engineIsMissing() !== undefined)(titled("a deployment that fails"), { timeout: STEP_MS_MAX }, () => {
  let engine: Engine | undefined;
  afterEach(() => engine?.close());

  const open = async (settings: Record<string, unknown>): Promise<Engine> => {
    engine = await openInline(async () => {
      const checked = readInfraSettings(settings);
      handleFailures();
      return { ...(await deployWatchbell(checked, { now: Date.UTC(2026, 10, 24) })) };
    });
    return engine;
  };

  it("half-way keeps what is made, and goes on with the rest when run again", async () => {
    const { stack, cloud } = await open(WORKER);
    cloud.refuse("create", /:ContainerApp$/, "Conflict: another operation is in progress");
    await expect(stack.up()).rejects.toThrow(/another operation is in progress/);
    const vault = cloud.only(":Vault");
    cloud.calls.length = 0;
    await stack.up();
    expect(cloud.only(":ContainerApp").id).toContain("/containerApps/watchbell-engine");
    expect(cloud.only(":Vault")).toEqual(vault);
    expect(cloud.calls.filter((call) => !call.startsWith("create "))).toEqual([]);
  });

  it("because a principal is new waits for it by itself", async () => {
    const { stack, cloud } = await open(SMALL);
    cloud.refuse("create", /:RoleAssignment$/, "PrincipalNotFound: Principal 1 does not exist in the directory 2.");
    await stack.up();
    expect(cloud.calls.filter((call) => call.endsWith(":RoleAssignment"))).toHaveLength(2);
    expect(cloud.only(":RoleAssignment", "azure-access-worker").id).toBeTruthy();
  });

  it("for wrong settings names all of them before anything is asked of Azure", async () => {
    const { stack, cloud } = await open({ ...SMALL, location: "The Moon", monitor: "all" });
    await expect(stack.preview()).rejects.toThrow(/watchbell:location.*watchbell:monitor/s);
    expect(cloud.calls).toEqual([]);
  });

  it("to be destroyed, because somebody locked something, is destroyed once that lock is gone", async () => {
    const { stack, cloud } = await open(SMALL);
    await stack.up();
    const scope = cloud.only(":ActionGroup", "watch-operators").id;
    const lock = { scope, lockName: "by-hand", level: "CanNotDelete" };
    const { id } = cloud.create({
      type: "azure-native:authorization:ManagementLockByScope",
      name: "by-hand",
      inputs: lock,
    });
    await expect(stack.destroy()).rejects.toThrow(/ScopeLocked/);
    cloud.removePastEngine(id);
    const { steps, onEvent } = watcher();
    await stack.destroy({ onEvent });
    expect(steps.every((step) => step.startsWith("delete "))).toBe(true);
    expect(cloud.all()).toEqual([]);
  });
});
