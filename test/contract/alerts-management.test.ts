import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { guidOf } from "../../src/sandbox/alerts/alert-ids.ts";
import { toAlertRequest } from "../../src/sandbox/alerts/alert-request.ts";
import { alertContextOf } from "../../src/sandbox/alerts/payload/alert-context.ts";
import { commonPayload } from "../../src/sandbox/alerts/payload/common-payload.ts";
import { legacyPayload } from "../../src/sandbox/alerts/payload/legacy-payload.ts";
import { ALERT_KINDS, type AlertKind } from "../../src/sandbox/alerts/signal.ts";
import { createAlertsUnderTest, type Json, SUBSCRIPTION, VERSION, VM } from "../unit/sandbox-alerts/fake-core.ts";

/** Published data, collected beside the repository; see its README for the origin of each file. */
const ORACLE = new URL("../../../shared/azure/", import.meta.url);
const isMissing = !existsSync(ORACLE);
const REASON = isMissing ? " (skipped: ../shared/azure is not here)" : "";
const readOracle = (path: string): Json => JSON.parse(readFileSync(new URL(path, ORACLE), "utf8"));

function alertOf(kind: AlertKind) {
  const { alerts } = createAlertsUnderTest();
  return alerts.fire(
    toAlertRequest({
      rule: "rule",
      kind,
      dimensions: { Computer: "vm-1" },
      customProperties: { customKey1: "value1" },
    }),
  );
}

/** Every member's path with the JSON types seen there; null goes with every type. */
function shapeOf(value: Json, path = "", shape = new Map<string, Set<string>>()) {
  const type = value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
  shape.set(path, (shape.get(path) ?? new Set()).add(type));
  if (type === "array") for (const item of value) shapeOf(item, `${path}[]`, shape);
  if (type === "object") for (const [name, member] of Object.entries(value)) shapeOf(member, `${path}.${name}`, shape);
  return shape;
}

const hasType = (shapes: ReturnType<typeof shapeOf>[], path: string, type: string) =>
  shapes.some((shape) => shape.get(path)?.has(type));

/** What our answer has that no sample has, lacks that each sample has, or has with another type. */
function differences(ours: Json, samples: Json[], free: RegExp): string[] {
  const actual = shapeOf(ours);
  const shapes = samples.map((sample) => shapeOf(sample));
  const published = new Set(shapes.flatMap((shape) => [...shape.keys()]).filter((path) => !free.test(path)));
  // A list that is empty in every sample says nothing about its items.
  const isOpen = (path: string) =>
    [...published].some(
      (list) => path.startsWith(`${list}[]`) && !published.has(`${list}[]`) && hasType(shapes, list, "array"),
    );
  const unknown = [...actual.keys()].filter((path) => !free.test(path) && !published.has(path) && !isOpen(path));
  const missing = [...published].filter((path) => !actual.has(path) && shapes.every((shape) => shape.has(path)));
  const mistyped = [...published].filter((path) => {
    const allowed = new Set(shapes.flatMap((shape) => [...(shape.get(path) ?? [])]));
    return !allowed.has("null") && [...(actual.get(path) ?? [])].some((type) => type !== "null" && !allowed.has(type));
  });
  return [
    ...unknown.map((path) => `unknown ${path}`),
    ...missing.map((path) => `missing ${path}`),
    ...mistyped.map((path) => `type of ${path}`),
  ];
}

/**
 * Maps of free names and tables of data: their members are nobody's contract. The whole sample of service health names
 * the services as a list, the published context as JSON text: ours is the text.
 */
const FREE = /[Pp]roperties\.customKey|SearchResults|impactedServices/;

