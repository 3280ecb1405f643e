import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import { beforeAll, describe, expect, it } from "vitest";
import { armBody } from "../../src/sandbox/deployed-arm.ts";
import { type Registered, runProgram } from "./program-under-mocks.ts";

/** Every PUT body of the program against the ARM schemas that Microsoft publishes for deployments. */

const AZURE = path.resolve(import.meta.dirname, "../../../shared/azure");
const COMMON_ID = "https://schema.management.azure.com/schemas/common/definitions.json";
/** Where a schema keeps resources that are deployed at another scope than a resource group. */
const SECTIONS = ["resourceDefinitions", "subscription_resourceDefinitions", "extension_resourceDefinitions"];

/** Resource -> schema file, key of its definition, name input. The nearest published version to the provider's. */
const SCHEMAS: readonly [type: string, file: string, key: string, nameInput: string][] = [
  [
    "UserAssignedIdentity",
    "managedidentity/arm-schema/2024-11-30_Microsoft.ManagedIdentity.json",
    "userAssignedIdentities",
    "resourceName",
  ],
  ["Vault", "keyvault/arm-schema/2025-05-01_Microsoft.KeyVault.json", "vaults", "vaultName"],
  [
    "Workspace",
    "operationalinsights/arm-schema/2025-07-01_Microsoft.OperationalInsights.json",
    "workspaces",
    "workspaceName",
  ],
  ["DiagnosticSetting", "monitor/arm-schema/2021-05-01-preview_Microsoft.Insights.json", "diagnosticSettings", "name"],
  ["ActionGroup", "monitor/arm-schema/2023-01-01_Microsoft.Insights.json", "actionGroups", "actionGroupName"],
  [
    "AlertProcessingRuleByName",
    "alertsmanagement/arm-schema/2021-08-08_Microsoft.AlertsManagement.AlertProcessingRules.json",
    "actionRules",
    "alertProcessingRuleName",
  ],
  [
    "RoleDefinition",
    "authorization/arm-schema/2022-04-01_Microsoft.Authorization.json",
    "roleDefinitions",
    "roleDefinitionId",
  ],
  [
    "RoleAssignment",
    "authorization/arm-schema/2022-04-01_Microsoft.Authorization.json",
    "roleAssignments",
    "roleAssignmentName",
  ],
  ["ManagedEnvironment", "app/arm-schema/2025-07-01_Microsoft.App.json", "managedEnvironments", "environmentName"],
  ["ContainerApp", "app/arm-schema/2025-07-01_Microsoft.App.json", "containerApps", "containerAppName"],
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

const DEPLOYMENTS: Record<string, Record<string, unknown>> = {
  defaults: {},
  max: {
    publicUrl: "https://oncall.example.com",
    monitor: "read",
    purgeProtection: "false",
    vaultAllowedIps: "203.0.113.0/24",
    tags: { costCentre: "4711" },
    worker: { "azureMonitor.graceMinutes": "5" },
  },
};

describe.skipIf(!existsSync(AZURE))("bodies of the program (skipped without the reference data)", () => {
  const runs = new Map<string, Registered[]>();

  beforeAll(async () => {
    for (const [name, settings] of Object.entries(DEPLOYMENTS)) runs.set(name, (await runProgram(settings)).registered);
  }, 60_000);

  for (const deployment of Object.keys(DEPLOYMENTS)) {
    it.each(SCHEMAS)(`with ${deployment} settings are what Azure accepts for %s`, (type, file, key, nameInput) => {
      const { validate, version } = validatorOf(file, key);
      const found = runs.get(deployment)?.filter((each) => each.type.split(":").at(-1) === type) ?? [];
      expect(found.length).toBeGreaterThan(0);
      for (const registered of found) {
        const body = {
          ...armBody(registered),
          type: armTypeOf(file, key),
          apiVersion: version,
          name: registered.inputs[nameInput] ?? "name",
        };
        expect(validate(body) ? [] : problemsOf(validate)).toEqual([]);
      }
    });
  }

  it("refuses a body with a misspelt property, so that the check above means something", () => {
    const { validate, version } = validatorOf("monitor/arm-schema/2023-01-01_Microsoft.Insights.json", "actionGroups");
    const group = runs.get("defaults")?.find((each) => each.type.endsWith(":ActionGroup"));
    if (group === undefined) throw new Error("no action group");
    const body = armBody({ ...group, inputs: { ...group.inputs, webhookReciever: [] } });
    expect(validate({ ...body, type: "Microsoft.Insights/actionGroups", apiVersion: version, name: "x" })).toBe(false);
  });
});

function armTypeOf(file: string, key: string): string {
  return `${path
    .basename(file)
    .replace(/^[\d-]+(-preview)?_/, "")
    .split(".")
    .slice(0, 2)
    .join(".")}/${key}`;
}
