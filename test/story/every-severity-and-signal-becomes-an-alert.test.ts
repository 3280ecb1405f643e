import { afterAll, beforeAll, expect, test } from "vitest";
import { ALERT_KINDS } from "../../src/sandbox/alerts/signal.ts";
import { pushBody } from "../support/push-body.ts";
import { eventually, startWatchbell, type Watchbell } from "../support/watchbell.ts";

let watchbell: Watchbell;
beforeAll(async () => {
  watchbell = await startWatchbell();
});
afterAll(() => watchbell.dispose());

test.each([
  ["Sev0", "critical"],
  ["Sev1", "high"],
  ["Sev2", "medium"],
  ["Sev3", "low"],
  ["Sev4", "info"],
])("%s is %s, by push and by poll", async (word, severity) => {
  for (const push of [true, false]) {
    const azureId = await watchbell.fire({ rule: `severity ${word} ${push}`, severity: word, push });
    if (!push) await watchbell.round();
    const alert = await watchbell.alertOf(azureId);
    const [notification] = await watchbell.notified(alert.id);
    expect(alert).toMatchObject({ severity, source: { severity: word } });
    expect(notification?.data.alert.severity).toBe(severity);
  }
});

test.each(ALERT_KINDS)("a %s alert is notified, keeps its payload, and closes when it resolves", async (kind) => {
  const azureId = await watchbell.fire({ rule: `rule of ${kind}`, kind });
  const alert = await watchbell.alertOf(azureId);
  await watchbell.notified(alert.id);
  expect(alert.payload).toMatchObject({ schemaId: "azureMonitorCommonAlertSchema" });
  expect(alert.advice.join(" ")).not.toMatch(/common alert schema/i);
  await watchbell.sandboxApi(`/sandbox/alerts/${azureId.split("/").at(-1)}/resolve`, { method: "POST", body: {} });
  await eventually(async () => (await watchbell.detail(alert.id)).state === "closed");
});

test("the title is the rule, else the description's first line, else the service", async () => {
  const bodies = [
    pushBody({ rule: "my-rule", description: "first\nsecond" }),
    pushBody({ rule: null, description: "\n first line \nsecond" }),
    pushBody({ rule: null, description: "" }),
  ];
  const titles: string[] = [];
  for (const body of bodies) {
    const { alertIds } = (await watchbell.pushSigned(body)).body;
    titles.push((await watchbell.detail(alertIds[0]!)).title);
    await watchbell.notified(alertIds[0]!);
  }
  expect(titles).toEqual(["my-rule", "first line", "Platform alert"]);
});

test("a payload without the common schema is recognised and advises switching it on", async () => {
  const context = {
    id: "/subscriptions/00000000-0000-4000-8000-00000000000a/resourceGroups/rg/providers/microsoft.insights/metricAlerts/old",
    name: "old-metric-alert",
    severity: "1",
    conditionType: "SingleResourceMultipleMetricCriteria",
    condition: { allOf: [] },
    resourceId:
      "/subscriptions/00000000-0000-4000-8000-00000000000a/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm",
    timestamp: new Date().toISOString(),
  };
  const data = (status: string) => ({
    schemaId: "AzureMonitorMetricAlert",
    data: { version: "2.0", status, context },
  });
  const fired = await watchbell.pushSigned(data("Activated"));
  const id = fired.body.alertIds[0]!;
  await watchbell.notified(id);
  const alert = await watchbell.detail(id);
  expect(alert).toMatchObject({ title: "old-metric-alert", severity: "high", state: "open" });
  expect(alert.advice.join(" ")).toMatch(/common alert schema/i);
  await watchbell.pushSigned(data("Deactivated"));
  expect(await watchbell.detail(id)).toMatchObject({ state: "closed" });
});
