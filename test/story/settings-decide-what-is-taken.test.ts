import { afterAll, beforeAll, expect, test } from "vitest";
import { pushBody } from "../support/push-body.ts";
import { startWatchbell, type Watchbell } from "../support/watchbell.ts";

let watchbell: Watchbell;
beforeAll(async () => {
  watchbell = await startWatchbell({
    settings: {
      WATCHBELL_AZURE_MONITOR_SEVERITIES: "Sev0,Sev1",
      WATCHBELL_AZURE_MONITOR_SEVERITY_MAP: "Sev1=critical",
      WATCHBELL_AZURE_MONITOR_AUTO_CLOSE: "true",
      WATCHBELL_AZURE_MONITOR_WRITE_CLOSED_TO_AZURE: "true",
    },
  });
});
afterAll(() => watchbell.dispose());

test("a severity that is not taken is accepted, kept raw with the reason, and no alert", async () => {
  const { status, body } = await watchbell.pushSigned(pushBody({ severity: "Sev3", rule: "not-taken" }));
  expect([status, body]).toEqual([202, { alertIds: [] }]);
  const raw = await watchbell.api<{ events: { alertId: string | null; problem: string | null; body: string }[] }>(
    "/api/v1/raw-events",
  );
  expect(raw.body.events[0]).toMatchObject({ alertId: null, problem: "severity-not-taken" });
  expect(raw.body.events[0]?.body).toContain("not-taken");
});

test("a severity that is none of Azure's is always taken", async () => {
  const { body } = await watchbell.pushSigned(pushBody({ severity: "Sev9", rule: "unknown-word" }));
  await watchbell.notified(body.alertIds[0]!);
});

test("the severity map decides our severity; Azure's word stays beside it", async () => {
  const { body } = await watchbell.pushSigned(pushBody({ severity: "Sev1", rule: "mapped" }));
  const id = body.alertIds[0]!;
  await watchbell.notified(id);
  expect(await watchbell.detail(id)).toMatchObject({ severity: "critical", source: { severity: "Sev1" } });
});

test("what an alert processing rule suppresses is not taken by the poll", async () => {
  await watchbell.fire({ rule: "suppressed", severity: "Sev0", suppressed: true });
  await watchbell.round();
  expect((await watchbell.list()).filter(({ title }) => title === "suppressed")).toEqual([]);
});

test("with writeClosedToAzure an auto-close is written to Azure", async () => {
  const azureId = await watchbell.fire({ rule: "write-closed", severity: "Sev0" });
  const { id } = await watchbell.alertOf(azureId);
  await watchbell.notified(id);
  watchbell.azureAlerts.resolve(watchbell.azureAlerts.find(azureId.split("/").at(-1)!)!, { push: false });
  await watchbell.round();
  await watchbell.round();
  const azure = await watchbell.azure(azureId);
  expect(azure).toMatchObject({ state: "Closed", condition: "Resolved" });
  expect(azure.history[0]?.comments).toMatch(/^Closed by Watchbell: the monitor condition is resolved\./);
});
