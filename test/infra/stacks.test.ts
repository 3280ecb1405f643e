import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { namesOf } from "../../infra/naming.ts";
import { type InfraSettings, readInfraSettings } from "../../infra/settings.ts";
import { HUB_OUTPUTS, HUB_STACK } from "./deployments.ts";
import { type ProgramRun, runProgram, runSpoke, SENTINEL_WORKSPACE, SUBSCRIPTION_ID } from "./program-under-mocks.ts";

/** The example stacks, and that stacks beside each other share no name. */

const ROOT = new URL("../../", import.meta.url);
const files = readdirSync(ROOT).filter((file) => /^Pulumi\..+\.yaml$/.test(file));

/** Of YAML only what these files use: `config:`, a line a setting, and one level below it. */
function settingsIn(file: string): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  let inside: Record<string, string> | undefined;
  for (const line of readFileSync(new URL(file, ROOT), "utf8").split("\n")) {
    const [, indent = "", name = "", text = ""] = /^( +)([\w:.-]+): ?(.*)$/.exec(line) ?? [];
    if (name === "") continue;
    const value = text.replace(/^"(.*)"$/, "$1");
    if (indent.length > 2 && inside !== undefined) inside[name] = value;
    else if (value === "") settings[name.replace("watchbell:", "")] = inside = {};
    else settings[name.replace("watchbell:", "")] = value;
  }
  return settings;
}

describe("the example stacks", () => {
  it("are a hub and two spokes, for development and production", () => {
    expect(files).toEqual(
      ["hub", "north", "south"].flatMap((place) => ["dev", "prod"].map((stage) => `Pulumi.${place}-${stage}.yaml`)),
    );
  });

  it.each(files)("hold settings that the program accepts: %s", (file) => {
    expect(readInfraSettings(settingsIn(file)).environment).toMatch(/^(dev|prod)$/);
  });

  it("name each other", () => {
    const read = Object.fromEntries(
      files.map((file) => [file.replace(/^Pulumi\.|\.yaml$/g, ""), readInfraSettings(settingsIn(file))]),
    ) as Record<string, InfraSettings>;
    for (const stage of ["dev", "prod"]) {
      const spokes = ["north", "south"].map((place) => `organization/watchbell/${place}-${stage}`);
      expect(read[`hub-${stage}`]?.spokes).toEqual(spokes);
      for (const place of ["north", "south"]) {
        expect(read[`${place}-${stage}`]?.hub).toBe(`organization/watchbell/hub-${stage}`);
      }
    }
  });
});

/** Inputs that name something within a subscription or tenant. */
const NAMES = [
  "roleDefinitionId",
  "roleName",
  "roleAssignmentName",
  "automationRuleId",
  "actionGroupName",
  "containerAppName",
  "environmentName",
  "infrastructureResourceGroup",
  "alertProcessingRuleName",
  "ruleName",
  "activityLogAlertName",
  "privateZoneName",
  "resourceName",
  "budgetName",
  "displayName",
];

/** Names of what lives inside an application, a group or a server of the environment itself. */
const WITHIN =
  /FederatedIdentityCredential|ApplicationAppRole|ApplicationPassword|ScheduledQueryRule\.displayName|AutomationRule\.displayName|VirtualNetworkLink/;

function namesIn({ registered }: ProgramRun<object>): string[] {
  return registered.flatMap(({ type, inputs }) => {
    const kind = type.split(":").at(-1) ?? "";
    const named = NAMES.filter((name) => inputs[name] !== undefined && !WITHIN.test(`${kind}.${name}`));
    // An assignment names a role; which one may be the same built-in one everywhere.
    const own = named.filter((name) => kind !== "RoleAssignment" || name === "roleAssignmentName");
    const group = kind === "ResourceGroup" ? [`group ${String(inputs["resourceGroupName"])}`] : [];
    return [...own.map((name) => `${kind} ${String(inputs[name])}`), ...group];
  });
}

describe("two environments", () => {
  const workflows = new URL("workflows/", import.meta.url);
  const settings = { sentinel: SENTINEL_WORKSPACE, budget: "50", operators: "ops@example.com", role: "custom" };

  it("have nothing in common in one subscription and tenant", async () => {
    const [dev, prod] = [
      namesIn(await runProgram({ ...settings, environment: "dev" }, { workflows })),
      namesIn(await runProgram({ ...settings, environment: "prod" }, { workflows })),
    ];
    expect(dev.length).toBeGreaterThan(20);
    expect(dev.filter((name) => prod.includes(name))).toEqual([]);
  });

  it("have nothing in common as hub and spoke of one subscription either", async () => {
    const stacks = { [HUB_STACK]: HUB_OUTPUTS };
    const hub = namesIn(await runProgram({ ...settings, environment: "hub" }, { workflows }));
    const spoke = namesIn(await runSpoke({ ...settings, environment: "spoke", hub: HUB_STACK }, { stacks, workflows }));
    expect(spoke.filter((name) => hub.includes(name))).toEqual([]);
  });

  it("have roles of different names in different subscriptions, for role names are unique in a tenant", () => {
    const other = namesOf("prod", "07e850b5-0000-4000-8000-000000000009");
    const here = namesOf("prod", SUBSCRIPTION_ID);
    for (const name of ["roleName", "sentinelRoleName", "playbookRoleName", "roleDefinitionId"] as const) {
      expect(other[name]).not.toBe(here[name]);
    }
  });
});
