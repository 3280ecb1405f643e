import { describe, expect, test } from "vitest";
import type { SourceEvent } from "../../../../src/alert/event.ts";
import { parseBody } from "../../../../src/sources/azure-monitor/payload-limits.ts";
import { DEFAULT_SEVERITY_MAP, parseSeverityMap } from "../../../../src/sources/azure-monitor/severity.ts";
import { toEvent } from "../../../../src/sources/azure-monitor/to-event.ts";
import { unreadableEvent } from "../../../../src/sources/azure-monitor/unreadable.ts";
import { ALERT_ID, buildBody, GUID } from "./event-builder.ts";

const OPTIONS = { via: "entra", severityMap: DEFAULT_SEVERITY_MAP } as const;

function read(body: unknown, severityMap = DEFAULT_SEVERITY_MAP): SourceEvent {
  const event = toEvent(body, { via: "entra", severityMap });
  if ("unreadable" in event) throw new Error(event.unreadable);
  return event;
}
const readEssentials = (essentials: Record<string, unknown>) => read(buildBody(essentials));

describe("the common alert schema", () => {
  test("becomes an event with the payload kept whole", () => {
    const body = buildBody();
    const event = read(body);
    expect(event).toMatchObject({
      nativeId: GUID,
      alertId: ALERT_ID,
      rule: "cpu-high",
      title: "cpu-high",
      description: "CPU is high",
      severity: "medium",
      sourceSeverity: "Sev2",
      condition: "fired",
      firedAt: Date.parse("2026-11-24T08:00:00.123Z"),
      resolvedAt: null,
      schema: "common",
      advice: [],
    });
    expect(event.payload).toBe(body);
  });

  test("needs nothing but the alert's id", () => {
    const body = { schemaId: "azureMonitorCommonAlertSchema", data: { essentials: { alertId: ALERT_ID } } };
    expect(read(body)).toMatchObject({
      title: "Azure Monitor alert",
      severity: "high",
      sourceSeverity: null,
      condition: "fired",
    });
  });

  test("survives members of wrong types", () => {
    const event = readEssentials({
      alertRule: { a: 1 },
      severity: [],
      signalType: 7,
      monitorCondition: 1,
      alertTargetIDs: "x",
      firedDateTime: 5,
      description: "",
    });
    expect(event).toMatchObject({
      rule: null,
      title: "Platform alert",
      condition: "fired",
      firedAt: null,
      resourceIds: [],
    });
  });

  test("is unreadable without an alert id, and says so", () => {
    expect(toEvent(buildBody({ alertId: null }), OPTIONS)).toEqual({
      unreadable: "common alert schema without a usable data.essentials.alertId",
    });
  });

  test.each([
    ["the rule", { alertRule: "disk-full", description: "x" }, "disk-full"],
    [
      "the last segment of a rule's ARM id",
      { alertRule: "/subscriptions/s/providers/microsoft.insights/metricAlerts/disk" },
      "disk",
    ],
    ["the description's first line", { alertRule: null, description: "\nfirst line\nsecond" }, "first line"],
    [
      "the monitoring service",
      { alertRule: "", description: null, monitoringService: "CostAlerts" },
      "CostAlerts alert",
    ],
  ])("takes as title %s", (_, essentials, title) => {
    expect(readEssentials(essentials).title).toBe(title);
  });

  test("counts every condition but Resolved as fired, so that nothing is silenced", () => {
    const condition = (word: unknown) => readEssentials({ monitorCondition: word }).condition;
    expect(["Fired", "Updated", "", null, "fired!"].map(condition)).toEqual(Array(5).fill("fired"));
    expect(["Resolved", "resolved"].map(condition)).toEqual(["resolved", "resolved"]);
  });

  test("maps severities by the setting; an unknown one is high", () => {
    const map = parseSeverityMap(["sev2=critical", " Sev4 = low "]);
    const severity = (word: unknown) => read(buildBody({ severity: word }), map).severity;
    expect(["Sev2", "sev4", 0, "1", "Sev9", null].map(severity)).toEqual([
      "critical",
      "low",
      "critical",
      "high",
      "high",
      "high",
    ]);
    expect(() => parseSeverityMap(["Sev5=low"])).toThrow("Sev5=low");
    expect(() => parseSeverityMap(["Sev1=urgent"])).toThrow(RangeError);
  });

  test("accepts an id that is none of an alert instance, and advises", () => {
    const event = readEssentials({ alertId: "/subscriptions/S/providers/Microsoft.CostManagement/alerts/Budget" });
    expect(event.nativeId).toBe("/subscriptions/s/providers/microsoft.costmanagement/alerts/budget");
    expect(event.advice).toHaveLength(1);
  });

  test("takes the resolved time only with the condition", () => {
    const resolvedDateTime = "2026-11-24T09:00:00+01:00";
    expect(readEssentials({ resolvedDateTime }).resolvedAt).toBeNull();
    expect(readEssentials({ resolvedDateTime, monitorCondition: "Resolved" }).resolvedAt).toBe(
      Date.parse("2026-11-24T08:00:00Z"),
    );
  });

  test("shows hidden characters in title and facts (threats C3)", () => {
    const event = read(buildBody({ alertRule: "a\u202eb" }, { alertContext: { note: "x\u0007" } }));
    expect(event.title).toBe("a⟨U+202E⟩b");
    expect(event.facts[0]).toEqual({ title: "Alert context", facts: [{ name: "Note", value: "x␇" }] });
  });

  test("keeps facts, groups and resources bounded", () => {
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`m${index}`, "v".repeat(9_000)]));
    const groups = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`group${index}`, { a: 1 }]));
    const targets = Array.from({ length: 300 }, (_, index) => `/subscriptions/s/r/${index}`);
    const event = read(buildBody({ alertTargetIDs: targets }, { alertContext: { ...many, ...groups } }));
    expect(event.resourceIds).toHaveLength(100);
    expect(event.facts).toHaveLength(20);
    for (const group of event.facts) {
      expect(group.facts.length).toBeLessThanOrEqual(50);
      for (const fact of group.facts) expect([...fact.value].length).toBeLessThanOrEqual(2_000);
    }
  });

  test("reads facts of a signal type nobody knows yet", () => {
    const event = read(
      buildBody({ signalType: "Quantum" }, { alertContext: { qubitCount: 5, device: { coolantLevel: "low" } } }),
    );
    expect(event.facts.slice(0, 2)).toEqual([
      { title: "Alert context", facts: [{ name: "Qubit count", value: "5" }] },
      { title: "Device", facts: [{ name: "Coolant level", value: "low" }] },
    ]);
  });
});