describe.skipIf(isMissing)(`payloads of the sandbox have the published members${REASON}`, () => {
  test.each<[AlertKind, string[]]>([
    ["metric-static", ["test-action-metric-static"]],
    ["metric-dynamic", ["test-action-metric-dynamic"]],
    ["metric-availability", ["test-action-availability"]],
    ["log-v1", ["test-action-log-v1-metric-measurement", "test-action-log-v1-number-of-results"]],
    ["activity-administrative", ["test-action-activity-log"]],
    ["service-health", ["test-action-service-health"]],
    ["cost-budget", ["test-action-cost-budget"]],
  ])("%s, the whole payload", (kind, names) => {
    const samples = names.map((name) => readOracle(`common-alert-schema/${name}.json`));
    // Custom properties are configured per rule; the samples of some kinds show none.
    const { customProperties: _, ...data } = commonPayload(alertOf(kind)).data;
    for (const sample of samples) delete sample.data.customProperties;
    expect(differences({ schemaId: "azureMonitorCommonAlertSchema", data }, samples, FREE)).toEqual([]);
  });

  test.each<[AlertKind, string[]]>([
    ["metric-static", ["metric-static", "+test-action-metric-static"]],
    ["metric-dynamic", ["metric-dynamic", "+test-action-metric-dynamic"]],
    ["metric-availability", ["metric-availability-test", "+test-action-availability"]],
    ["log-v2", ["log-alerts-v2"]],
    ["log-v1", ["log-v1-log-analytics", "+test-action-log-v1-metric-measurement"]],
    ["log-v1-application-insights", ["log-v1-application-insights"]],
    ["activity-administrative", ["activitylog-administrative", "+test-action-activity-log"]],
    ["activity-autoscale", ["activitylog-autoscale"]],
    ["activity-security", ["activitylog-security"]],
    ["resource-health", ["resource-health"]],
    ["service-health", ["service-health", "+test-action-service-health"]],
  ])("%s, the context", (kind, names) => {
    const samples = names.map((name) =>
      name.startsWith("+")
        ? readOracle(`common-alert-schema/${name.slice(1)}.json`).data.alertContext
        : readOracle(`common-alert-schema/context-${name}.json`).alertContext,
    );
    expect(
      differences(alertContextOf(alertOf(kind)), samples, /^\.properties\.(customKey|name)|SearchResults/),
    ).toEqual([]);
  });

  test.each<[AlertKind, string]>([
    ["metric-static", "metric-static"],
    ["metric-dynamic", "metric-dynamic"],
    ["log-v1", "log-v1-number-of-results"],
    ["activity-administrative", "activity-log-administrative"],
  ])("%s without the common schema", (kind, name) => {
    const sample = readOracle(`non-common-alert-schema/${name}.json`);
    // The event's own description is a member that only the common schema's version has.
    const found = differences(
      legacyPayload(alertOf(kind)),
      [sample],
      /customKey|SearchResult\b|Activity Log Event Description/,
    );
    expect(found).toEqual([]);
  });
});

test("every kind has a payload of both schemas that is JSON through and through", () => {
  for (const kind of ALERT_KINDS) {
    for (const payload of [commonPayload(alertOf(kind)), legacyPayload(alertOf(kind))]) {
      expect(JSON.parse(JSON.stringify(payload)), kind).toEqual(payload);
    }
  }
});

