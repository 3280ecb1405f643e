import { describe, expect, test } from "vitest";
import type { SourceEvent } from "../../../../src/alert/event.ts";
import {
  decideChanges,
  type KnownAlertFacts,
  type SourceStateVerdict,
} from "../../../../src/sources/azure-monitor/apply.ts";
import { buildEvent, FIRED_AT } from "./event-builder.ts";

const OPEN: KnownAlertFacts = {
  state: "open",
  severity: "medium",
  condition: "fired",
  firedAt: FIRED_AT,
  awaitsConfirmation: false,
  closedUnconfirmed: false,
};
const CLOSED: KnownAlertFacts = { ...OPEN, state: "closed" };

function decide(
  alert: Partial<KnownAlertFacts>,
  event: Partial<SourceEvent>,
  sourceStateVerdict: SourceStateVerdict = "unchanged",
  autoClose = true,
) {
  return decideChanges({ ...OPEN, ...alert }, buildEvent(event), { autoClose, sourceStateVerdict });
}
const poll = (values: Partial<SourceEvent> = {}): Partial<SourceEvent> => ({
  via: "poll",
  schema: "read",
  sourceState: "New",
  ...values,
});

describe("an event of an alert we hold", () => {
  test("that says nothing new is a duplicate", () => {
    expect(decide({}, {})).toEqual([{ kind: "duplicate" }]);
    expect(decide({ state: "acknowledged" }, poll({ sourceState: "Acknowledged" }), "echo")).toEqual([
      { kind: "duplicate" },
    ]);
    expect(decide({ condition: "resolved", state: "closed" }, { condition: "resolved" })).toEqual([
      { kind: "duplicate" },
    ]);
    expect(decide({}, { sourceSeverity: null, severity: "high" })).toEqual([{ kind: "duplicate" }]);
  });

  test.each(["entra", "poll"] as const)("resolves it when %s says so", (via) => {
    const event = { via, condition: "resolved", resolvedAt: 5 } as const;
    expect(decide({}, event)).toEqual([{ kind: "resolve", resolvedAt: 5, close: true }]);
    expect(decide({}, event, "unchanged", false)).toEqual([{ kind: "resolve", resolvedAt: 5, close: false }]);
    expect(decide({ state: "closed" }, event)).toEqual([{ kind: "resolve", resolvedAt: 5, close: false }]);
  });

  test("of a closed alert never reopens it when it is a late Fired", () => {
    expect(decide(CLOSED, {})).toEqual([{ kind: "late-fired-for-closed" }]);
    expect(decide(CLOSED, { firedAt: FIRED_AT + 1 })).toEqual([{ kind: "late-fired-for-closed" }]);
    expect(decide(CLOSED, poll())).toEqual([{ kind: "duplicate" }]);
  });

  test("changes the severity", () => {
    const to = (via: SourceEvent["via"], severity: "critical" | "low", sourceSeverity: string) =>
      decide({}, { via, severity, sourceSeverity });
    const changed = { kind: "severity-changed", from: "medium" };
    expect(to("entra", "low", "Sev3")).toEqual([{ ...changed, to: "low", sourceSeverity: "Sev3" }]);
    expect(to("key", "critical", "Sev0")).toEqual([{ ...changed, to: "critical", sourceSeverity: "Sev0" }]);
  });
});

