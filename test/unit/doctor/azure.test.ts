import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { PERMISSIONS, type Permission } from "../../../infra/permissions.ts";
import type { FaultKind } from "../../../src/sandbox/world.ts";
import { byId, type DoctorSandbox, failedOf, startDoctorSandbox } from "./doctor-sandbox.ts";

const READ = "Microsoft.AlertsManagement/alerts/read";
const CHANGE = "Microsoft.AlertsManagement/alerts/changestate/action";
const OTHER_GUID = "0a1b2c3d-0000-4000-8000-00000000000f";
const ROLE_DEFINITIONS = "Microsoft.Authorization/roleDefinitions";
const ROLE_ASSIGNMENTS = "Microsoft.Authorization/roleAssignments";

let doctor: DoctorSandbox;
let scope: string;
let subscriptionId: string;
beforeAll(async () => {
  doctor = await startDoctorSandbox();
  subscriptionId = doctor.outputs.subscriptionId;
  scope = `/subscriptions/${subscriptionId}`;
});
afterAll(() => doctor.end());

/** Deploys the custom role with these actions until the test ends. */
function setActions(actions: string[]): void {
  const role = doctor.resource(ROLE_DEFINITIONS, ({ id }) => id === doctor.outputs.roleDefinitionId);
  const properties = role.body["properties"] as object;
  const changed = { ...properties, permissions: [{ actions, notActions: [] }] };
  doctor.sandbox.world.resources.put({ ...role, body: { ...role.body, properties: changed } });
  onTestFinished(() => doctor.sandbox.world.resources.put(role));
}

/** Switches a fault on until the test ends. */
function setFault(operation: string, fault: FaultKind, afterMs = 0): void {
  const { faults } = doctor.sandbox.world;
  faults.push({ operation, fault, timesLeft: null, afterMs, retryAfterSeconds: 7 });
  onTestFinished(() => void faults.splice(0));
}

test("A complete deployment passes every check, and only what needs a database is open.", async () => {
  const results = await doctor.examine();
  expect(failedOf(results)).toEqual([]);
  const open = results.filter(({ status }) => status === "warn").map(({ id }) => id);
  expect(open.filter((id) => id !== "portal")).toEqual([
    "database",
    "database-schema",
    "database-role",
    "database-tls",
    "azure-monitor-grant",
  ]);
  expect(byId(results).get("database")?.finding).toMatch(/starts with the worker/);
});

test("Nothing is changed in Azure by any check.", async () => {
  const { requests } = doctor.sandbox.world;
  const before = requests.length;
  await doctor.examine();
  const writes = requests.slice(before).filter(({ method, path }) => method !== "GET" && !path.includes("/oauth2/"));
  expect(writes.map(({ path, status }) => [path.replace(/\?.*/, ""), status])).toEqual([
    [`${scope}/providers/Microsoft.AlertsManagement/alerts/00000000-0000-0000-0000-000000000000/changestate`, 404],
  ]);
});

test("An action that the role lacks is named with its scope, and the others go on.", async () => {
  setActions([READ]);
  const results = await doctor.examine();
  expect(failedOf(results)).toEqual([`permission:${CHANGE}:${subscriptionId}`]);
  const failed = byId(results).get(`permission:${CHANGE}:${subscriptionId}`);
  expect(failed?.finding).toBe(`the action ${CHANGE} is not allowed at ${scope} (AuthorizationFailed)`);
  expect(failed?.advice).toContain(`the action ${CHANGE} at the scope ${scope}`);
});

test("The right to write is not asked for where nothing is written back.", async () => {
  setActions([READ]);
  const results = await doctor.examine({ WATCHBELL_AZURE_MONITOR_WRITE_BACK: "false" });
  expect(failedOf(results)).toEqual([]);
  expect(byId(results).has(`permission:${CHANGE}:${subscriptionId}`)).toBe(false);
});

