import { describe, expect, test } from "vitest";
import type { FaultKind } from "../../../src/sandbox/world.ts";
import { createAlertsUnderTest, guidIn, HOUR_MS, type Json, SUBSCRIPTION, VERSION, VM } from "./fake-core.ts";

const GROUP = `${SUBSCRIPTION}/resourceGroups/rg-ops/providers/Microsoft.Insights/actionGroups/ag-watchbell`;
const INTAKE = "http://127.0.0.1:8080/api/v1/intake/azure-monitor";
type Sandbox = ReturnType<typeof createAlertsUnderTest>;

function deployGroup(
  { resources }: Sandbox,
  receiver: Record<string, unknown> = {},
  group: Record<string, unknown> = {},
) {
  const webhookReceivers = [{ name: "watchbell", serviceUri: INTAKE, useCommonAlertSchema: true, ...receiver }];
  const properties = { groupShortName: "watchbell", enabled: true, webhookReceivers, ...group };
  resources.push({
    id: GROUP,
    type: "Microsoft.Insights/actionGroups",
    apiVersion: "2023-01-01",
    body: { properties },
  });
}

function deployRule({ resources }: Sandbox, rule: Record<string, unknown> = {}, name = "apr-watchbell") {
  const actions = [{ actionType: "AddActionGroups", actionGroupIds: [GROUP.toUpperCase()] }];
  const properties = { scopes: [SUBSCRIPTION], enabled: true, actions, ...rule };
  const id = `${SUBSCRIPTION}/resourceGroups/rg-ops/providers/Microsoft.AlertsManagement/actionRules/${name}`;
  resources.push({
    id,
    type: "Microsoft.AlertsManagement/actionRules",
    apiVersion: "2021-08-08",
    body: { properties },
  });
}

function deployed(receiver: Record<string, unknown> = {}, rule: Record<string, unknown> = {}): Sandbox {
  const sandbox = createAlertsUnderTest();
  deployGroup(sandbox, receiver);
  deployRule(sandbox, rule);
  return sandbox;
}

const removal = { actions: [{ actionType: "RemoveAllActionGroups" }] };
const when = (field: string, operator: string, ...values: string[]) => ({ conditions: [{ field, operator, values }] });

describe("an action group", () => {
  test("is told of the firing and of the end, with the common alert schema", async () => {
    const sandbox = deployed();
    const id = await sandbox.fire({ severity: "Sev1" });
    await sandbox.alerts.idle();
    await sandbox.clock.advance(90_000);
    await sandbox.post(`/sandbox/alerts/${guidIn(id)}/resolve`);
    await sandbox.alerts.idle();
    expect(sandbox.posted.map((post) => post.url)).toEqual([INTAKE, INTAKE]);
    const essentials = sandbox.posted.map((post) => post.payload.data!["essentials"] as Json);
    expect(essentials[0]).toMatchObject({
      alertId: id,
      severity: "Sev1",
      monitorCondition: "Fired",
      alertTargetIDs: [VM],
    });
    expect(essentials[0]).not.toHaveProperty("resolvedDateTime");
    expect(essentials[1]).toMatchObject({ alertId: id, monitorCondition: "Resolved" });
    expect(Date.parse(essentials[1].resolvedDateTime) - Date.parse(essentials[1].firedDateTime)).toBe(90_000);
  });

  test("is told nothing of a state change, of an unpushed and of a suppressed alert", async () => {
    const sandbox = deployed();
    const id = await sandbox.fire({ push: false });
    await sandbox.post(`/sandbox/alerts/${guidIn(id)}/state`, { state: "Acknowledged" });
    const suppressed = await sandbox.fire({ suppressed: true });
    await sandbox.post(`/sandbox/alerts/${guidIn(suppressed)}/resolve`);
    await sandbox.alerts.idle();
    expect(sandbox.posted).toEqual([]);
    const { essentials } = (await sandbox.get(`${suppressed}?api-version=${VERSION}`)).json.properties;
    expect(essentials.actionStatus).toEqual({ isSuppressed: true });
  });

  test("gets the old payload when the receiver does not take the common schema", async () => {
    const sandbox = deployed({ useCommonAlertSchema: false });
    await sandbox.fire();
    await sandbox.alerts.idle();
    expect(sandbox.posted[0]!.payload).toMatchObject({
      schemaId: "AzureMonitorMetricAlert",
      data: { status: "Activated" },
    });
  });

  test("is posted to with a token of Azure Monitor when the receiver is a secure webhook", async () => {
    const sandbox = deployed({ useAadAuth: true, identifierUri: "api://watchbell" });
    await sandbox.fire();
    await sandbox.alerts.idle();
    expect(sandbox.posted[0]!.headers["authorization"]).toBe(
      "Bearer token-of-461e8683-5575-4561-ac7f-899cc907d62a-for-api://watchbell",
    );
  });

  test("is left alone when disabled, not deployed or outside this machine", async () => {
    const disabled = createAlertsUnderTest();
    deployGroup(disabled, {}, { enabled: false });
    deployRule(disabled);
    const missing = createAlertsUnderTest();
    deployRule(missing);
    const outside = deployed({ serviceUri: "https://example.com/hook" });
    for (const sandbox of [disabled, missing, outside]) {
      await sandbox.fire();
      await sandbox.alerts.idle();
      expect(sandbox.posted).toEqual([]);
    }
    expect(outside.actionGroups.results()[0]?.outcome).toMatchObject({ reason: "not a loopback address" });
  });

  test("is told once although alert rule and processing rule name it", async () => {
    const sandbox = deployed();
    const id = `${SUBSCRIPTION}/resourceGroups/rg-web/providers/microsoft.insights/metricAlerts/cpu`;
    const body = { properties: { actions: [{ actionGroupId: GROUP }] } };
    sandbox.resources.push({ id, type: "Microsoft.Insights/metricAlerts", apiVersion: "2018-03-01", body });
    await sandbox.fire({ rule: "cpu" });
    await sandbox.alerts.idle();
    expect(sandbox.posted).toHaveLength(1);
  });
});

