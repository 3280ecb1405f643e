import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deployWatchbell } from "../../infra/program.ts";
import { readInfraSettings } from "../../infra/settings.ts";
import { type Engine, engineIsMissing, inlineStack, openInline, STACK, titled } from "./engine.ts";

/** Two stacks of one state that read each other's outputs. */

const STEP_MS_MAX = 120_000;

describe.skipIf(engineIsMissing() !== undefined)(titled("a hub and its spoke"), { timeout: STEP_MS_MAX }, () => {
  let hub: Engine;
  let spoke: Stack;
  let hubSettings: Record<string, unknown> = {
    environment: "hub",
    image: "registry.example/watchbell/worker:1.0.0",
    retainData: "false",
  };
  const deployed = async (settings: Record<string, unknown>) => ({
    ...(await deployWatchbell(readInfraSettings(settings), { now: Date.UTC(2026, 10, 24) })),
  });
  const spokeSettings = { environment: "spoke", profile: "spoke", hub: `organization/watchbell/${STACK}` };

  beforeAll(async () => {
    hub = await openInline(() => deployed(hubSettings));
    spoke = await inlineStack("spoke", () => deployed(spokeSettings), hub);
  });
  afterAll(() => hub?.close());

  it("cannot begin with the spoke, and nothing is made when tried", async () => {
    await expect(spoke.up()).rejects.toThrow(/watchbell:hub/);
    expect(hub.cloud.calls).toEqual([]);
  });

  it("lead the spoke's alerts to the hub's worker, and give that worker rights in the spoke", async () => {
    await hub.stack.up();
    const { outputs } = await spoke.up();
    const ofHub = await hub.stack.outputs();
    const group = hub.cloud.resources.get(String(outputs["actionGroupId"]?.value));
    expect(JSON.stringify(group?.body)).toContain(`${ofHub["publicUrl"]?.value}/api/v1/intake/azure-monitor`);
    const rights = hub.cloud
      .all()
      .filter(({ inputs }) => inputs["roleDefinitionId"] === outputs["roleDefinitionId"]?.value);
    expect(rights.map(({ inputs }) => inputs["principalId"])).toEqual([ofHub["servicePrincipalId"]?.value]);
  });

  it("tell the hub's worker of the spoke once the hub knows it", async () => {
    hubSettings = { ...hubSettings, spokes: "organization/watchbell/spoke" };
    const { outputs } = await hub.stack.up();
    const environment = outputs["workerEnvironment"]?.value as Record<string, string> | undefined;
    const { subscriptionId } = await spoke.outputs();
    expect(environment?.["WATCHBELL_AZURE_SUBSCRIPTIONS"]?.split(",")).toContain(subscriptionId?.value);
  });

  it("are taken down one after the other, and nothing is left", async () => {
    await spoke.destroy();
    expect(hub.cloud.all().filter(({ id }) => id.includes("watchbell-spoke"))).toEqual([]);
    expect(hub.cloud.only(":ContainerApp").id).toBeTruthy();
    await hub.stack.destroy();
    expect(hub.cloud.all()).toEqual([]);
  });
});