test("A role that was never assigned fails every permission.", async () => {
  const { resources } = doctor.sandbox.world;
  const assignment = doctor.resource(
    ROLE_ASSIGNMENTS,
    ({ id, body }) =>
      id.startsWith(`${scope}/providers/`) &&
      (body["properties"] as { roleDefinitionId: string }).roleDefinitionId === doctor.outputs.roleDefinitionId,
  );
  resources.delete(assignment.id);
  onTestFinished(() => resources.put(assignment));
  expect(failedOf(await doctor.examine())).toEqual([
    `permission:${READ}:${subscriptionId}`,
    `permission:${CHANGE}:${subscriptionId}`,
  ]);
});

test("A wrong subscription is named once, and its permissions are not checked.", async () => {
  const results = await doctor.examine({ WATCHBELL_AZURE_SUBSCRIPTIONS: `${OTHER_GUID},${subscriptionId}` });
  expect(failedOf(results)).toEqual([`subscription:${OTHER_GUID}`]);
  expect(byId(results).get(`subscription:${OTHER_GUID}`)?.finding).toMatch(/SubscriptionNotFound/);
  expect(byId(results).get(`permission:${READ}:${OTHER_GUID}`)?.finding).toMatch(/^not checked because/);
  expect(byId(results).get(`permission:${READ}:${subscriptionId}`)?.status).toBe("ok");
});

test("No subscription at all is a warning.", async () => {
  const results = await doctor.examine({ WATCHBELL_AZURE_SUBSCRIPTIONS: "" });
  expect(byId(results).get("subscriptions")).toMatchObject({ status: "warn", finding: "none is configured" });
});

test.each<[FaultKind, RegExp]>([
  ["429", /Azure throttles: run the doctor again after 7 s/],
  ["5xx", /Azure has trouble/],
  ["expiredSecret", /the token is not accepted/],
])("Azure's answer to the fault %s becomes advice.", async (fault, advice) => {
  setFault("AlertsManagement.list", fault);
  const results = await doctor.examine();
  expect(byId(results).get(`permission:${READ}:${subscriptionId}`)?.advice).toMatch(advice);
});

test("A call that is not answered ends with its bound, and the others go on.", async () => {
  setFault("AlertsManagement.list", "slow", 5_000);
  const results = await doctor.examine({}, { boundMs: 1_000 });
  expect(failedOf(results)).toEqual([`permission:${READ}:${subscriptionId}`]);
  expect(byId(results).get(`permission:${READ}:${subscriptionId}`)?.finding).toBe("no answer within 1 s");
  expect(byId(results).get(`permission:${CHANGE}:${subscriptionId}`)?.status).toBe("ok");
});

test("Log Analytics is tried only with a workspace in the settings and the right in the table.", async () => {
  const query: Permission = {
    principal: "worker",
    scope: "subscription",
    action: "Microsoft.OperationalInsights/workspaces/query/read",
    grantedBy: "custom-role",
    why: "Enrich alerts with query results.",
    call: "POST /v1/workspaces/{workspaceId}/query",
  };
  const id = `permission:${query.action}:${subscriptionId}`;
  const permissions = [...PERMISSIONS, query];
  expect(byId(await doctor.examine()).has(id)).toBe(false);
  expect(byId(await doctor.examine({ WATCHBELL_AZURE_WORKSPACE_ID: "" }, { permissions })).has(id)).toBe(false);
  expect(byId(await doctor.examine({}, { permissions })).get(id)?.status).toBe("fail");
  setActions([READ, CHANGE, query.action]);
  expect(byId(await doctor.examine({}, { permissions })).get(id)?.status).toBe("ok");
});

test("Every action of the worker in the permissions table has a harmless call.", async () => {
  const results = await doctor.examine();
  const wanted = PERMISSIONS.filter(({ principal, scope }) => principal === "worker" && scope === "subscription").map(
    ({ action }) => action,
  );
  for (const action of wanted) expect(byId(results).get(`permission:${action}:${subscriptionId}`)?.status).toBe("ok");
});
