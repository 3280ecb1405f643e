import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { namesOf, roleAssignmentName, stableGuid, tagsOf } from "../../infra/naming.ts";
import {
  customRoleActions,
  graphRoles,
  INTAKE_ROLE,
  isGranted,
  PERMISSIONS,
  PORTAL_ROLES,
} from "../../infra/permissions.ts";
import { replicationWaitSeconds } from "../../infra/replication.ts";

const RBAC = path.resolve(import.meta.dirname, "../../../shared/azure/rbac");
const SUBSCRIPTION_ID = "5ab5c71e-0000-4000-8000-000000000002";

describe("the permissions table", () => {
  it("names every permission once, without a wildcard, with a reason and a call", () => {
    const keys = PERMISSIONS.map(({ principal, scope, action }) => `${principal} ${scope} ${action}`);
    expect(new Set(keys).size).toBe(keys.length);
    for (const { action, why, call } of PERMISSIONS) {
      expect(action).not.toContain("*");
      expect(why.length).toBeGreaterThan(20);
      expect(call).not.toBe("");
    }
  });

  it("lets the worker write states only where that is switched on", () => {
    expect(customRoleActions("worker", "subscription", { monitor: "read" })).toEqual([
      "Microsoft.AlertsManagement/alerts/read",
    ]);
    expect(customRoleActions("worker", "subscription", { monitor: "read-write" })).toEqual([
      "Microsoft.AlertsManagement/alerts/changestate/action",
      "Microsoft.AlertsManagement/alerts/read",
    ]);
  });

  it("grants nothing of incidents or Graph while they are off", () => {
    const off = { monitor: "read-write", sentinel: "off", graph: "off", registry: "off", database: "off" } as const;
    const granted = PERMISSIONS.filter((line) => isGranted(line, off));
    expect(
      granted.filter(
        ({ scope, principal }) => scope === "graph" || scope.startsWith("sentinel") || principal === "playbooks",
      ),
    ).toEqual([]);
  });

  it("asks for one role of each pair of Microsoft Graph, and none of the retired interface", () => {
    expect(graphRoles()).toEqual(["SecurityAlert.ReadWrite.All", "SecurityIncident.ReadWrite.All"]);
  });

  it("lets nobody delete anything", () => {
    expect(PERMISSIONS.filter(({ action }) => /delete/i.test(action))).toEqual([]);
  });

  it("imports nothing, so that the worker may import it", () => {
    const text = readFileSync(new URL("../../infra/permissions.ts", import.meta.url), "utf8");
    expect(text).not.toMatch(/^\s*import\b|\bimport\(|\brequire\(/m);
  });

  it.skipIf(!existsSync(RBAC))("names operations that Azure publishes (skipped without the reference data)", () => {
    const files = ["AlertsManagement", "SecurityInsights.partial"];
    const published = files.flatMap((file) =>
      readFileSync(path.join(RBAC, `operations-Microsoft.${file}.csv`), "utf8")
        .split("\n")
        .map((line) => line.split(",")[0]),
    );
    const used = PERMISSIONS.filter((each) => each.grantedBy === "custom-role").map((each) => each.action);
    expect(used.filter((action) => !published.includes(action))).toEqual([]);
  });
});

describe("app roles", () => {
  it("have ids derived from their value, so that they stay for ever", () => {
    for (const role of [INTAKE_ROLE, ...PORTAL_ROLES])
      expect(role.id, role.value).toBe(stableGuid(`app-role/${role.value}`));
  });

  it("are the intake's one for applications, and four of the portal", () => {
    expect(INTAKE_ROLE.allowedMemberTypes).toEqual(["Application"]);
    expect(PORTAL_ROLES.map((role) => role.value)).toEqual(["Admin", "Manager", "Responder", "Viewer"]);
  });
});

describe("names", () => {
  it("fit Azure's limits for the longest environment", () => {
    const names = namesOf("abcdefghijkl", SUBSCRIPTION_ID);
    const appended = 8;
    expect(names.vaultPrefix.length + appended).toBeLessThanOrEqual(24);
    expect(names.vaultPrefix).toMatch(/^[a-z][a-z0-9-]*$/);
    expect(names.containerApp.length).toBeLessThanOrEqual(32);
    expect(names.identity.length).toBeLessThanOrEqual(63);
    expect(names.actionGroupShortName.length).toBeLessThanOrEqual(12);
    expect(names.workspacePrefix.length + appended).toBeLessThanOrEqual(63);
    expect(names.databasePrefix.length + appended).toBeLessThanOrEqual(63);
    expect(names.registryPrefix.length + appended).toBeLessThanOrEqual(50);
    expect(names.registryPrefix).toMatch(/^[a-z0-9]+$/);
    expect(names.containerInfrastructureGroup.length).toBeLessThanOrEqual(63);
    expect(names.operatorsShortName.length).toBeLessThanOrEqual(12);
    expect(names.databaseZone).toMatch(/\.private\.postgres\.database\.azure\.com$/);
  });

  it("give each environment and each subscription a role of its own", () => {
    const other = "6ab5c71e-0000-4000-8000-000000000002";
    const ids = [namesOf("dev", SUBSCRIPTION_ID), namesOf("prod", SUBSCRIPTION_ID), namesOf("dev", other)];
    expect(new Set(ids.map((each) => each.roleDefinitionId)).size).toBe(3);
    expect(new Set(ids.map((each) => each.roleName)).size).toBe(3);
  });

  it("give a recreated principal another assignment, whatever the spelling of the scope", () => {
    const name = roleAssignmentName("/subscriptions/a", "one", "role");
    expect(roleAssignmentName("/subscriptions/a", "two", "role")).not.toBe(name);
    expect(roleAssignmentName("/Subscriptions/A", "one", "role")).toBe(name);
  });

  it("are uuid version 5", () => {
    expect(stableGuid("x")).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it("keep Watchbell's tags when own ones have the same name", () => {
    expect(tagsOf("dev", { managedBy: "hand", team: "ops" })).toEqual({
      team: "ops",
      product: "watchbell",
      environment: "dev",
      managedBy: "pulumi",
    });
  });
});

describe("waiting for a new principal", () => {
  const answer = 'Code="PrincipalNotFound" Message="Principal 1 does not exist in the directory"';
  const type = "azure-native:authorization:RoleAssignment";
  const failure = (errors: string[], failedOperation = "create") => ({ type, failedOperation, errors });

  it("retries a creation with growing waits", () => {
    const waits = [1, 2, 3, 4, 5, 6].map((count) => replicationWaitSeconds(failure(Array(count).fill(answer))));
    expect(waits).toEqual([5, 10, 20, 40, 60, 60]);
  });

  it("gives up after eight attempts", () => {
    expect(replicationWaitSeconds(failure(Array(8).fill(answer)))).toBe(60);
    expect(replicationWaitSeconds(failure(Array(9).fill(answer)))).toBeUndefined();
  });

  it("does not retry another error, another kind of resource, an update or a deletion", () => {
    expect(replicationWaitSeconds(failure(["403 AuthorizationFailed", answer]))).toBeUndefined();
    expect(replicationWaitSeconds(failure([answer], "update"))).toBeUndefined();
    expect(replicationWaitSeconds(failure([answer], "delete"))).toBeUndefined();
    expect(replicationWaitSeconds(failure([]))).toBeUndefined();
    const server = { ...failure([answer]), type: "azure-native:dbforpostgresql:Server" };
    expect(replicationWaitSeconds(server)).toBeUndefined();
  });
});
