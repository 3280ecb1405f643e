import * as pulumi from "@pulumi/pulumi";
import type { ConnectorOutputs } from "../../infra/connector.ts";
import type { FullOutputs } from "../../infra/full.ts";
import { readInfraSettings } from "../../infra/settings.ts";
import type { SpokeOutputs } from "../../infra/spoke.ts";
import { type ResourceOptions, recordingOptions } from "./resource-options.ts";

/** Runs the program through Pulumi's mocks and keeps what it registered, in order. */

export const TENANT_ID = "0a1b2c3d-0000-4000-8000-000000000001";
export const SUBSCRIPTION_ID = "5ab5c71e-0000-4000-8000-000000000002";
export const DEPLOYER_ID = "de910ce5-0000-4000-8000-000000000003";
export const AZURE_MONITOR_OBJECT_ID = "a2e5a2e5-0000-4000-8000-000000000004";
export const SENTINEL_OBJECT_ID = "5e5e5e5e-0000-4000-8000-000000000007";
export const GRAPH_OBJECT_ID = "96a9b000-0000-4000-8000-000000000008";
export const DEFAULT_DOMAIN = "happy-sea-1a2b3c4d.westeurope.azurecontainerapps.io";
export const NOW = Date.UTC(2026, 10, 24, 12);

export const IMAGE = `registry.example/watchbell/worker@sha256:${"0123456789abcdef".repeat(4)}`;
export const DATABASE_SECRET_URI = "https://wb-test-1a2b3c4d.vault.azure.net/secrets/database-url";
export const SENTINEL_WORKSPACE = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/soc/providers/Microsoft.OperationalInsights/workspaces/soc-logs`;
export const GRAPH_ROLE_IDS: Readonly<Record<string, string>> = {
  "SecurityIncident.ReadWrite.All": "34bf0e97-1971-4929-b999-9e2442d941d7",
  "SecurityAlert.ReadWrite.All": "ed4fca05-be46-441f-9803-1873825f8fdb",
};

export interface Registered {
  type: string;
  name: string;
  // Inputs are free-form here: each test states what it expects of them. Secrets stand as `{ secret: value }`.
  inputs: Record<string, unknown>;
  options: ResourceOptions;
}

export interface ProgramRun<Outputs> {
  registered: Registered[];
  outputs: pulumi.Unwrap<Outputs>;
  /** The only resource of a type (its last part, `ActionGroup`). */
  only(type: string): Registered;
  /** All resources of a type, in order. */
  all(type: string): Registered[];
  /** The one of this type and name. */
  named(type: string, name: string): Registered;
}

/** What the tenant and the subscription hold before the program runs. */
export interface Surroundings {
  /** Azure Monitor's principal is in the tenant. */
  azureMonitor?: boolean;
  /** Microsoft Graph's app roles; absent = those we know. */
  graphRoles?: Record<string, string>;
  /** Notes of an app registration that is there already, by its name. */
  applications?: Record<string, string>;
  /** Service principals by client id: object ids. */
  principals?: Record<string, string>;
  /** Outputs of other stacks by name. */
  stacks?: Record<string, Record<string, unknown>>;
  now?: number;
  workflows?: URL;
}

/** Settings that profile `full` needs beside its defaults. */
export const FULL = { environment: "test", image: IMAGE };

export function runProgram(
  raw: Record<string, unknown> = {},
  surroundings: Surroundings = {},
): Promise<ProgramRun<FullOutputs>> {
  return runProfile<FullOutputs>({ ...FULL, ...raw }, surroundings);
}

export const runSpoke = (raw: Record<string, unknown>, surroundings: Surroundings) =>
  runProfile<SpokeOutputs>({ profile: "spoke", environment: "test", ...raw }, surroundings);

export const runConnector = (raw: Record<string, unknown> = {}, surroundings: Surroundings = {}) =>
  runProfile<ConnectorOutputs>(
    { profile: "connector", environment: "test", secretsFrom: "2026-11", ...raw },
    surroundings,
  );

const runProfile = <Outputs>(raw: Record<string, unknown>, surroundings: Surroundings) =>
  recordingOptions((options) => runRecorded<Outputs>(raw, surroundings, options));

async function runRecorded<Outputs>(
  raw: Record<string, unknown>,
  surroundings: Surroundings,
  options: ReadonlyMap<string, ResourceOptions>,
): Promise<ProgramRun<Outputs>> {
  const registered: Registered[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        if (type === "pulumi:pulumi:StackReference") return stackState(String(inputs["name"]), surroundings);
        const shown = withoutMarks(inputs) as Record<string, unknown>;
        const treated = options.get(`${type} ${name}`);
        if (treated === undefined) throw new Error(`no options of ${type} ${name}`);
        registered.push({ type, name, inputs: shown, options: treated });
        return { id: idOf(type, name, shown), state: stateOf(name, inputs as Record<string, unknown>) };
      },
      call: ({ token, inputs }) => answerOf(token, inputs, surroundings),
    },
    "watchbell",
    "test",
    false,
  );
  try {
    const { deployWatchbell } = await import("../../infra/program.ts");
    const { now = NOW, workflows = new URL("no-workflows/", import.meta.url) } = surroundings;
    const outputs = await settled(pulumi.output(await deployWatchbell(readInfraSettings(raw), { now, workflows })));
    return { registered, outputs: outputs as pulumi.Unwrap<Outputs>, ...finders(registered) };
  } finally {
    await pulumi.runtime.disconnect();
  }
}

/** Short and by logical name, but a group's, which stands in ids that must differ between environments. */
function idOf(type: string, name: string, inputs: Record<string, unknown>): string {
  const group = inputs["resourceGroupName"];
  if (type.endsWith(":ResourceGroup")) return `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/${String(group)}`;
  return `${type.split(":").at(-1)}/${name}`;
}

function finders(registered: readonly Registered[]) {
  const all = (type: string) => registered.filter((resource) => resource.type.split(":").at(-1) === type);
  const onlyOf = (found: readonly Registered[], what: string) => {
    if (found.length !== 1) throw new Error(`expected one ${what}, found ${found.length}`);
    return found[0] as Registered;
  };
  return {
    all,
    only: (type: string) => onlyOf(all(type), type),
    named: (type: string, name: string) =>
      onlyOf(
        all(type).filter((each) => each.name === name),
        `${type} ${name}`,
      ),
  };
}

const SECRET_MARK = "4dabf18193072939515e22adb298388d";

/** Pulumi marks secrets on their way; here they become `{ secret: value }`, so that a test sees both. */
function withoutMarks(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMarks);
  if (typeof value !== "object" || value === null) return value;
  if (SECRET_MARK in value && "value" in value) return { secret: withoutMarks(value.value) };
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutMarks(item)]));
}

function stateOf(name: string, inputs: Record<string, unknown>): Record<string, unknown> {
  return {
    ...inputs,
    name: name === "resource-group" ? inputs["resourceGroupName"] : name,
    objectId: inputs["objectId"] ?? `${name}-object-id`,
    clientId: inputs["clientId"] ?? `${name}-client-id`,
    principalId: inputs["principalId"] ?? `${name}-principal-id`,
    customerId: `${name}-customer-id`,
    defaultDomain: DEFAULT_DOMAIN,
    fullyQualifiedDomainName: `${name}.postgres.database.azure.com`,
    loginServer: `${name}.azurecr.io`,
    ...(String(inputs["displayName"]).startsWith("watchbell-") && "endDate" in inputs
      ? { value: `value of ${String(inputs["displayName"])}` }
      : {}),
    properties: { ...(inputs["properties"] as object | undefined), vaultUri: `https://${name}.vault.azure.net/` },
  };
}

