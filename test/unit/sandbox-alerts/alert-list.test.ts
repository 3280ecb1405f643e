import { describe, expect, test } from "vitest";
import {
  createAlertsUnderTest,
  guidIn,
  HOUR_MS,
  type Json,
  NOW,
  ORIGIN,
  SUBSCRIPTION,
  VERSION,
  VM,
} from "./fake-core.ts";

const LIST = `${SUBSCRIPTION}/providers/Microsoft.AlertsManagement/alerts?api-version=${VERSION}`;
const names = (answer: { json: Json }) => answer.json.value.map((alert: Json) => alert.name);

describe("the list of alerts", () => {
  test.each([
    ["severity=Sev0", ["zero"]],
    ["severity=sev0", ["zero"]],
    ["alertState=Acknowledged", ["acknowledged"]],
    ["monitorCondition=Resolved", ["resolved"]],
    ["monitorService=Log%20Analytics", ["log"]],
    ["targetResourceGroup=RG-OTHER", ["elsewhere"]],
    ["targetResourceType=virtualMachines&severity=Sev0", ["zero"]],
    ["targetResourceType=Microsoft.Storage/storageAccounts", ["elsewhere"]],
    [`targetResource=${VM.toLowerCase()}&severity=Sev0`, ["zero"]],
    ["alertRule=zero", ["zero"]],
    ["severity=Sev0&alertState=Closed", []],
  ])("is filtered by %s", async (query, expected) => {
    const { fire, post, get } = createAlertsUnderTest();
    await fire({ rule: "zero", severity: "Sev0" });
    const acknowledged = await fire({ rule: "acknowledged" });
    await post(`/sandbox/alerts/${guidIn(acknowledged)}/state`, { state: "Acknowledged" });
    const resolved = await fire({ rule: "resolved" });
    await post(`/sandbox/alerts/${guidIn(resolved)}/resolve`);
    await fire({ rule: "log", signalType: "Log" });
    const storage = `${SUBSCRIPTION}/resourceGroups/rg-other/providers/Microsoft.Storage/storageAccounts/st1`;
    await fire({ rule: "elsewhere", resourceId: storage });
    expect(names(await get(`${LIST}&${query}`))).toEqual(expected);
  });

  test("finds a rule by its ARM id too and a group of alerts by its smart group", async () => {
    const { fire, get } = createAlertsUnderTest();
    await fire({ rule: "one" });
    await fire({ rule: "two" });
    const essentials = (await get(`${LIST}&alertRule=two`)).json.value[0].properties.essentials;
    expect(essentials.alertRule).toBe(
      `${SUBSCRIPTION}/resourceGroups/rg-web/providers/microsoft.insights/metricAlerts/two`,
    );
    expect(names(await get(`${LIST}&alertRule=${encodeURIComponent(essentials.alertRule)}`))).toEqual(["two"]);
    expect(names(await get(`${LIST}&smartGroupId=${essentials.smartGroupId}`))).toEqual(["two"]);
  });

  test("reaches back one day unless another time range is asked for", async () => {
    const { fire, get } = createAlertsUnderTest();
    for (const hours of [0.5, 23, 25, 24 * 6, 24 * 29, 24 * 31]) {
      await fire({ rule: `${hours} h`, firedAt: new Date(NOW - hours * HOUR_MS).toISOString() });
    }
    expect(names(await get(LIST))).toEqual(["0.5 h", "23 h"]);
    expect(names(await get(`${LIST}&timeRange=1h`))).toEqual(["0.5 h"]);
    expect(names(await get(`${LIST}&timeRange=7d`))).toEqual(["0.5 h", "23 h", "25 h", "144 h"]);
    expect(names(await get(`${LIST}&timeRange=30d`)).at(-1)).toBe("696 h");
    const custom = `${new Date(NOW - 30 * HOUR_MS).toISOString()}/${new Date(NOW - 24 * HOUR_MS).toISOString()}`;
    expect(names(await get(`${LIST}&customTimeRange=${custom}`))).toEqual(["25 h"]);
  });

  test.each([
    ["timeRange=2d", "timeRange"],
    ["timeRange=1d&customTimeRange=2026-05-04T00:00:00Z/2026-05-04T01:00:00Z", "not both"],
    ["customTimeRange=yesterday", "ISO 8601"],
    ["customTimeRange=2026-01-01T00:00:00Z/2026-05-04T00:00:00Z", "30 days"],
    ["pageCount=0", "between 1 and 250"],
    ["pageCount=251", "between 1 and 250"],
    ["pageCount=26&includeContext=true", "between 1 and 25"],
    ["severity=Sev9", "Sev0, Sev1"],
    ["sortBy=colour", "lastModifiedDateTime"],
    ["sortOrder=up", "asc, desc"],
    ["$skipToken=nonsense", "skip token"],
  ])("refuses %s with the reason", async (query, reason) => {
    const { get } = createAlertsUnderTest();
    const { status, json } = await get(`${LIST}&${query}`);
    expect(status).toBe(400);
    expect(json.error).toEqual({ code: "BadRequest", message: expect.stringContaining(reason) });
  });

  test("pages through every alert once, by absolute links, while alerts keep changing", async () => {
    const { fire, get, post, clock } = createAlertsUnderTest();
    for (let index = 0; index < 60; index += 1) {
      await fire({ rule: `rule ${index}` });
      await clock.advance(index % 3 === 0 ? 1_000 : 0);
    }
    const seen: string[] = [];
    let pages = 0;
    for (let link: string | undefined = `${LIST}&pageCount=25&sortBy=startDateTime`; link !== undefined; pages += 1) {
      const { json }: { json: Json } = await get(link);
      seen.push(...json.value.map((alert: Json) => alert.name));
      link = json.nextLink;
      if (link !== undefined) expect(link.startsWith(`${ORIGIN}${SUBSCRIPTION}/providers/`)).toBe(true);
      await fire({ rule: "newcomer" });
      await post(`/sandbox/alerts/${guidIn(json.value[0].id)}/state`, { state: "Closed" });
    }
    expect(pages).toBe(3);
    expect(new Set(seen).size).toBe(60);
    expect(seen.length).toBe(60);
  });

  test("refuses the link of one question for another", async () => {
    const { fire, get } = createAlertsUnderTest();
    await fire();
    await fire();
    const { json } = await get(`${LIST}&pageCount=1`);
    const { status } = await get(`${json.nextLink}&severity=Sev1`);
    expect(status).toBe(400);
  });

  test("shows the latest change first, and by name from a to z", async () => {
    const { fire, get, post, clock } = createAlertsUnderTest();
    const first = await fire({ rule: "b" });
    await clock.advance(1_000);
    await fire({ rule: "a" });
    await clock.advance(1_000);
    expect(names(await get(LIST))).toEqual(["a", "b"]);
    await post(`/sandbox/alerts/${guidIn(first)}/state`, { state: "Acknowledged" });
    expect(names(await get(LIST))).toEqual(["b", "a"]);
    expect(names(await get(`${LIST}&sortBy=name`))).toEqual(["a", "b"]);
    expect(names(await get(`${LIST}&sortBy=name&sortOrder=desc`))).toEqual(["b", "a"]);
  });

  test("leaves context and egress configuration out unless asked, and selects essentials", async () => {
    const { fire, get } = createAlertsUnderTest();
    await fire({ customProperties: { team: "web" } });
    const [plain] = (await get(LIST)).json.value;
    expect(Object.keys(plain.properties)).toEqual(["essentials", "customProperties"]);
    const [whole] = (await get(`${LIST}&includeContext=true&includeEgressConfig=true`)).json.value;
    expect(whole.properties.context.conditionType).toBe("SingleResourceMultipleMetricCriteria");
    expect(whole.properties.egressConfig).toEqual({});
    const [selected] = (await get(`${LIST}&select=severity,alertState`)).json.value;
    expect(selected.properties.essentials).toEqual({ severity: "Sev3", alertState: "New" });
  });

  test("holds what lies in the scope only: group, resource, tenant", async () => {
    const { fire, get } = createAlertsUnderTest();
    await fire({ rule: "here" });
    await fire({ rule: "there", resourceId: VM.replace("rg-web", "rg-web-2") });
    const path = `/providers/Microsoft.AlertsManagement/alerts?api-version=${VERSION}`;
    expect(names(await get(`${SUBSCRIPTION}/resourcegroups/RG-WEB${path}`))).toEqual(["here"]);
    expect(names(await get(`${VM}${path}`))).toEqual(["here"]);
    expect(names(await get(path))).toHaveLength(2);
  });
});
