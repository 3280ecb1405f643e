import { afterAll, beforeAll, expect, test } from "vitest";
import { startWatchbell, type Watchbell } from "../support/watchbell.ts";

let watchbell: Watchbell;
beforeAll(async () => {
  watchbell = await startWatchbell();
});
afterAll(() => watchbell.dispose());

async function fireAndNotify(rule: string) {
  const azureId = await watchbell.fire({ rule });
  const { id } = await watchbell.alertOf(azureId);
  await watchbell.notified(id);
  return { azureId, id };
}
const setInAzure = (azureId: string, state: string) =>
  watchbell.sandboxApi(`/sandbox/alerts/${azureId.split("/").at(-1)}/state`, { method: "POST", body: { state } });

test("acknowledged, closed and New in Azure arrive here, with the name, and nothing is written back", async () => {
  const { azureId, id } = await fireAndNotify("changed-in-azure");
  await setInAzure(azureId, "Acknowledged");
  await watchbell.round();
  const acknowledged = await watchbell.detail(id);
  expect(acknowledged).toMatchObject({ state: "acknowledged", owner: null, azure: { state: "Acknowledged" } });
  expect(acknowledged.timeline.map(({ text }) => text)).toContain(
    "Changed in Azure: azure.operator@contoso.example has acknowledged it there.",
  );
  await setInAzure(azureId, "Closed");
  await watchbell.round();
  expect(await watchbell.detail(id)).toMatchObject({ state: "closed", azure: { state: "Closed" } });
  await setInAzure(azureId, "New");
  await watchbell.round();
  expect(await watchbell.detail(id)).toMatchObject({ state: "open", azure: { state: "New" } });
  await watchbell.notified(id);
  await watchbell.round();
  expect(await watchbell.writes(azureId)).toEqual([]);
});

test("an alert acknowledged in Azure before we hear of it calls nobody", async () => {
  const azureId = await watchbell.fire({ rule: "acknowledged-first", push: false });
  await setInAzure(azureId, "Acknowledged");
  await watchbell.round();
  const alert = await watchbell.alertOf(azureId);
  expect(alert).toMatchObject({ state: "acknowledged", notifications: [] });
  expect(alert.timeline.map(({ text }) => text)).toContainEqual(expect.stringContaining("Nobody is called"));
});

test("an alert closed in Azure before we hear of it is stored closed", async () => {
  const azureId = await watchbell.fire({ rule: "closed-first", push: false });
  await setInAzure(azureId, "Closed");
  await watchbell.round();
  expect(await watchbell.alertOf(azureId)).toMatchObject({ state: "closed", notifications: [] });
});

test("a change in Azure after our own write wins, and ours is not written again", async () => {
  const { azureId, id } = await fireAndNotify("both-sides");
  await watchbell.api(`/api/v1/alerts/${id}/acknowledge`, { method: "POST", body: {} });
  await watchbell.round();
  expect((await watchbell.azure(azureId)).state).toBe("Acknowledged");
  await setInAzure(azureId, "New");
  await watchbell.round();
  expect(await watchbell.detail(id)).toMatchObject({ state: "open", owner: null });
  await watchbell.notified(id);
  await watchbell.round();
  expect(await watchbell.writes(azureId)).toHaveLength(1);
});
