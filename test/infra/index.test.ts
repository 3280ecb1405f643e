import * as pulumi from "@pulumi/pulumi";
import { afterEach, describe, expect, it, vi } from "vitest";

/** Pulumi's mocks cannot register hooks: the hook is taken as registered already. */
vi.mock("../../infra/replication.ts", () => ({
  replicationHook: () => ({ name: "wait-for-new-principal", __registered: Promise.resolve() }),
}));

afterEach(() => vi.resetModules());

/** Runs what Pulumi.yaml's `main` names, with the stack's configuration. */
async function runEntryPoint(config: Record<string, string>): Promise<Record<string, unknown>> {
  await pulumi.runtime.setMocks(
    {
      newResource: ({ name, inputs }) => ({
        id: name,
        state: { ...inputs, name, properties: { vaultUri: "https://v/" } },
      }),
      call: () => ({ tenantId: "t", subscriptionId: "s", objectId: "o", clientId: "c" }),
    },
    "watchbell",
    "dev",
    false,
  );
  pulumi.runtime.setAllConfig(config);
  try {
    return { ...(await import("../../infra/index.ts")) };
  } finally {
    await pulumi.runtime.disconnect();
  }
}

describe("the program's entry point", () => {
  it("reads texts and objects from the stack's configuration, and exports outputs", async () => {
    const outputs = await runEntryPoint({
      "azure-native:location": "northeurope",
      "watchbell:image": "registry.example/watchbell/worker:1.0.0",
      "watchbell:worker": '{"azureMonitor.graceMinutes":"5"}',
    });
    const group = await new Promise((resolve) => {
      (outputs["resourceGroupName"] as pulumi.Output<string>).apply(resolve);
    });
    const environment = await new Promise((resolve) => {
      (outputs["workerEnvironment"] as pulumi.Output<object>).apply(resolve);
    });
    expect(group).toBe("resource-group");
    expect(environment).toMatchObject({ WATCHBELL_AZURE_MONITOR_GRACE_MINUTES: "5" });
    expect(outputs["nextSteps"]).toHaveLength(1);
  });

  it("stops at a misspelt setting before any resource", async () => {
    const failed = runEntryPoint({ "watchbell:imgae": "registry.example/watchbell/worker:1.0.0" });
    await expect(failed).rejects.toThrow(/watchbell:imgae is not a setting.*watchbell:image is missing/s);
  });
});
