import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { alertIdIn, pushBody } from "../support/push-body.ts";
import { eventually, startWatchbell, type Watchbell } from "../support/watchbell.ts";

/** Threats I2: nobody silences an alert with a leaked key. */
let watchbell: Watchbell;
beforeAll(async () => {
  watchbell = await startWatchbell();
});
afterEach(() => watchbell.clearFaults());
afterAll(() => watchbell.dispose());

async function fireAndNotify(rule: string, severity = "Sev1") {
  const azureId = await watchbell.fire({ rule, severity });
  const { id } = await watchbell.alertOf(azureId);
  await watchbell.notified(id);
  return {
    azureId,
    id,
    claim: (more: object) => watchbell.push(pushBody({ alertId: azureId, rule, severity, ...more })),
  };
}
const textsOf = async (id: string) => (await watchbell.detail(id)).timeline.map(({ text }) => text);
const says = (id: string, text: string) =>
  eventually(async () => (await textsOf(id)).some((line) => line.includes(text)));

test("a key-signed Resolved closes when Azure agrees", async () => {
  const { azureId, id, claim } = await fireAndNotify("really-resolved");
  watchbell.azureAlerts.resolve(watchbell.azureAlerts.find(azureId.split("/").at(-1)!)!, { push: false });
  expect((await claim({ condition: "Resolved" })).status).toBe(202);
  await eventually(async () => (await watchbell.detail(id)).state === "closed");
});

test("a key-signed Resolved changes nothing while Azure says Fired, and the alert says so", async () => {
  const { id, claim } = await fireAndNotify("not-resolved");
  await claim({ condition: "Resolved" });
  await says(id, "Azure was asked: it is still firing there with severity Sev1. The alert stays open.");
  expect(await watchbell.detail(id)).toMatchObject({ state: "open" });
});

test.each([
  ["403", "AuthorizationFailed"],
  ["5xx", "503"],
  ["429", "throttles"],
] as const)(
  "when Azure answers %s the alert stays open, says so, and closes once Azure can be asked",
  async (fault, word) => {
    const { azureId, id, claim } = await fireAndNotify(`unasked-${fault}`);
    watchbell.azureAlerts.resolve(watchbell.azureAlerts.find(azureId.split("/").at(-1)!)!, { push: false });
    await watchbell.fault("AlertsManagement.get", fault);
    await claim({ condition: "Resolved" });
    await says(id, "Azure could not confirm it:");
    expect((await textsOf(id)).some((text) => text.includes(word) && text.includes("stays open"))).toBe(true);
    expect(await watchbell.detail(id)).toMatchObject({ state: "open" });
    await watchbell.clearFaults();
    await watchbell.round();
    expect(await watchbell.detail(id)).toMatchObject({ state: "closed" });
  },
);

test("a key-signed Resolved of an unlisted subscription never closes, and nothing is asked", async () => {
  const alertId = alertIdIn("00000000-0000-4000-8000-00000000000a");
  const { body } = await watchbell.push(pushBody({ alertId, rule: "foreign" }));
  const id = body.alertIds[0]!;
  await watchbell.notified(id);
  await watchbell.push(pushBody({ alertId, rule: "foreign", condition: "Resolved" }));
  await says(id, "Subscription not configured");
  await says(id, "The alert stays open.");
  expect(await watchbell.detail(id)).toMatchObject({ state: "open" });
});

test("a key-signed Resolved of an alert that Azure does not know never closes it", async () => {
  const alertId = alertIdIn(watchbell.subscriptionId);
  const { body } = await watchbell.push(pushBody({ alertId, rule: "unknown-to-azure" }));
  const id = body.alertIds[0]!;
  await watchbell.notified(id);
  await watchbell.push(pushBody({ alertId, rule: "unknown-to-azure", condition: "Resolved" }));
  await says(id, "Unknown to Azure");
  expect(await watchbell.detail(id)).toMatchObject({ state: "open" });
  await watchbell.round();
  expect(await watchbell.detail(id)).toMatchObject({ state: "open" });
});

test("a key-signed lower severity changes nothing unless Azure agrees; a higher one counts at once", async () => {
  const { id, claim } = await fireAndNotify("severity", "Sev1");
  await claim({ severity: "Sev4" });
  await says(id, "A message signed with a source key says");
  await watchbell.round();
  expect(await watchbell.detail(id)).toMatchObject({ severity: "high" });
  await claim({ severity: "Sev0" });
  expect(await watchbell.detail(id)).toMatchObject({ severity: "critical" });
});

test("a key-signed lower severity that is pushed again and again is asked about once", async () => {
  const { id, claim } = await fireAndNotify("severity-storm", "Sev1");
  await watchbell.fault("AlertsManagement.get", "5xx");
  for (let count = 0; count < 5; count += 1) await claim({ severity: "Sev3", description: `again ${count}` });
  await says(id, "Azure could not confirm it:");
  const claims = (await textsOf(id)).filter((text) => text.startsWith("A message signed with a source key says"));
  expect(claims).toHaveLength(1);
});

test("a key-signed Resolved for an alert that nobody knew is stored closed, and opened when Azure says that it fires", async () => {
  const azureId = await watchbell.fire({ rule: "claimed-before", push: false });
  const { body } = await watchbell.push(pushBody({ alertId: azureId, rule: "claimed-before", condition: "Resolved" }));
  const id = body.alertIds[0]!;
  expect(await watchbell.detail(id)).toMatchObject({ state: "closed", notifications: [] });
  await watchbell.round();
  expect(await watchbell.detail(id)).toMatchObject({ state: "open" });
  await watchbell.notified(id);
});
