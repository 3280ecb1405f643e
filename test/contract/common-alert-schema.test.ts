import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { SourceEvent } from "../../src/alert/event.ts";
import { parseBody } from "../../src/sources/azure-monitor/payload-limits.ts";
import { readEvent } from "../../src/sources/azure-monitor/read-event.ts";
import { DEFAULT_SEVERITY_MAP } from "../../src/sources/azure-monitor/severity.ts";
import { toEvent } from "../../src/sources/azure-monitor/to-event.ts";

/**
 * Every payload that Microsoft publishes for action groups (MicrosoftDocs/azure-monitor-docs, alerts-payload-samples.md
 * and alerts-non-common-schema-definitions.md) and its list of alerts (Azure/azure-rest-api-specs, Alerts_List.json),
 * read where they lie. Run from the root of the repository.
 */
const SAMPLES = join(process.cwd(), "..", "shared", "azure");
const COMMON = join(SAMPLES, "common-alert-schema");
const NON_COMMON = join(SAMPLES, "non-common-alert-schema");
const LIST = join(SAMPLES, "alertsmanagement", "examples", "2025-05-25-preview", "Alerts_List.json");
const present = existsSync(COMMON);
const reason = present ? "" : " (skipped: the published samples are not beside the repository)";

const SUBSCRIPTION = "aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e";
const TEST_GUID = "eeeeeeee-4444-5555-6666-ffffffffffff";
const STORAGE = `/subscriptions/${SUBSCRIPTION}/resourcegroups/test-rg/providers/microsoft.storage/storageaccounts/test-storageaccount`;
const VM = `/subscriptions/${SUBSCRIPTION}/resourcegroups/test-rg/providers/microsoft.compute/virtualmachines/test-vm`;
const WORKSPACE = `/subscriptions/${SUBSCRIPTION}/resourcegroups/test-rg/providers/microsoft.operationalinsights/workspaces/test-loganalyticsworkspace`;

function parsedFile(folder: string, file: string): unknown {
  const parsed = parseBody(readFileSync(join(folder, file)));
  if (!parsed.ok) throw new Error(parsed.detail);
  return parsed.value;
}

function read(body: unknown): SourceEvent {
  const event = toEvent(body, { via: "entra", severityMap: DEFAULT_SEVERITY_MAP });
  if ("unreadable" in event) throw new Error(event.unreadable);
  return event;
}

const factsOf = (event: SourceEvent) =>
  Object.fromEntries(event.facts.flatMap((group) => group.facts.map((fact) => [fact.name, fact.value])));

interface Expected {
  title: string;
  severity: string;
  sourceSeverity: string | null;
  nativeId?: string;
  resource: string | null;
  facts: Record<string, string>;
}

const FULL: Record<string, Expected> = {
  "test-action-activity-log.json": {
    title: "test-activityLogAlertRule",
    severity: "info",
    sourceSeverity: "Sev4",
    nativeId: `/subscriptions/${SUBSCRIPTION}/resourcegroups/test-rg/providers/microsoft.insights/activitylogalerts/test_alert`,
    resource: VM,
    facts: {
      "Operation name": "Microsoft.Compute/virtualMachines/restart/action",
      Status: "Succeeded",
      Caller: "user@contoso.com",
    },
  },
  "test-action-availability.json": {
    title: "test-availabilityTest-test-applicationInsights",
    severity: "info",
    sourceSeverity: "Sev4",
    nativeId: TEST_GUID,
    resource: `/subscriptions/${SUBSCRIPTION}/resourcegroups/test-rg/providers/microsoft.insights/components/test-applicationinsights`,
    facts: {
      Value: "5",
      Threshold: "2",
      "Web test name": "test-availabilityTest-test-applicationInsights",
      "Custom key1": "value1",
    },
  },
  "test-action-cost-budget.json": {
    title: "YourspendforbudgetTest_actual_cost_budgetisnow$11,111.00exceedingyourspecifiedthreshold$25.00.",
    severity: "high",
    sourceSeverity: null,
    nativeId: `/subscriptions/${SUBSCRIPTION}/providers/microsoft.costmanagement/alerts/test_alert`,
    resource: null,
    facts: {
      "Budget name": "Test_actual_cost_budget",
      "Spent amount": "$11,111.00",
      "Notification threshold amount": "$25.00",
    },
  },
  "test-action-log-v1-metric-measurement.json": {
    title: "test-logAlertRule-v1-metricMeasurement",
    severity: "info",
    sourceSeverity: "Sev4",
    nativeId: TEST_GUID,
    resource: WORKSPACE,
    facts: {
      "Search query": "Heartbeat | summarize AggregatedValue=count() by bin(TimeGenerated, 5m)",
      "Result count": "2",
    },
  },
  "test-action-log-v1-number-of-results.json": {
    title: "test-logAlertRule-v1-numResults",
    severity: "info",
    sourceSeverity: "Sev4",
    nativeId: TEST_GUID,
    resource: WORKSPACE,
    facts: {
      "Search query": "Heartbeat",
      "Result count": "1",
      "Row 1": expect.stringContaining("Computer: test-computer") as string,
    },
  },
  "test-action-metric-dynamic.json": {
    title: "test-dynamicMetricAlertRule",
    severity: "info",
    sourceSeverity: "Sev4",
    nativeId: TEST_GUID,
    resource: STORAGE,
    facts: {
      Value: "78.09",
      Operator: "GreaterThan",
      Threshold: "0.3",
      "Alert sensitivity": "Low",
      "Window size": "PT15M",
    },
  },
  "test-action-metric-static.json": {
    title: "test-metricAlertRule",
    severity: "info",
    sourceSeverity: "Sev4",
    nativeId: TEST_GUID,
    resource: STORAGE,
    facts: { Value: "100", Threshold: "0", Aggregation: "Total", ApiName: "GetBlob", "Window size": "PT5M" },
  },
  "test-action-service-health.json": {
    title: "test-ServiceHealthAlertRule",
    severity: "info",
    sourceSeverity: "Sev4",
    nativeId: `/subscriptions/${SUBSCRIPTION}/providers/microsoft.alertsmanagement/alerts/1234abcd5678efgh1234abcd5678efgh1234abcd5678efgh1234abcd5678efgh`,
    resource: `/subscriptions/${SUBSCRIPTION}`,
    facts: {
      Title: "TestActionGroup-TestServiceHealthAlert",
      "Impact type": "SubscriptionList",
      "Impacted: AzureServiceName": "Global",
      "Tracking id": "TEST-TTT",
    },
  },
};

