import type { AlertDetail, AlertListItem } from "../../src/api/contract.ts";

/** 03:14 in Berlin on the night of the design's scene. */
export const NOW_MS = Date.parse("2026-10-20T01:14:00Z");
export const BERLIN = "Europe/Berlin";
export const ANA = { id: "ana", name: "Ana Ribeiro" };
export const BEN = { id: "ben", name: "Ben Okafor" };
export const DANA = { id: "dana", name: "Dana Weiss" };
const OPERATIONS = { id: "operations", name: "Operations" };
export const VIEWER = { person: ANA, teams: [OPERATIONS] };

/** An open alert of two minutes; every value that matters to a test is given by it. */
export function alertItem(given: Partial<AlertListItem> = {}): AlertListItem {
  return {
    id: "a1",
    title: "CPU above 90%",
    severity: "critical",
    state: "open",
    owner: null,
    createdAt: "2026-10-20T01:12:00.000Z",
    updatedAt: "2026-10-20T01:12:00.000Z",
    source: { kind: "azure-monitor", alertId: "x", rule: "cpu", resourceId: null, severity: "Sev0" },
    team: OPERATIONS,
    count: 1,
    nextCall: null,
    heldUntil: null,
    called: [],
    acknowledgedAt: null,
    closedAt: null,
    ...given,
  };
}

export type Azure = AlertDetail["azure"];
export const azureState = (given: Partial<Azure> = {}): Azure => ({
  state: "Acknowledged",
  condition: "fired",
  readAt: null,
  sync: "in-step",
  advice: null,
  portalUrl: null,
  ...given,
});
