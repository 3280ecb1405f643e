import * as pulumi from "@pulumi/pulumi";
import type { WatchbellOutputs } from "../../infra/program.ts";
import { readInfraSettings } from "../../infra/settings.ts";

/** Runs the program through Pulumi's mocks and keeps what it registered, in order. */

export const TENANT_ID = "0a1b2c3d-0000-4000-8000-000000000001";
export const SUBSCRIPTION_ID = "5ab5c71e-0000-4000-8000-000000000002";
export const DEPLOYER_ID = "de910ce5-0000-4000-8000-000000000003";
export const AZURE_MONITOR_OBJECT_ID = "a2e5a2e5-0000-4000-8000-000000000004";
export const DEFAULT_DOMAIN = "happy-sea-1a2b3c4d.westeurope.azurecontainerapps.io";

export const IMAGE = `registry.example/watchbell/worker@sha256:${"0123456789abcdef".repeat(4)}`;
export const DATABASE_SECRET_URI = "https://wb-test-1a2b3c4d.vault.azure.net/secrets/database-url";

export interface Registered {
  type: string;
  name: string;
  // Inputs are free-form here: each test states what it expects of them.
  inputs: Record<string, unknown>;
}

export interface ProgramRun {
  registered: Registered[];
  outputs: pulumi.Unwrap<WatchbellOutputs>;
  /** The only resource of a type (its last part, `ActionGroup`). */
  only(type: string): Registered;
  /** All resources of a type, in order. */
  all(type: string): Registered[];
}

/** `azureMonitor: false` = Azure Monitor's principal is absent from the tenant. */
export async function runProgram(
  raw: Record<string, unknown> = {},
  tenant: { azureMonitor: boolean } = { azureMonitor: true },
): Promise<ProgramRun> {
  const registered: Registered[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        registered.push({ type, name, inputs: inputs as Record<string, unknown> });
        return { id: `${type.split(":").at(-1)}/${name}`, state: stateOf(name, inputs as Record<string, unknown>) };
      },
      call: ({ token }) => answerOf(token, tenant.azureMonitor),
    },
    "watchbell",
    "test",
    false,
  );
  const { deployWatchbell } = await import("../../infra/program.ts");
  const settings = readInfraSettings({
    environment: "test",
    image: IMAGE,
    databaseSecretUri: DATABASE_SECRET_URI,
    ...raw,
  });
  const outputs = await settled(pulumi.output(await deployWatchbell(settings)));
  await pulumi.runtime.disconnect();
  const all = (type: string) => registered.filter((resource) => resource.type.split(":").at(-1) === type);
  const only = (type: string) => {
    const found = all(type);
    if (found.length !== 1) throw new Error(`expected one ${type}, found ${found.length}`);
    return found[0] as Registered;
  };
  return { registered, outputs: outputs as pulumi.Unwrap<WatchbellOutputs>, only, all };
}

function stateOf(name: string, inputs: Record<string, unknown>): Record<string, unknown> {
  return {
    ...inputs,
    name: inputs["resourceGroupName"] ?? name,
    objectId: `${name}-object-id`,
    clientId: inputs["clientId"] ?? `${name}-client-id`,
    principalId: inputs["principalId"] ?? `${name}-principal-id`,
    customerId: `${name}-customer-id`,
    defaultDomain: DEFAULT_DOMAIN,
    properties: { ...(inputs["properties"] as object | undefined), vaultUri: `https://${name}.vault.azure.net/` },
  };
}

function answerOf(token: string, azureMonitor: boolean): Record<string, unknown> {
  if (token === "azure-native:authorization:getClientConfig") {
    return {
      tenantId: TENANT_ID,
      subscriptionId: SUBSCRIPTION_ID,
      objectId: DEPLOYER_ID,
      clientId: "deployer-client-id",
    };
  }
  if (token === "azuread:index/getServicePrincipal:getServicePrincipal" && azureMonitor) {
    return { objectId: AZURE_MONITOR_OBJECT_ID };
  }
  throw new Error(`no answer for ${token}`);
}

function settled<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply(resolve);
  });
}
