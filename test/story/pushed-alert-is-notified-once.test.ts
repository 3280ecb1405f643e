import { afterAll, beforeAll, expect, test } from "vitest";
import { pushBody } from "../support/push-body.ts";
import { startWatchbell, type Watchbell } from "../support/watchbell.ts";

let watchbell: Watchbell;
beforeAll(async () => {
  watchbell = await startWatchbell();
});
afterAll(() => watchbell.dispose());

test("an alert that fires in Azure becomes one alert and one signed notification", async () => {
  const azureId = await watchbell.fire({ rule: "cpu-high", severity: "Sev0" });
  const alert = await watchbell.alertOf(azureId);
  const [notification] = await watchbell.notified(alert.id);
  expect(notification?.data).toEqual({
    alert: {
      id: alert.id,
      title: "cpu-high",
      severity: "critical",
      state: "open",
      url: `${watchbell.url}/alerts/${alert.id}`,
      source: { kind: "azure-monitor", alertId: azureId, rule: "cpu-high" },
    },
    person: { id: await watchbell.personId("Ana Ribeiro"), name: "Ana Ribeiro" },
    reason: "on duty in Operations, step 1 of 2",
  });
  expect(alert).toMatchObject({ state: "open", owner: null, count: 1, severity: "critical" });
  expect(alert.source).toMatchObject({ kind: "azure-monitor", alertId: azureId, rule: "cpu-high", severity: "Sev0" });
});

test("the same alert found by the poll, pushed again and pushed with a key stays one alert with one notification", async () => {
  const azureId = await watchbell.fire({ rule: "disk-full", severity: "Sev1" });
  const alert = await watchbell.alertOf(azureId);
  await watchbell.notified(alert.id);
  await watchbell.round();
  const body = pushBody({ alertId: azureId, rule: "disk-full" });
  const signed = await watchbell.pushSigned(body);
  const keyed = await watchbell.push(body);
  expect([signed.status, keyed.status]).toEqual([202, 202]);
  expect([signed.body, keyed.body]).toEqual([{ alertIds: [alert.id] }, { alertIds: [alert.id] }]);
  expect(await watchbell.alertOf(azureId)).toMatchObject({ id: alert.id, count: 3, state: "open" });
});

test("an alert whose push was lost is found by the poll, and a late push changes nothing", async () => {
  const azureId = await watchbell.fire({ rule: "lost-push", push: false });
  await watchbell.round();
  const alert = await watchbell.alertOf(azureId);
  await watchbell.notified(alert.id);
  expect(alert.timeline.map((entry) => entry.text)).toContainEqual(expect.stringContaining("found by reading"));
  const { status, body } = await watchbell.pushSigned(
    pushBody({ alertId: azureId, rule: "lost-push", severity: "Sev3" }),
  );
  expect([status, body]).toEqual([202, { alertIds: [alert.id] }]);
  await watchbell.round();
});

test("a push that comes after the poll brings what the list does not show, once", async () => {
  const azureId = await watchbell.fire({ rule: "late-push", push: false });
  await watchbell.round();
  const found = await watchbell.alertOf(azureId);
  await watchbell.notified(found.id);
  const criterion = { metricName: "Percentage CPU", metricValue: 97.4, threshold: "90", operator: "GreaterThan" };
  const alertContext = { conditionType: "SingleResourceMultipleMetricCriteria", condition: { allOf: [criterion] } };
  const body = pushBody({ alertId: azureId, rule: "late-push", severity: "Sev3", alertContext });
  await watchbell.pushSigned(body);
  const alert = await watchbell.alertOf(azureId);
  expect(alert).toMatchObject({ id: found.id, count: 1, signalType: "Metric" });
  expect(JSON.stringify(alert.facts)).toContain("97.4");
  await watchbell.pushSigned(pushBody({ alertId: azureId, rule: "late-push", severity: "Sev3", description: "again" }));
  expect(await watchbell.alertOf(azureId)).toMatchObject({ count: 2, description: "CPU is high" });
});

test("a hundred pushes of one alert at once become one alert with one notification", async () => {
  const body = pushBody({ subscriptionId: watchbell.subscriptionId, rule: "storm" });
  const answers = await Promise.all(Array.from({ length: 100 }, () => watchbell.push(body)));
  const ids = new Set(answers.map((answer) => answer.body.alertIds[0]));
  expect(answers.every((answer) => answer.status === 202)).toBe(true);
  expect(ids.size).toBe(1);
  const [id] = ids;
  await watchbell.notified(id!);
  expect(await watchbell.detail(id!)).toMatchObject({ count: 100 });
});

test("a push that Azure posts twice, or whose answer it never hears, stays one alert", async () => {
  await watchbell.fault("ActionGroup.webhook", "duplicate", { times: 1 });
  const azureId = await watchbell.fire({ rule: "posted-twice" });
  const alert = await watchbell.alertOf(azureId);
  await watchbell.notified(alert.id);
  await watchbell.settle();
  expect(await watchbell.detail(alert.id)).toMatchObject({ count: 2 });
});