describe("a key's word (threats I2)", () => {
  test("that would calm an alert waits for Azure's answer", () => {
    expect(decide({}, { via: "key", condition: "resolved" })).toEqual([
      { kind: "needs-confirmation", claim: "resolved" },
    ]);
    expect(decide({}, { via: "key", severity: "info", sourceSeverity: "Sev4" })).toEqual([
      { kind: "needs-confirmation", claim: "severity", severity: "info", sourceSeverity: "Sev4" },
    ]);
  });

  test("is asked about once", () => {
    expect(decide({ awaitsConfirmation: true }, { via: "key", condition: "resolved" })).toEqual([
      { kind: "duplicate" },
    ]);
  });

  test("takes effect when Azure agrees and is dropped when it does not", () => {
    expect(decide({ awaitsConfirmation: true }, poll({ condition: "resolved" }))).toEqual([
      { kind: "resolve", resolvedAt: null, close: true },
    ]);
    expect(decide({ awaitsConfirmation: true }, poll())).toEqual([{ kind: "not-confirmed" }]);
    expect(decide({ awaitsConfirmation: true }, { via: "entra" })).toEqual([{ kind: "duplicate" }]);
  });

  test("that stored an unknown alert closed does not stand against Azure's answer", () => {
    const facts = { ...CLOSED, condition: "resolved", closedUnconfirmed: true } as const;
    expect(decide(facts, poll())).toEqual([{ kind: "open-after-all" }]);
    expect(decide(facts, poll({ sourceState: "Closed" }))).toEqual([{ kind: "duplicate" }]);
    expect(decide(facts, { via: "entra" })).toEqual([{ kind: "late-fired-for-closed" }]);
  });
});

describe("an id that is not one firing's own", () => {
  const budget = { nativeId: "/subscriptions/s/providers/microsoft.costmanagement/alerts/budget" };

  test("fires anew after it was closed", () => {
    expect(decide(CLOSED, { ...budget, firedAt: FIRED_AT + 1 })).toEqual([{ kind: "fired-anew" }]);
    expect(decide(CLOSED, { ...budget, firedAt: null })).toEqual([{ kind: "fired-anew" }]);
    expect(decide({ ...CLOSED, firedAt: null }, budget)).toEqual([{ kind: "fired-anew" }]);
  });

  test("is late when its fired time is the known one, and a duplicate while open", () => {
    expect(decide(CLOSED, budget)).toEqual([{ kind: "late-fired-for-closed" }]);
    expect(decide({}, { ...budget, firedAt: FIRED_AT + 1 })).toEqual([{ kind: "duplicate" }]);
  });
});

describe("a change made in Azure", () => {
  const byAna = (sourceState: SourceEvent["sourceState"]) => poll({ sourceState, modifiedBy: "ana" });

  test("acknowledges, closes and reopens here", () => {
    expect(decide({}, byAna("Acknowledged"), "changed-by-others")).toEqual([
      { kind: "acknowledged-in-azure", by: "ana" },
    ]);
    expect(decide({ state: "snoozed" }, byAna("Closed"), "changed-by-others")).toEqual([
      { kind: "closed-in-azure", by: "ana" },
    ]);
    expect(decide({ state: "acknowledged" }, byAna("New"), "changed-by-others")).toEqual([
      { kind: "reopened-in-azure", by: "ana" },
    ]);
    expect(decide(CLOSED, byAna("New"), "changed-by-others")).toEqual([{ kind: "reopened-in-azure", by: "ana" }]);
  });

  test("that finds the state here already is nothing new", () => {
    expect(decide({ state: "acknowledged" }, byAna("Acknowledged"), "changed-by-others")).toEqual([
      { kind: "duplicate" },
    ]);
    expect(decide(CLOSED, byAna("Closed"), "changed-by-others")).toEqual([{ kind: "duplicate" }]);
    expect(decide({}, byAna("New"), "changed-by-others")).toEqual([{ kind: "duplicate" }]);
  });

  test("is not seen in our own change coming back", () => {
    expect(decide({ state: "open" }, byAna("Acknowledged"), "echo")).toEqual([{ kind: "duplicate" }]);
  });

  test("comes together with a resolved condition", () => {
    const event = poll({ sourceState: "Acknowledged", condition: "resolved" });
    expect(decide({}, event, "changed-by-others").map(({ kind }) => kind)).toEqual([
      "acknowledged-in-azure",
      "resolve",
    ]);
  });
});
