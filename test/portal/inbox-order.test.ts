import { describe, expect, it } from "vitest";
import { countTabs, groupAlerts, mostUrgentForMe, neighbours, tabTitle } from "../../src/portal/inbox-order.ts";
import { ANA, alertItem, BEN, DANA, VIEWER } from "./alert-item.ts";

const ALL = { tab: "team" as const, query: "", severity: null };
const call = (at: string) => ({ at, people: [BEN], step: 2 });
const idsOf = (groups: ReturnType<typeof groupAlerts>) =>
  groups.map((group) => [group.kind, ...group.alerts.map((alert) => alert.id)]);

describe("groups of the inbox", () => {
  it("puts what nobody has before what is worked on and snoozed", () => {
    const alerts = [
      alertItem({ id: "snoozed", state: "snoozed", owner: DANA }),
      alertItem({ id: "worked", state: "acknowledged", owner: DANA }),
      alertItem({ id: "open" }),
    ];
    expect(idsOf(groupAlerts(alerts, ALL, VIEWER))).toEqual([
      ["nobody", "open"],
      ["worked-on", "worked"],
      ["snoozed", "snoozed"],
    ]);
  });

  it("orders a group by mine, severity, next call, age", () => {
    const alerts = [
      alertItem({ id: "older", severity: "high", createdAt: "2026-10-20T01:00:00Z" }),
      alertItem({ id: "newer", severity: "high", createdAt: "2026-10-20T01:10:00Z" }),
      alertItem({ id: "late-call", severity: "high", nextCall: call("2026-10-20T01:30:00Z") }),
      alertItem({ id: "soon-call", severity: "high", nextCall: call("2026-10-20T01:20:00Z") }),
      alertItem({ id: "critical" }),
      alertItem({ id: "mine", severity: "low", called: [ANA] }),
    ];
    expect(idsOf(groupAlerts(alerts, ALL, VIEWER))).toEqual([
      ["nobody", "mine", "critical", "soon-call", "late-call", "newer", "older"],
    ]);
  });

  it("shows closed ones only in their tab, the last closed first", () => {
    const alerts = [
      alertItem({ id: "before", state: "closed", closedAt: "2026-10-20T00:00:00Z" }),
      alertItem({ id: "last", state: "closed", closedAt: "2026-10-20T01:00:00Z" }),
    ];
    expect(groupAlerts(alerts, ALL, VIEWER)).toEqual([]);
    expect(idsOf(groupAlerts(alerts, { ...ALL, tab: "closed" }, VIEWER))).toEqual([["closed", "last", "before"]]);
  });

  it("filters by severity and by every word in any order", () => {
    const alerts = [
      alertItem({ id: "a", title: "Replica lag on psql-orders" }),
      alertItem({ id: "b", severity: "low" }),
    ];
    expect(idsOf(groupAlerts(alerts, { ...ALL, query: "PSQL replica" }, VIEWER))).toEqual([["nobody", "a"]]);
    expect(idsOf(groupAlerts(alerts, { ...ALL, severity: "low" }, VIEWER))).toEqual([["nobody", "b"]]);
  });
});

describe("tabs", () => {
  const elsewhere = { id: "soc", name: "SOC" };
  const alerts = [
    alertItem({ id: "open" }),
    alertItem({ id: "called", called: [ANA] }),
    alertItem({ id: "mine", state: "acknowledged", owner: ANA }),
    alertItem({ id: "other-team", team: elsewhere }),
    alertItem({ id: "closed", state: "closed", owner: ANA }),
  ];

  it("counts what nobody has, what is mine, and everything not closed", () => {
    expect(countTabs(alerts, VIEWER)).toEqual({ open: 2, mine: 2, team: 4 });
  });

  it("takes every team for whoever is in none, so that the inbox does not look quiet", () => {
    expect(countTabs(alerts, { ...VIEWER, teams: [] }).open).toBe(3);
  });

  it("expands only an open alert for which I am called", () => {
    expect(mostUrgentForMe(alerts, VIEWER)?.id).toBe("called");
    expect(mostUrgentForMe([alertItem({ state: "acknowledged", called: [ANA] })], VIEWER)).toBeNull();
  });

  it("puts the number and the urgency into the browser's tab", () => {
    expect(tabTitle("", alerts, VIEWER)).toBe("(2) ! Watchbell");
    expect(tabTitle("Me", [alertItem({ severity: "low" })], VIEWER)).toBe("(1) Me · Watchbell");
    expect(tabTitle("", [], null)).toBe("Watchbell");
  });

  it("knows the alerts before and after one", () => {
    const three = ["a", "b", "c"].map((id, at) => alertItem({ id, createdAt: `2026-10-20T01:0${9 - at}:00Z` }));
    expect(neighbours(three, VIEWER, "b")).toEqual({ position: 2, total: 3, before: "a", after: "c" });
    expect(neighbours(three, VIEWER, "z")).toBeNull();
  });
});