describe("an alert processing rule", () => {
  test.each([
    ["its severity", when("Severity", "Equals", "Sev0", "Sev3"), true],
    ["another severity", when("Severity", "NotEquals", "Sev3"), false],
    ["a service in either spelling", when("MonitorService", "Equals", "platform"), true],
    ["part of the rule's name", when("AlertRuleName", "Contains", "cp"), true],
    ["no part of the description", when("Description", "DoesNotContain", "maintenance"), false],
    ["the resource's type", when("TargetResourceType", "Equals", "microsoft.compute/virtualmachines"), true],
    ["the resource group's id", when("TargetResourceGroup", "Equals", `${SUBSCRIPTION}/resourceGroups/RG-WEB`), true],
    ["the resource", when("TargetResource", "Equals", VM.toLowerCase()), true],
    ["the end only", when("MonitorCondition", "Equals", "Resolved"), false],
    ["metric signals", when("SignalType", "Equals", "Metric"), true],
    ["a word of the context", when("AlertContext", "Contains", "percentage cpu"), true],
    ["another group's scope", { scopes: [`${SUBSCRIPTION}/resourceGroups/rg-web-2`] }, false],
    ["its own group's scope", { scopes: [`${SUBSCRIPTION}/resourcegroups/RG-WEB`] }, true],
    ["nothing while disabled", { enabled: false }, false],
    ["a schedule that is over", { schedule: { effectiveUntil: "2026-05-01T00:00:00", timeZone: "UTC" } }, false],
  ])("that looks at %s decides whether the group is told", async (_, rule, told) => {
    const sandbox = deployed({}, rule);
    await sandbox.fire({ description: "planned maintenance" });
    await sandbox.alerts.idle();
    expect(sandbox.posted).toHaveLength(told ? 1 : 0);
  });

  test("that removes the groups wins, marks the alert as suppressed and is named in its history", async () => {
    const sandbox = deployed();
    deployRule(sandbox, { ...removal, ...when("Severity", "Equals", "Sev4") }, "apr-quiet");
    const quiet = await sandbox.fire({ severity: "Sev4" });
    const loud = await sandbox.fire({ severity: "Sev0" });
    await sandbox.alerts.idle();
    expect(sandbox.posted.map((post) => (post.payload.data!["essentials"] as Json).alertId)).toEqual([loud]);
    const read = await sandbox.get(`${quiet}?api-version=${VERSION}`);
    expect(read.json.properties.essentials.actionStatus.isSuppressed).toBe(true);
    const [entry] = (await sandbox.get(`${quiet}/history?api-version=${VERSION}`)).json.properties.modifications;
    expect(entry.details).toMatchObject({
      type: "ActionsSuppressed",
      suppressionActionRules: [expect.stringContaining("apr-quiet")],
    });
  });
});

