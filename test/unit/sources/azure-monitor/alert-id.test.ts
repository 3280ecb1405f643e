import { describe, expect, test } from "vitest";
import { isInstanceId, nativeIdOf, parseAlertId, ruleName } from "../../../../src/sources/azure-monitor/alert-id.ts";
import { ALERT_ID, GUID, SUBSCRIPTION } from "./event-builder.ts";

const RESOURCE_SCOPED = `/subscriptions/${SUBSCRIPTION}/resourcegroups/rg (1)/providers/microsoft.insights/components/app/providers/Microsoft.AlertsManagement/alerts/${GUID}`;

describe("alert ids (threats I3)", () => {
  test.each([ALERT_ID, RESOURCE_SCOPED, ALERT_ID.toUpperCase()])("are parsed to subscription and GUID: %s", (id) => {
    expect(parseAlertId(id)).toEqual({ subscriptionId: SUBSCRIPTION, guid: GUID, id });
  });

  test.each([
    ["an absolute address", `https://evil.example${ALERT_ID}`],
    ["a host", `//evil.example${ALERT_ID}`],
    ["a climb", `/subscriptions/${SUBSCRIPTION}/../x/providers/Microsoft.AlertsManagement/alerts/${GUID}`],
    ["an escape", `/subscriptions/${SUBSCRIPTION}/%2e%2e/providers/Microsoft.AlertsManagement/alerts/${GUID}`],
    ["a query", `${ALERT_ID}?x=1`],
    ["a tail", `${ALERT_ID}/changestate`],
    ["a line break", `${ALERT_ID}\n`],
    [
      "a control character",
      `/subscriptions/${SUBSCRIPTION}/\u0001/providers/Microsoft.AlertsManagement/alerts/${GUID}`,
    ],
    ["no GUID", `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.AlertsManagement/alerts/abc`],
    ["a tenant's id", `/providers/Microsoft.AlertsManagement/alerts/${GUID}`],
    ["another provider", `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.CostManagement/alerts/${GUID}`],
    ["an empty text", ""],
    ["a very long one", `/subscriptions/${SUBSCRIPTION}${"/a".repeat(100_000)}`],
  ])("with %s lead to no call", (_, id) => {
    expect(parseAlertId(id)).toBeNull();
  });

  test("give one identity for every spelling and scope", () => {
    expect(new Set([ALERT_ID, RESOURCE_SCOPED, ALERT_ID.toUpperCase()].map(nativeIdOf))).toEqual(new Set([GUID]));
  });

  test("of another form are their own identity, bounded", () => {
    expect(nativeIdOf("/subscriptions/S/providers/X/alerts/Budget")).toBe("/subscriptions/s/providers/x/alerts/budget");
    const long = nativeIdOf(`${"x".repeat(5_000)}1`);
    expect(long).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(long).not.toBe(nativeIdOf(`${"x".repeat(5_000)}2`));
    expect([isInstanceId(GUID), isInstanceId(long)]).toEqual([true, false]);
  });

  test("name a rule by their last segment", () => {
    expect(
      ruleName(`/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers/microsoft.insights/metricAlerts/cpu`),
    ).toBe("cpu");
    expect(ruleName("CPU / memory")).toBe("CPU / memory");
    expect(ruleName(null)).toBeNull();
  });
});