describe.skipIf(isMissing)(`AlertsManagement answers the published surface${REASON}`, () => {
  interface Operation {
    operation: string;
    method: string;
    path: string;
    query: { name: string; description?: string }[];
    success: number[];
    response: string;
  }
  interface Model {
    bases: string[];
    properties: Record<string, { type: string; required: boolean }>;
  }
  const surface: { operations: Operation[]; models: Record<string, Model> } = isMissing
    ? { operations: [], models: {} }
    : readOracle("alertsmanagement/_derived-rest-surface.json");

  /** Members that a model may have, with those of its bases. */
  const membersOf = (name: string): Model["properties"] => {
    const model = surface.models[name];
    if (model === undefined) return {};
    return Object.assign({}, ...model.bases.map(membersOf), model.properties);
  };

  /** Paths of members that the model does not publish, or that it requires and the answer lacks. */
  function offences(value: Json, type: string, path = "$"): string[] {
    const list = /^list\[(.*)\]$/i.exec(type)?.[1];
    if (list !== undefined)
      return (value as Json[]).flatMap((item, index) => offences(item, list, `${path}[${index}]`));
    const members = membersOf(discriminated(type, value));
    if (Object.keys(members).length === 0 || value === null) return [];
    const unknown = Object.keys(value).filter((name) => !Object.hasOwn(members, name));
    const missing = Object.keys(members).filter((name) => members[name]!.required && !Object.hasOwn(value, name));
    const below = Object.entries(value).flatMap(([name, member]) =>
      offences(member, members[name]?.type ?? "str", `${path}.${name}`),
    );
    return [
      ...unknown.map((name) => `${path}.${name} unknown`),
      ...missing.map((name) => `${path}.${name} missing`),
      ...below,
    ];
  }

  /** The model that a base stands for, told by the answer. */
  function discriminated(type: string, value: Json): string {
    const models: Record<string, string> = {
      MonitorServiceList: "MonitorServiceList",
      PropertyChange: "PropertyChangeDetails",
      ActionsSuppressed: "ActionSuppressedDetails",
      ActionsTriggered: "ActionTriggeredDetails",
    };
    return models[value?.metadataIdentifier ?? value?.type] ?? type;
  }

  test("with every operation, every scope and the model of each", async () => {
    const { fire, call, post, resources } = createAlertsUnderTest();
    const group = `${SUBSCRIPTION}/resourceGroups/g/providers/Microsoft.Insights/actionGroups/a`;
    const actions = [{ actionType: "AddActionGroups", actionGroupIds: [group] }];
    resources.push({
      id: `${SUBSCRIPTION}/resourceGroups/g/providers/Microsoft.AlertsManagement/actionRules/r`,
      type: "Microsoft.AlertsManagement/actionRules",
      apiVersion: "2021-08-08",
      body: { properties: { scopes: [SUBSCRIPTION], actions } },
    });
    const id = await fire({ customProperties: { team: "web" } });
    await post(`/sandbox/alerts/${guidOf(id)}/resolve`);
    const values: Record<string, string> = {
      newState: "Acknowledged",
      identifier: "MonitorServiceList",
      groupby: "severity,alertState",
      timeRange: "30d",
      includeContext: "true",
      includeSmartGroupsCount: "true",
    };
    const scopes = [SUBSCRIPTION, `${SUBSCRIPTION}/resourceGroups/rg-web`, VM];
    for (const operation of surface.operations) {
      for (const scope of operation.path.includes("{scope}") ? scopes : [""]) {
        const path = operation.path.replace("/{scope}", scope).replace("{alertId}", guidOf(id)!);
        const asked = operation.query.filter(({ name }) => Object.hasOwn(values, name));
        const query = new URLSearchParams([
          ["api-version", VERSION],
          ...asked.map(({ name }) => [name, values[name]!]),
        ]);
        const answer = await call(operation.method, `${path}?${query}`);
        const label = `${operation.operation} on ${scope || "the tenant"}`;
        expect(operation.success, label).toContain(answer.status);
        const isPaged = operation.response.startsWith("List[");
        const problems = offences(isPaged ? answer.json.value : answer.json, operation.response);
        expect(problems, label).toEqual([]);
      }
    }
  });

  test("with every filter that the list publishes", async () => {
    const { call, fire } = createAlertsUnderTest();
    await fire();
    const list = surface.operations.find(({ operation }) => operation === "get_all")!;
    const unknown: string[] = [];
    for (const { name, description } of list.query.filter((parameter) => parameter.name !== "api-version")) {
      const known = description?.match(/Known values are: (.*?)\. Default/)?.[1]?.match(/"([^"]+)"/g) ?? [];
      for (const value of known.map((text) => text.slice(1, -1))) {
        const query = new URLSearchParams({ "api-version": VERSION, [name]: value });
        const answer = await call("GET", `${SUBSCRIPTION}/providers/Microsoft.AlertsManagement/alerts?${query}`);
        if (answer.status !== 200) unknown.push(`${name}=${value}`);
      }
    }
    expect(unknown).toEqual([]);
  });
});