describe("a webhook", () => {
  const outcomes = (sandbox: Sandbox) => sandbox.actionGroups.results().map((result) => result.outcome);
  const switchOn = (sandbox: Sandbox, fault: FaultKind, timesLeft: number | null, afterMs = 0) =>
    sandbox.world.faults.push({ operation: "ActionGroup.webhook", fault, timesLeft, afterMs, retryAfterSeconds: null });

  test.each([408, 429, 503, 504, "no-answer" as const])(
    "is tried again after %s, with growing waits",
    async (answer) => {
      const sandbox = deployed();
      sandbox.answers.push(answer, answer);
      await sandbox.fire();
      await sandbox.clock.advance(4_999);
      expect(sandbox.posted).toHaveLength(1);
      await sandbox.clock.advance(1);
      expect(sandbox.posted).toHaveLength(2);
      await sandbox.clock.advance(20_000);
      expect(sandbox.posted).toHaveLength(3);
      await sandbox.alerts.idle();
      expect(outcomes(sandbox)).toEqual([{ delivered: true, status: 202, tries: 3 }]);
    },
  );

  test.each([400, 401, 404, 413, 500, 502])("is not tried again after %i", async (answer) => {
    const sandbox = deployed();
    sandbox.answers.push(answer);
    await sandbox.fire();
    await sandbox.clock.advance(HOUR_MS);
    expect(sandbox.posted).toHaveLength(1);
    expect(outcomes(sandbox)).toEqual([{ delivered: false, reason: `answered ${answer}`, tries: 1 }]);
  });

  test("is given up after six tries", async () => {
    const sandbox = deployed();
    sandbox.answers.push(...Array.from({ length: 20 }, () => 503));
    await sandbox.fire();
    await sandbox.clock.advance(HOUR_MS);
    expect(sandbox.posted).toHaveLength(6);
  });

  test("is posted to twice, late, again or never, as the fault says", async () => {
    const twice = deployed();
    switchOn(twice, "duplicate", 1);
    await twice.fire();
    await twice.alerts.idle();
    expect(twice.posted).toHaveLength(2);

    const late = deployed();
    switchOn(late, "slow", 1, 3_000);
    await late.fire();
    await late.clock.advance(2_999);
    expect(late.posted).toHaveLength(0);
    await late.clock.advance(1);
    expect(late.posted).toHaveLength(1);

    const again = deployed();
    switchOn(again, "lostAnswer", 1);
    await again.fire();
    await again.clock.advance(5_000);
    expect(again.posted).toHaveLength(2);

    const never = deployed();
    switchOn(never, "403", null);
    await never.fire();
    await never.clock.advance(HOUR_MS);
    expect(never.posted).toHaveLength(0);
  });

  test("hears of a firing before it hears of its end, even when both happen at once", async () => {
    const sandbox = deployed();
    switchOn(sandbox, "slow", 1, 1_000);
    const id = await sandbox.fire();
    await sandbox.post(`/sandbox/alerts/${guidIn(id)}/resolve`);
    await sandbox.clock.advance(1_000);
    await sandbox.alerts.idle();
    const conditions = sandbox.posted.map((post) => (post.payload.data!["essentials"] as Json).monitorCondition);
    expect(conditions).toEqual(["Fired", "Resolved"]);
  });

  test("is not waited for once the sandbox stops", async () => {
    const sandbox = deployed();
    sandbox.answers.push("no-answer", "no-answer");
    await sandbox.fire();
    await sandbox.clock.advance(0);
    sandbox.alerts.stop();
    await sandbox.alerts.idle();
    expect(sandbox.posted.length).toBeLessThanOrEqual(2);
  });
});
