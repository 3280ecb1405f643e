import { describe, expect, test } from "vitest";
import { fireDemoAlerts } from "../../../src/sandbox/alerts/demo.ts";
import { createAlertsUnderTest, guidIn, NOW, SUBSCRIPTION, SUBSCRIPTION_ID } from "./fake-core.ts";

describe("the control API of the alerts", () => {
  test("fires with nothing but a rule: Sev3, a metric, a virtual machine of the demonstration", async () => {
    const { post, get } = createAlertsUnderTest();
    const { status, json } = await post("/sandbox/alerts", { rule: "cpu" });
    expect(status).toBe(201);
    expect(json.alertId).toMatch(
      new RegExp(`^${SUBSCRIPTION}/providers/Microsoft.AlertsManagement/alerts/[0-9a-f-]{36}$`),
    );
    const { properties, name } = (await get(`/sandbox/alerts/${guidIn(json.alertId)}`)).json;
    expect(name).toBe("cpu");
    expect(properties.essentials).toMatchObject({
      severity: "Sev3",
      signalType: "Metric",
      alertState: "New",
      monitorCondition: "Fired",
      monitorService: "Platform",
      targetResource: expect.stringContaining("Microsoft.Compute/virtualMachines/"),
      startDateTime: new Date(NOW).toISOString(),
      lastModifiedUserName: "System",
    });
  });

  test("takes the id as GUID, URL-encoded and with its slashes", async () => {
    const { fire, get } = createAlertsUnderTest();
    const id = await fire();
    for (const path of [guidIn(id), encodeURIComponent(id), id.slice(1), id]) {
      const answer = await get(`/sandbox/alerts/${path}`);
      expect([answer.status, answer.json.id], path).toEqual([200, id]);
    }
  });

  test("answers as a person in Azure's portal would, and resolves as the system", async () => {
    const { fire, post } = createAlertsUnderTest();
    const id = encodeURIComponent(await fire());
    const acknowledged = await post(`/sandbox/alerts/${id}/state`, { state: "Acknowledged", comment: "on it" });
    expect(acknowledged.json.properties.essentials).toMatchObject({
      alertState: "Acknowledged",
      lastModifiedUserName: "azure.operator@contoso.example",
    });
    const resolved = await post(`/sandbox/alerts/${id}/resolve`);
    expect(resolved.json.properties.essentials).toMatchObject({
      alertState: "Acknowledged",
      monitorCondition: "Resolved",
      lastModifiedUserName: "System",
      monitorConditionResolvedDateTime: new Date(NOW).toISOString(),
    });
    expect((await post(`/sandbox/alerts/${id}/resolve`)).status).toBe(200);
  });

  test.each([
    [{}, "rule"],
    [{ rule: "" }, "rule"],
    [{ rule: "cpu", severity: "Sev5" }, "severity"],
    [{ rule: "cpu", resourceId: "vm-1" }, "a full ARM resource id"],
    [{ rule: "cpu", firedAt: "yesterday" }, "firedAt"],
    [{ rule: "cpu", colour: "red" }, "colour"],
    [{ rule: "cpu", customProperties: { team: 1 } }, "customProperties"],
  ])("refuses %j and names what is wrong", async (body, reason) => {
    const { post } = createAlertsUnderTest();
    const { status, json } = await post("/sandbox/alerts", body);
    expect(status).toBe(400);
    expect(json.error.message).toContain(reason);
  });

  test("answers 404 for an alert that Azure does not have, 405 for other methods, and forgets on request", async () => {
    const { fire, get, post, call } = createAlertsUnderTest();
    expect((await get("/sandbox/alerts/66114d64-d9d9-478b-95c9-b789d6502100")).status).toBe(404);
    const guid = guidIn(await fire());
    expect((await post(`/sandbox/alerts/${guid}/state`, { state: "Resolved" })).status).toBe(400);
    expect((await call("PUT", `/sandbox/alerts/${guid}`)).headers).toEqual({ allow: "GET, DELETE" });
    expect((await call("DELETE", `/sandbox/alerts/${guid}`)).status).toBe(204);
    expect((await get(`/sandbox/alerts/${guid}`)).status).toBe(404);
  });

  test.each([
    [{ signalType: "Log" }, "Log Analytics", "Log"],
    [{ signalType: "Activity Log" }, "ActivityLog Administrative", "Unknown"],
    [{ signalType: "Health" }, "ServiceHealth", "Unknown"],
    [{ monitorService: "ActivityLog Security" }, "ActivityLog Security", "Unknown"],
    [{ monitorService: "Activity Log - Autoscale" }, "ActivityLog Autoscale", "Unknown"],
    [{ monitorService: "SmartDetector" }, "SmartDetector", "Log"],
    [{ monitorService: "Nagios" }, "Nagios", "Metric"],
    [{ kind: "resource-health" }, "Resource Health", "Unknown"],
  ])("makes of %j an alert of %s", async (body, monitorService, signalType) => {
    const { post, get } = createAlertsUnderTest();
    const { json } = await post("/sandbox/alerts", { rule: "r", ...body });
    const { essentials } = (await get(`/sandbox/alerts/${guidIn(json.alertId)}`)).json.properties;
    expect(essentials).toMatchObject({ monitorService, signalType });
  });

  test("remembers its alerts over a start, and refuses a stored file that is not its own", async () => {
    const stored = new Map<string, unknown>();
    const first = createAlertsUnderTest({ stored });
    const id = await first.fire({ rule: "remembered" });
    await first.post(`/sandbox/alerts/${guidIn(id)}/state`, { state: "Closed" });
    const second = createAlertsUnderTest({ stored });
    const { json } = await second.get("/sandbox/alerts");
    expect(json.value).toHaveLength(1);
    expect(json.value[0].properties.essentials.alertState).toBe("Closed");
    expect(() => createAlertsUnderTest({ stored: new Map([["alerts", [{ rule: 1 }]]]) })).toThrow("--fresh");
  });

  test("fires a demonstration with every severity, one of it over at once", async () => {
    const { alerts, get } = createAlertsUnderTest();
    const ids = fireDemoAlerts(alerts, SUBSCRIPTION_ID);
    const shown = await Promise.all(ids.map((id) => get(`/sandbox/alerts/${guidIn(id)}`)));
    const essentials = shown.map((answer) => answer.json.properties.essentials);
    expect(new Set(essentials.map((one) => one.severity)).size).toBe(5);
    expect(essentials.filter((one) => one.monitorCondition === "Resolved")).toHaveLength(1);
  });
});
