import { describe, expect, expectTypeOf, test } from "vitest";
import { ALERT_API_VERSIONS } from "../../../src/sandbox/alerts/api-versions.ts";
import type { AlertCore } from "../../../src/sandbox/alerts/port.ts";
import type { SandboxCore } from "../../../src/sandbox/core.ts";
import { createAlertsUnderTest, guidIn, HOUR_MS, type Json, NOW, SUBSCRIPTION, VERSION, VM } from "./fake-core.ts";

const PROVIDER = "/providers/Microsoft.AlertsManagement";
const LIST = `${SUBSCRIPTION}${PROVIDER}/alerts?api-version=${VERSION}`;

describe("AlertsManagement", () => {
  test.each(ALERT_API_VERSIONS)("answers api-version %s in every operation on the subscription", async (version) => {
    const { fire, get, post } = createAlertsUnderTest();
    const id = await fire();
    const query = `?api-version=${version}`;
    const statuses = await Promise.all([
      get(`${SUBSCRIPTION}${PROVIDER}/alerts${query}`),
      get(`${id}${query}`),
      get(`${id}/history${query}`),
      post(`${id}/changestate${query}&newState=Acknowledged`),
      get(`${SUBSCRIPTION}${PROVIDER}/alertsSummary${query}&groupby=severity`),
      get(`${PROVIDER}/alertsMetaData${query}&identifier=MonitorServiceList`),
    ]);
    expect(statuses.map((answer) => answer.status)).toEqual([200, 200, 200, 200, 200, 200]);
  });

  test("refuses an unknown and a missing api-version as Azure Resource Manager does", async () => {
    const { get } = createAlertsUnderTest();
    const unknown = await get(`${SUBSCRIPTION}${PROVIDER}/alerts?api-version=2020-01-01`);
    expect(unknown.status).toBe(400);
    expect(unknown.json.error.code).toBe("InvalidApiVersionParameter");
    for (const version of ALERT_API_VERSIONS) expect(unknown.json.error.message).toContain(version);
    const missing = await get(`${SUBSCRIPTION}${PROVIDER}/alerts`);
    expect([missing.status, missing.json.error.code]).toEqual([400, "MissingApiVersionParameter"]);
  });

  test("names an alert on its subscription in early versions and below its resource in later lists", async () => {
    const { fire, get } = createAlertsUnderTest();
    const id = await fire();
    const early = await get(`${SUBSCRIPTION}${PROVIDER}/alerts?api-version=2019-05-05-preview`);
    expect(early.json.value[0].id).toBe(id);
    expect((await get(LIST)).json.value[0].id).toBe(`${VM}${PROVIDER}/alerts/${guidIn(id)}`);
  });

  test("finds an alert by the id of a push, by the id of a list and on the tenant, in any letter case", async () => {
    const { fire, get } = createAlertsUnderTest();
    const id = await fire();
    const listed = (await get(LIST)).json.value[0].id as string;
    for (const path of [id, listed, id.toUpperCase(), `${PROVIDER}/alerts/${guidIn(id)}`]) {
      expect((await get(`${path}?api-version=${VERSION}`)).status, path).toBe(200);
    }
    expect((await get(`${id}?api-version=${VERSION}`)).json.id).toBe(id);
    expect((await get(`${listed}?api-version=${VERSION}`)).json.id).toBe(listed);
  });

  test("keeps an alert to its scope, its subscription and its thirty days", async () => {
    const { fire, get, clock } = createAlertsUnderTest();
    const id = await fire();
    const elsewhere = `${VM.replace("vm-1", "vm-2")}${PROVIDER}/alerts/${guidIn(id)}?api-version=${VERSION}`;
    expect((await get(elsewhere)).json.error.code).toBe("AlertNotFound");
    const foreign = await get(`/subscriptions/another${PROVIDER}/alerts?api-version=${VERSION}`);
    expect([foreign.status, foreign.json.error.code]).toEqual([404, "SubscriptionNotFound"]);
    await clock.advance(30 * 24 * HOUR_MS);
    const gone = await get(`${id}?api-version=${VERSION}`);
    expect([gone.status, gone.json.error.code]).toEqual([404, "AlertNotFound"]);
  });

  test("changes the state with a comment, and says who and when in alert and history", async () => {
    const { fire, get, post, clock } = createAlertsUnderTest();
    const id = await fire();
    await clock.advance(60_000);
    const { status, json } = await post(`${id}/changestate?api-version=${VERSION}&newState=Acknowledged`, {
      comments: "Acknowledged by Ana in Watchbell",
    });
    expect(status).toBe(200);
    expect(json.properties.essentials).toMatchObject({
      alertState: "Acknowledged",
      monitorCondition: "Fired",
      lastModifiedDateTime: new Date(NOW + 60_000).toISOString(),
      lastModifiedUserName: "watchbell-daemon",
    });
    const [latest] = (await get(`${id}/history?api-version=${VERSION}`)).json.properties.modifications;
    expect(latest).toMatchObject({
      modificationEvent: "StateChange",
      oldValue: "New",
      newValue: "Acknowledged",
      modifiedBy: "watchbell-daemon",
      comments: "Acknowledged by Ana in Watchbell",
    });
  });

  test("reads the comment as the example spells it, and ignores bodies before 2023", async () => {
    const { fire, get, post } = createAlertsUnderTest();
    const commentOf = async (id: string) =>
      (await get(`${id}/history?api-version=${VERSION}`)).json.properties.modifications[0].comments;
    const id = await fire();
    await post(`${id}/changestate?api-version=${VERSION}&newState=Closed`, { comment: "by example" });
    expect(await commentOf(id)).toBe("by example");
    await post(`${id}/changestate?api-version=2019-05-05-preview&newState=New`, { comments: "too early" });
    expect(await commentOf(id)).toBe("");
  });

  test("takes every transition, and the same state again without a trace", async () => {
    const { fire, get, post } = createAlertsUnderTest();
    const id = await fire();
    for (const state of ["Closed", "New", "Acknowledged", "Closed", "Acknowledged", "Acknowledged", "New"]) {
      const { json } = await post(`${id}/changestate?api-version=${VERSION}&newState=${state}`);
      expect(json.properties.essentials.alertState).toBe(state);
    }
    const { modifications } = (await get(`${id}/history?api-version=${VERSION}`)).json.properties;
    expect(modifications.filter((entry: Json) => entry.modificationEvent === "StateChange")).toHaveLength(6);
  });

  test.each([["newState=Resolved"], [""]])("refuses a state change with %j", async (query) => {
    const { fire, post } = createAlertsUnderTest();
    const id = await fire();
    const { status, json } = await post(`${id}/changestate?api-version=${VERSION}&${query}`);
    expect(status).toBe(400);
    expect(json.error.message).toContain("newState");
  });

  test("asks for the published action of each call at the resource that the call names", async () => {
    const { fire, get, post, authorized } = createAlertsUnderTest();
    const id = await fire();
    await get(LIST);
    await get(`${id}?api-version=${VERSION}`);
    await post(`${id}/changestate?api-version=${VERSION}&newState=Closed`);
    await get(`${id}/history?api-version=${VERSION}`);
    await get(`${SUBSCRIPTION}${PROVIDER}/alertsSummary?api-version=${VERSION}&groupby=severity`);
    await get(`${PROVIDER}/alerts?api-version=${VERSION}`);
    expect(authorized).toEqual([
      { action: "Microsoft.AlertsManagement/alerts/read", scope: SUBSCRIPTION },
      { action: "Microsoft.AlertsManagement/alerts/read", scope: id },
      { action: "Microsoft.AlertsManagement/alerts/changestate/action", scope: id },
      { action: "Microsoft.AlertsManagement/alerts/history/read", scope: id },
      { action: "Microsoft.AlertsManagement/alertsSummary/read", scope: SUBSCRIPTION },
      { action: "Microsoft.AlertsManagement/alerts/read", scope: SUBSCRIPTION },
    ]);
  });

  test("refuses a caller without the role, and leaves the alert as it was", async () => {
    const { fire, get, post, denied } = createAlertsUnderTest();
    const id = await fire();
    denied.add("Microsoft.AlertsManagement/alerts/changestate/action");
    const { status, json } = await post(`${id}/changestate?api-version=${VERSION}&newState=Closed`);
    expect([status, json.error.code]).toEqual([403, "AuthorizationFailed"]);
    expect((await get(`${id}?api-version=${VERSION}`)).json.properties.essentials.alertState).toBe("New");
  });

  test("refuses a caller without a token before anything else", async () => {
    const { call } = createAlertsUnderTest();
    expect((await call("GET", `${SUBSCRIPTION}${PROVIDER}/alerts`, { token: "bad" })).status).toBe(401);
  });

  test("names its operations for the fault switches", async () => {
    const { fire, get, post } = createAlertsUnderTest();
    const id = await fire();
    const answers = await Promise.all([
      get(LIST),
      get(`${id}?api-version=${VERSION}`),
      post(`${id}/changestate?api-version=${VERSION}&newState=New`),
      get(`${id}/history?api-version=${VERSION}`),
      get(`${id}/enrichments?api-version=${VERSION}`),
      get(`${SUBSCRIPTION}${PROVIDER}/alertsSummary?api-version=${VERSION}&groupby=severity`),
      get(`${PROVIDER}/alertsMetaData?api-version=${VERSION}&identifier=MonitorServiceList`),
    ]);
    const names = ["list", "get", "changestate", "history", "enrichments", "summary", "metaData"];
    expect(answers.map((answer) => answer.operation)).toEqual(names.map((name) => `AlertsManagement.${name}`));
  });

  test("counts alerts in groups below groups", async () => {
    const { fire, get, post } = createAlertsUnderTest();
    const id = await fire({ severity: "Sev0" });
    await fire({ severity: "Sev0" });
    await post(`/sandbox/alerts/${guidIn(id)}/state`, { state: "Closed" });
    const url = `${SUBSCRIPTION}${PROVIDER}/alertsSummary?api-version=${VERSION}`;
    const { properties } = (await get(`${url}&groupby=severity,alertstate&includeSmartGroupsCount=true`)).json;
    expect(properties).toMatchObject({ total: 2, smartGroupsCount: 1, groupedby: "severity" });
    expect(properties.values[0]).toEqual({
      name: "Sev0",
      count: 2,
      groupedby: "alertState",
      values: [
        { name: "New", count: 1 },
        { name: "Acknowledged", count: 0 },
        { name: "Closed", count: 1 },
      ],
    });
    expect((await get(url)).status).toBe(400);
    expect((await get(`${url}&groupby=colour`)).status).toBe(400);
  });

  test("needs nothing that the sandbox's core does not have", () => {
    expectTypeOf<SandboxCore>().toExtend<AlertCore>();
  });

  test("leaves other paths to the other parts", async () => {
    const { get, call } = createAlertsUnderTest();
    await expect(get(`${SUBSCRIPTION}${PROVIDER}/actionRules?api-version=2021-08-08`)).rejects.toThrow("no part");
    await expect(get(`${SUBSCRIPTION}${PROVIDER}/alerts/%zz?api-version=${VERSION}`)).rejects.toThrow("no part");
    await expect(call("PUT", `${SUBSCRIPTION}${PROVIDER}/alerts/x?api-version=${VERSION}`)).rejects.toThrow("no part");
  });
});