function stackState(stack: string, { stacks = {} }: Surroundings) {
  const outputs = stacks[stack];
  if (outputs === undefined) throw new Error(`unknown stack "${stack}"`);
  return { id: stack, state: { name: stack, outputs, secretOutputNames: [] } };
}

function answerOf(token: string, inputs: Record<string, unknown>, around: Surroundings): Record<string, unknown> {
  switch (token) {
    case "azure-native:authorization:getClientConfig":
      return { tenantId: TENANT_ID, subscriptionId: SUBSCRIPTION_ID, objectId: DEPLOYER_ID, clientId: "deployer" };
    case "azure-native:operationalinsights:getWorkspace":
      return { customerId: `${String(inputs["workspaceName"])}-customer-id` };
    case "azuread:index/getServicePrincipal:getServicePrincipal":
      return principalOf(String(inputs["clientId"]), around);
    case "azuread:index/getApplication:getApplication":
      return applicationOf(String(inputs["displayName"]), around);
    default:
      throw new Error(`no answer for ${token}`);
  }
}

function principalOf(clientId: string, around: Surroundings): Record<string, unknown> {
  const known: Record<string, string> = {
    "98785600-1bb7-4fb9-b9fa-19afe2c8a360": SENTINEL_OBJECT_ID,
    "00000003-0000-0000-c000-000000000000": GRAPH_OBJECT_ID,
    ...(around.azureMonitor === false ? {} : { "461e8683-5575-4561-ac7f-899cc907d62a": AZURE_MONITOR_OBJECT_ID }),
    ...around.principals,
  };
  const objectId = known[clientId];
  if (objectId === undefined) throw new Error(`no service principal ${clientId}`);
  return { objectId, appRoleIds: around.graphRoles ?? GRAPH_ROLE_IDS };
}

function applicationOf(displayName: string, { applications = {} }: Surroundings): Record<string, unknown> {
  const notes = applications[displayName];
  if (notes === undefined) throw new Error("No application found matching specified filter");
  return { displayName, notes };
}

function settled<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply(resolve);
  });
}
