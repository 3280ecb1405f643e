import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import { beforeAll, describe, expect, it } from "vitest";
import { armBody } from "../../src/sandbox/deployed-arm.ts";
import { DEPLOYMENTS } from "./deployments.ts";
import type { Registered } from "./program-under-mocks.ts";

/** Every PUT body of the program against the ARM schemas that Microsoft publishes for deployments. */

const AZURE = path.resolve(import.meta.dirname, "../../../shared/azure");
const COMMON_ID = "https://schema.management.azure.com/schemas/common/definitions.json";
/** Where a schema keeps resources that are deployed at another scope than a resource group. */
const SECTIONS = ["resourceDefinitions", "subscription_resourceDefinitions", "extension_resourceDefinitions"];

/** Resource -> schema file, key of its definition, name input. The nearest published version to the provider's. */
const POSTGRES = "postgresql/arm-schema/2025-08-01_Microsoft.DBforPostgreSQL.json";
const VAULT = "keyvault/arm-schema/2025-05-01_Microsoft.KeyVault.json";
const AUTHORIZATION = "authorization/arm-schema/2022-04-01_Microsoft.Authorization.json";
const APP = "app/arm-schema/2025-07-01_Microsoft.App.json";
const SCHEMAS: Readonly<Record<string, readonly [file: string, key: string, nameInput: string]>> = {
  UserAssignedIdentity: [
    "managedidentity/arm-schema/2024-11-30_Microsoft.ManagedIdentity.json",
    "userAssignedIdentities",
    "resourceName",
  ],
  Vault: [VAULT, "vaults", "vaultName"],
  Secret: [VAULT, "vaults_secrets", "secretName"],
  Workspace: [
    "operationalinsights/arm-schema/2025-07-01_Microsoft.OperationalInsights.json",
    "workspaces",
    "workspaceName",
  ],
  DiagnosticSetting: ["monitor/arm-schema/2021-05-01-preview_Microsoft.Insights.json", "diagnosticSettings", "name"],
  ActionGroup: ["monitor/arm-schema/2023-01-01_Microsoft.Insights.json", "actionGroups", "actionGroupName"],
  ScheduledQueryRule: [
    "monitor/arm-schema/2025-01-01-preview_Microsoft.Insights.json",
    "scheduledQueryRules",
    "ruleName",
  ],
  ActivityLogAlert: [
    "monitor/arm-schema/2020-10-01_Microsoft.Insights.json",
    "activityLogAlerts",
    "activityLogAlertName",
  ],
  AlertProcessingRuleByName: [
    "alertsmanagement/arm-schema/2021-08-08_Microsoft.AlertsManagement.AlertProcessingRules.json",
    "actionRules",
    "alertProcessingRuleName",
  ],
  RoleDefinition: [AUTHORIZATION, "roleDefinitions", "roleDefinitionId"],
  RoleAssignment: [AUTHORIZATION, "roleAssignments", "roleAssignmentName"],
  ManagedEnvironment: [APP, "managedEnvironments", "environmentName"],
  ContainerApp: [APP, "containerApps", "containerAppName"],
  Server: [POSTGRES, "flexibleServers", "serverName"],
  Database: [POSTGRES, "flexibleServers_databases", "databaseName"],
  Configuration: [POSTGRES, "flexibleServers_configurations", "configurationName"],
  FirewallRule: [POSTGRES, "flexibleServers_firewallRules", "firewallRuleName"],
  AdministratorsMicrosoftEntra: [POSTGRES, "flexibleServers_administrators", "objectId"],
  Registry: ["containerregistry/arm-schema/2025-11-01_Microsoft.ContainerRegistry.json", "registries", "registryName"],
  Workflow: ["logic/arm-schema/2016-06-01_Microsoft.Logic.json", "workflows", "workflowName"],
};

/** Types whose schema is not among the reference data; their bodies stand on the provider's own types. */
const WITHOUT_SCHEMA = [
  "AutomationRule",
  "Budget",
  "DeploymentStackAtResourceGroup",
  "ManagementLockByScope",
  "NetworkSecurityGroup",
  "PrivateZone",
  "ResourceGroup",
  "Subnet",
  "TaskRun",
  "VirtualNetwork",
  "VirtualNetworkLink",
];

interface ArmSchema {
  id: string;
  [section: string]: unknown;
}

function readSchema(file: string): ArmSchema {
  const { $schema, ...schema } = JSON.parse(readFileSync(path.join(AZURE, file), "utf8")) as ArmSchema;
  allowFractions(schema["definitions"]);
  return schema as ArmSchema;
}

/** The generator of these schemas knows no fractions and writes `integer` for the cores of a container (0.5). */
function allowFractions(definitions: unknown): void {
  const named = (definitions ?? {}) as Record<string, { properties?: { cpu?: { oneOf?: { type?: string }[] } } }>;
  for (const cpu of named["ContainerResources"]?.properties?.cpu?.oneOf ?? []) {
    if (cpu.type === "integer") cpu.type = "number";
  }
}