describe.skipIf(!present)(`published payloads in the common alert schema${reason}`, () => {
  test("are all in the table", () => {
    expect(
      readdirSync(COMMON)
        .filter((file) => file.startsWith("test-action-"))
        .sort(),
    ).toEqual(Object.keys(FULL).sort());
  });

  test.each(Object.entries(FULL))("are read: %s", (file, expected) => {
    const body = parsedFile(COMMON, file);
    const event = read(body);
    expect(event).toMatchObject({
      title: expected.title,
      severity: expected.severity,
      sourceSeverity: expected.sourceSeverity,
      nativeId: expected.nativeId,
      condition: "fired",
      schema: "common",
    });
    expect(event.resourceIds.map((id) => id.toLowerCase())).toEqual(
      expected.resource === null ? [] : [expected.resource],
    );
    expect(event.firedAt).toBeGreaterThan(Date.parse("2025-04-15T00:00:00Z"));
    expect(factsOf(event)).toMatchObject(expected.facts);
    expect(event.payload).toEqual(JSON.parse(readFileSync(join(COMMON, file), "utf8")));
  });
});

/** Only the `alertContext` part is published of these: each is put into an envelope. */
const CONTEXTS: Record<string, { groups: string[]; facts: Record<string, string> }> = {
  "context-activitylog-administrative.json": {
    groups: ["Activity"],
    facts: { Action: "Microsoft.Compute/virtualMachines/restart/action", Status: "Succeeded" },
  },
  "context-activitylog-autoscale.json": {
    groups: ["Activity", "Properties"],
    facts: { "Old instances count": "9", "New instances count": "10" },
  },
  "context-activitylog-security.json": {
    groups: ["Activity", "Properties"],
    facts: { "Compromised entity": "testVM", "Threat status": "Quarantined" },
  },
  "context-log-alerts-v2.json": {
    groups: ["Log query", "Evaluation"],
    facts: { Query: "Heartbeat", Threshold: "1", Computer: "TestComputer" },
  },
  "context-log-v1-application-insights.json": {
    groups: ["Log search", "Search results"],
    facts: { "Result count": "2", IP: "1.1.1.1" },
  },
  "context-log-v1-log-analytics.json": {
    groups: ["Log search", "Search results"],
    facts: { Threshold: "10000", Operator: "Less Than" },
  },
  "context-metric-availability-test.json": { groups: ["Metric: Failed Location", "Evaluation"], facts: { Value: "5" } },
  "context-metric-dynamic.json": {
    groups: ["Metric: Egress", "Evaluation"],
    facts: { Value: "50101", Threshold: "47658" },
  },
  "context-metric-static.json": {
    groups: ["Metric: Percentage CPU", "Evaluation"],
    facts: { Value: "31.1105", Aggregation: "Average" },
  },
  "context-resource-health.json": {
    groups: ["Activity", "Resource health"],
    facts: { "Current health status": "Unavailable", Cause: "UserInitiated" },
  },
  "context-service-health.json": {
    groups: ["Activity", "Service health"],
    facts: { "Impacted: Azure Synapse Analytics": "East US", "Incident type": "Maintenance" },
  },
};