describe("signal types without a published payload", () => {
  test.each([
    [
      "Activity Log - Policy",
      { eventSource: "Policy", operationName: "Microsoft.Authorization/policies/audit/action" },
      "Activity",
    ],
    [
      "Activity Log - Recommendation",
      { operationName: "x/generate/action", properties: { recommendationName: "Resize" } },
      "Activity",
    ],
    ["SmartDetector", { DetectionSummary: "Failures rose", FormattedOccurrenceTime: "now" }, "Alert context"],
  ])("are read by their members: %s", (monitoringService, alertContext, title) => {
    const event = read(buildBody({ monitoringService }, { alertContext }));
    expect(event.facts[0]?.title).toBe(title);
    expect(event.monitoringService).toBe(monitoringService);
  });
});

describe("payloads without the common schema", () => {
  const metric = (status: string, timestamp: string, context: Record<string, unknown> = {}) => ({
    schemaId: "AzureMonitorMetricAlert",
    data: {
      status,
      context: {
        timestamp,
        id: "/subscriptions/S/resourceGroups/rg/providers/microsoft.insights/metricAlerts/cpu",
        name: "cpu",
        severity: "1",
        resourceId: "/subscriptions/S/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm",
        condition: { windowSize: "PT5M", allOf: [{ metricName: "Percentage CPU", metricValue: 91 }] },
        ...context,
      },
    },
  });

  test("share one identity between a metric alert's Activated and Deactivated", () => {
    const fired = read(metric("Activated", "2026-11-24T08:00:00Z"));
    const resolved = read(metric("Deactivated", "2026-11-24T08:10:00Z"));
    expect(resolved.nativeId).toBe(fired.nativeId);
    expect([fired.condition, resolved.condition]).toEqual(["fired", "resolved"]);
    expect([fired.firedAt, resolved.resolvedAt]).toEqual([
      Date.parse("2026-11-24T08:00:00Z"),
      Date.parse("2026-11-24T08:10:00Z"),
    ]);
    expect(fired).toMatchObject({ title: "cpu", severity: "high", sourceSeverity: "Sev1", schema: "non-common" });
    expect(fired.advice[0]).toContain("common alert schema");
  });

  test("tell resources and dimensions apart", () => {
    const of = (context: Record<string, unknown>) =>
      read(metric("Activated", "2026-11-24T08:00:00Z", context)).nativeId;
    const dimension = (value: string) => ({ condition: { allOf: [{ dimensions: [{ name: "Api", value }] }] } });
    expect(
      new Set([of({}), of({ resourceId: "/subscriptions/S/other" }), of(dimension("a")), of(dimension("b"))]).size,
    ).toBe(4);
  });

  test("of classic metric alerts are read", () => {
    const event = read({
      status: "Resolved",
      context: {
        timestamp: "2026-11-24T08:00:00.1234567Z",
        id: "/subscriptions/S/resourceGroups/rg/providers/microsoft.insights/alertrules/slow",
        name: "slow",
        conditionType: "Metric",
        condition: { metricName: "Requests", metricValue: "10", threshold: "5", operator: "GreaterThan" },
        resourceId: "/subscriptions/S/resourceGroups/rg/providers/microsoft.web/sites/app",
      },
      properties: {},
    });
    expect(event).toMatchObject({ title: "slow", condition: "resolved", schema: "non-common" });
    expect(event.facts[0]).toMatchObject({
      title: "Metric: Requests",
      facts: [{ name: "Value", value: "10" }, {}, {}],
    });
  });

  test("of an unknown schema are read by their usual words", () => {
    const event = read({
      schemaId: "Contoso/1",
      data: { context: { name: "door open", severity: "Sev1", status: "Activated", resourceId: "/x/y" } },
    });
    expect(event).toMatchObject({
      title: "door open",
      severity: "high",
      condition: "fired",
      resourceIds: ["/x/y"],
      schema: "unknown",
    });
  });

  test.each([[{ hello: "world" }], [{ schemaId: "x", data: { a: 1 } }], [[]], ["text"], [null], [7]])(
    "with nothing to recognise are unreadable: %j",
    (body) => {
      expect(toEvent(body, OPTIONS)).toHaveProperty("unreadable");
    },
  );
});

describe("a body that cannot be read (threats I1)", () => {
  test("is an alert of its own, the same for the same bytes", () => {
    const raw = Buffer.from("{ not json \u0000");
    const parsed = parseBody(raw);
    const reason = parsed.ok ? "" : parsed.detail;
    const event = unreadableEvent(raw, { via: "key", reason });
    expect(event).toMatchObject({
      condition: "unknown",
      schema: "unknown",
      severity: "high",
      description: "The body is not JSON.",
    });
    expect(event.nativeId).toBe(unreadableEvent(Buffer.from(raw), { via: "entra", reason: "other" }).nativeId);
    expect(event.nativeId).not.toBe(unreadableEvent(Buffer.from("{"), { via: "key", reason }).nativeId);
    expect(event.facts[0]?.facts.at(-1)).toEqual({ name: "Beginning", value: "{ not json ␀" });
  });
});
