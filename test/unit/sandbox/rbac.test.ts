import { describe, expect, test } from "vitest";
import { isAllowed, matchesAction } from "../../../src/sandbox/rbac.ts";
import { createResourceStore } from "../../../src/sandbox/resources.ts";
import type { Principal, World } from "../../../src/sandbox/world.ts";

const SUBSCRIPTION = "/subscriptions/0000";
const GROUP = `${SUBSCRIPTION}/resourceGroups/rg`;
const VIRTUAL_MACHINE = `${GROUP}/providers/Microsoft.Compute/virtualMachines/vm`;
const READER = "/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7";
const person: Principal = { objectId: "p1", clientId: "c1", displayName: "one", owner: false };

/** A world that holds roles only. */
function worldWith(
  assignments: { scope: string; role: string; principalId?: string }[],
  permissions: object[] = [],
): World {
  const resources = createResourceStore({ load: () => undefined, save: () => undefined });
  const put = (id: string, type: string, properties: object) =>
    resources.put({ id, type, apiVersion: "2022-04-01", body: { id, properties } });
  put(
    `${SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/custom`,
    "Microsoft.Authorization/roleDefinitions",
    {
      roleName: "Custom",
      permissions,
    },
  );
  for (const [index, { scope, role, principalId = "P1" }] of assignments.entries()) {
    const id = `${scope}/providers/Microsoft.Authorization/roleAssignments/a${index}`;
    put(id, "Microsoft.Authorization/roleAssignments", { principalId, roleDefinitionId: role });
  }
  return { resources } as World;
}

describe("role based access", () => {
  test("a role counts at its scope and below, never above or beside", () => {
    const world = worldWith([{ scope: GROUP, role: READER }]);
    const allowed = (scope: string) => isAllowed(world, person, "Microsoft.Compute/virtualMachines/read", scope);
    expect(allowed(VIRTUAL_MACHINE)).toBe(true);
    expect(allowed(GROUP.toUpperCase())).toBe(true);
    expect(allowed(SUBSCRIPTION)).toBe(false);
    expect(allowed(`${GROUP}2`)).toBe(false);
  });

  test("an assignment at the root counts everywhere", () => {
    const world = worldWith([{ scope: "", role: READER }]);
    expect(isAllowed(world, person, "Any.Provider/things/read", VIRTUAL_MACHINE)).toBe(true);
  });

  test("a custom role gives its actions less its notActions", () => {
    const world = worldWith(
      [{ scope: SUBSCRIPTION, role: "/x/roleDefinitions/CUSTOM" }],
      [{ actions: ["Microsoft.AlertsManagement/alerts/*"], notActions: ["*/history/read"] }],
    );
    const allowed = (action: string) => isAllowed(world, person, action, GROUP);
    expect(allowed("microsoft.alertsmanagement/ALERTS/read")).toBe(true);
    expect(allowed("Microsoft.AlertsManagement/alerts/changestate/action")).toBe(true);
    expect(allowed("Microsoft.AlertsManagement/alerts/history/read")).toBe(false);
    expect(allowed("Microsoft.AlertsManagement/actionRules/read")).toBe(false);
  });

  test("what one role excludes another may give", () => {
    const world = worldWith(
      [
        { scope: SUBSCRIPTION, role: "/x/roleDefinitions/custom" },
        { scope: SUBSCRIPTION, role: READER },
      ],
      [{ actions: ["A/*"], notActions: ["A/secrets/read"] }],
    );
    expect(isAllowed(world, person, "A/secrets/read", GROUP)).toBe(true);
  });

  test("another principal's assignment and an unknown role give nothing", () => {
    const world = worldWith([
      { scope: SUBSCRIPTION, role: READER, principalId: "p2" },
      { scope: SUBSCRIPTION, role: "/x/roleDefinitions/gone" },
    ]);
    expect(isAllowed(world, person, "A/b/read", GROUP)).toBe(false);
  });

  test("the owner may do everything", () => {
    expect(isAllowed(worldWith([]), { ...person, owner: true }, "A/b/write", GROUP)).toBe(true);
  });

  test("a pattern is text with stars, not a regular expression", () => {
    expect(matchesAction("A.b/read", "Axb/read")).toBe(false);
    expect(matchesAction("*/read", "A/b/read")).toBe(true);
    expect(matchesAction("A/b", "A/b/read")).toBe(false);
  });
});