/** The validator of one resource, with unknown properties refused: a misspelt one would be ignored by Azure. */
function validatorOf(file: string, key: string): { validate: ValidateFunction; version: string } {
  const schema = closed(readSchema(file)) as ArmSchema;
  const section = SECTIONS.find((name) => Object.hasOwn((schema[name] ?? {}) as object, key));
  if (section === undefined) throw new Error(`${file} has no ${key}`);
  const ajv = new Ajv({
    strict: false,
    validateSchema: false,
    allErrors: true,
    logger: false,
    formats: { uuid: true },
  });
  ajv.addSchema(withoutId(readSchema("_common/common_definitions.json")), COMMON_ID);
  ajv.addSchema(withoutId(schema), "arm");
  const validate = ajv.getSchema(`arm#/${section}/${key}`);
  if (validate === undefined) throw new Error(`${file}: ${key} does not compile`);
  const definition = (schema[section] as Record<string, { properties: { apiVersion: { enum: string[] } } }>)[key];
  return { validate, version: definition?.properties.apiVersion.enum[0] ?? "" };
}

function withoutId({ id, ...schema }: ArmSchema): Record<string, unknown> {
  return schema;
}

/** Copy of a schema in which every object that lists its properties allows no others. */
function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== "object" || node === null) return node;
  const copy: Record<string, unknown> = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, closed(value)]),
  );
  const listsProperties = copy["type"] === "object" && Object.keys((copy["properties"] ?? {}) as object).length > 0;
  if (listsProperties && copy["additionalProperties"] === undefined && copy["oneOf"] === undefined) {
    copy["additionalProperties"] = false;
  }
  return copy;
}

function problemsOf(validate: ValidateFunction): string[] {
  return (validate.errors ?? []).map(
    (error) => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`,
  );
}

describe.skipIf(!existsSync(AZURE))("bodies of the program (skipped without the reference data)", () => {
  const found = new Map<string, Registered[]>();
  const shortType = ({ type }: Registered) => type.split(":").at(-1) ?? "";

  beforeAll(async () => {
    for (const [deployment, run] of Object.entries(DEPLOYMENTS)) {
      for (const registered of (await run()).registered) {
        if (!registered.type.startsWith("azure-native:") || registered.type.includes(":aadiam:")) continue;
        const type = shortType(registered);
        const named = { ...registered, name: `${registered.name} of ${deployment}` };
        found.set(type, [...(found.get(type) ?? []), named]);
      }
    }
  }, 120_000);

  it.each(Object.entries(SCHEMAS))(
    "are what Azure accepts for %s, in every deployment",
    (type, [file, key, nameInput]) => {
      const { validate, version } = validatorOf(file, key);
      expect(found.get(type)?.length).toBeGreaterThan(0);
      for (const registered of found.get(type) ?? []) {
        const sent = { ...registered, inputs: toSent(registered.inputs) as Record<string, unknown> };
        const body = { ...armBody(sent), type: armTypeOf(file, key), apiVersion: version };
        const named = { ...body, name: registered.inputs[nameInput] ?? "nameoftheprovider" };
        expect(validate(asOlder(type, named)) ? [] : problemsOf(validate), registered.name).toEqual([]);
      }
    },
  );

  it("are all checked, but for those without a published schema", () => {
    expect([...found.keys()].filter((type) => !(type in SCHEMAS)).sort()).toEqual(WITHOUT_SCHEMA);
  });

  it("are what Azure accepts for the connection inside the deployment stack", () => {
    const stack = found.get("DeploymentStackAtResourceGroup")?.[0];
    if (stack === undefined) throw new Error("no deployment stack");
    const { resources } = stack.inputs["template"] as { resources: Record<string, unknown>[] };
    const { validate } = validatorOf("logic/arm-schema/2016-06-01_Microsoft.Web.json", "connections");
    // The published schema does not know how a connection signs in with a managed identity: Azure does.
    const { kind, ...known } = resources[0] as Record<string, unknown>;
    const { parameterValueType, ...properties } = known["properties"] as Record<string, unknown>;
    expect({ kind, parameterValueType }).toEqual({ kind: "V1", parameterValueType: "Alternative" });
    expect(validate({ ...known, properties }) ? [] : problemsOf(validate)).toEqual([]);
  });

  it("with a misspelt property are refused, so that the checks above mean something", () => {
    const { validate, version } = validatorOf("monitor/arm-schema/2023-01-01_Microsoft.Insights.json", "actionGroups");
    const group = found.get("ActionGroup")?.[0];
    if (group === undefined) throw new Error("no action group");
    const body = armBody({ ...group, inputs: { ...group.inputs, webhookReciever: [] } });
    expect(validate({ ...body, type: "Microsoft.Insights/actionGroups", apiVersion: version, name: "x" })).toBe(false);
  });
});

/**
 * The published schema of workflows is three years older than the version in use: it has no identity, and takes only
 * objects as values of parameters.
 */
function asOlder(type: string, body: Record<string, unknown>): Record<string, unknown> {
  if (type !== "Workflow") return body;
  const { identity, ...known } = body;
  expect(identity).toMatchObject({ type: "UserAssigned" });
  const properties = known["properties"] as { parameters: Record<string, { value: unknown }> };
  const parameters = Object.keys(properties.parameters).map((name) => [name, { value: {} }]);
  return { ...known, properties: { ...properties, parameters: Object.fromEntries(parameters) } };
}

/** As it goes over the wire: secrets by value. */
function toSent(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toSent);
  if (typeof value !== "object" || value === null) return value;
  if (Object.keys(value).join() === "secret" && "secret" in value) return toSent(value.secret);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toSent(item)]));
}

function armTypeOf(file: string, key: string): string {
  const namespace = path
    .basename(file)
    .replace(/^[\d-]+(-preview)?_/, "")
    .split(".")
    .slice(0, 2)
    .join(".");
  return `${namespace}/${key.replaceAll("_", "/")}`;
}
