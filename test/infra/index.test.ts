import * as pulumi from "@pulumi/pulumi";
import { afterEach, describe, expect, it, vi } from "vitest";

/** Pulumi's mocks cannot register hooks. */
vi.mock("../../infra/failure-hook.ts", () => ({ handleFailures: () => {} }));

afterEach(() => vi.resetModules());

/** Runs what Pulumi.yaml's `main` names, with the stack's configuration. */
async function runEntryPoint(config: Record<string, string>): Promise<Record<string, unknown>> {
  await pulumi.runtime.setMocks(
    {
      newResource: ({ name, inputs }) => ({
        id: name,
        state: { ...inputs, name, properties: { vaultUri: "https://v/" } },
      }),
      call: ({ token }) => {
        if (token.endsWith(":getApplication")) throw new Error("none of that name");
        return { tenantId: "t", subscriptionId: "s", objectId: "o", clientId: "c" };
      },
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
    expect(outputs["keptAfterDestroy"]).toHaveLength(4);
    expect(outputs["clientSecretUri"]).toBeUndefined();
  });

  it("stops at a misspelt setting before any resource", async () => {
    const failed = runEntryPoint({ "watchbell:imgae": "registry.example/watchbell/worker:1.0.0" });
    await expect(failed).rejects.toThrow(/watchbell:imgae is not a setting.*watchbell:image is missing/s);
  });
});