describe.skipIf(!present)(`published alert contexts${reason}`, () => {
  test("are all in the table", () => {
    expect(
      readdirSync(COMMON)
        .filter((file) => file.startsWith("context-"))
        .sort(),
    ).toEqual(Object.keys(CONTEXTS).sort());
  });

  test.each(Object.entries(CONTEXTS))("become facts for people: %s", (file, expected) => {
    const { alertContext } = parsedFile(COMMON, file) as { alertContext: unknown };
    const essentials = {
      alertId: `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.AlertsManagement/alerts/${TEST_GUID}`,
    };
    const body = { schemaId: "azureMonitorCommonAlertSchema", data: { essentials, alertContext } };
    const event = read(body);
    expect(event.facts.map((group) => group.title)).toEqual(expect.arrayContaining(expected.groups));
    expect(factsOf(event)).toMatchObject(expected.facts);
    expect(event.payload).toBe(body);
  });
});

const OLD: Record<string, Omit<Expected, "nativeId">> = {
  "activity-log-administrative.json": {
    title: "Activity Log - Administrative alert",
    severity: "info",
    sourceSeverity: "Informational",
    resource: VM,
    facts: { "Operation name": "Microsoft.Compute/virtualMachines/restart/action", "Custom key1": "value1" },
  },
  "log-v1-number-of-results.json": {
    title: "test-logAlertRule-v1-numResults",
    severity: "low",
    sourceSeverity: "Sev3",
    resource: WORKSPACE,
    facts: { "Search query": "Heartbeat", "Result count": "1" },
  },
  "metric-dynamic.json": {
    title: "test-metricAlertRule",
    severity: "low",
    sourceSeverity: "Sev3",
    resource: STORAGE,
    facts: { Value: "78.09", "Custom key2": "value2" },
  },
  "metric-static.json": {
    title: "test-metricAlertRule",
    severity: "low",
    sourceSeverity: "Sev3",
    resource: STORAGE,
    facts: { Value: "100", ApiName: "GetBlob" },
  },
};

describe.skipIf(!present)(`published payloads without the common alert schema${reason}`, () => {
  test("are all in the table", () => {
    expect(readdirSync(NON_COMMON).sort()).toEqual(Object.keys(OLD).sort());
  });

  test.each(Object.entries(OLD))("are recognised, with advice: %s", (file, expected) => {
    const body = parsedFile(NON_COMMON, file);
    const event = read(body);
    const { title, severity, sourceSeverity } = expected;
    expect(event).toMatchObject({ title, severity, sourceSeverity, condition: "fired", schema: "non-common" });
    expect(event.resourceIds.map((id) => id.toLowerCase())).toEqual([expected.resource]);
    expect(event.firedAt).toBeGreaterThan(Date.parse("2021-11-15T00:00:00Z"));
    expect(factsOf(event)).toMatchObject(expected.facts);
    expect(event.advice[0]).toContain("common alert schema");
    expect(event.payload).toBe(body);
    expect(read(parsedFile(NON_COMMON, file)).nativeId).toBe(event.nativeId);
  });

  test("have different identities", () => {
    const ids = Object.keys(OLD).map((file) => read(parsedFile(NON_COMMON, file)).nativeId);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe.skipIf(!present)(`the published list of alerts${reason}`, () => {
  const items = () => {
    const list = JSON.parse(readFileSync(LIST, "utf8")) as {
      responses: { "200": { body: { value: { id: string }[] } } };
    };
    return list.responses["200"].body.value;
  };

  test("is read item by item", () => {
    const events = items().map((item) => readEvent(item, DEFAULT_SEVERITY_MAP));
    expect(events).toMatchObject([
      { title: "cpu alert", sourceState: "Acknowledged", condition: "fired", resolvedAt: null, sourceSeverity: "Sev3" },
      { title: "cpu alert", sourceState: "New", condition: "fired" },
    ]);
  });

  test("gives an alert the identity that its push has", () => {
    for (const item of items()) {
      const pushed = read({ schemaId: "azureMonitorCommonAlertSchema", data: { essentials: { alertId: item.id } } });
      expect(readEvent(item, DEFAULT_SEVERITY_MAP)).toMatchObject({ nativeId: pushed.nativeId });
    }
  });
});
