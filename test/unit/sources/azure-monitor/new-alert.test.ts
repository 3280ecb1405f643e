import { describe, expect, test } from "vitest";
import { decideNewAlert, endOfGrace, type SourceRules } from "../../../../src/sources/azure-monitor/new-alert.ts";
import { buildEvent, FIRED_AT } from "./event-builder.ts";

const RULES: SourceRules = {
  severities: ["Sev0", "Sev1", "Sev2"],
  includeSuppressed: false,
  graceMinutes: 0,
  autoClose: true,
};
const MINUTE = 60_000;
const withGrace = (firedAt: number | null, now: number, graceMinutes = 10) =>
  decideNewAlert(buildEvent({ firedAt }), { ...RULES, graceMinutes }, now);

describe("an alert we do not hold yet", () => {
  test("is opened at once by default, whatever its age (threats I5)", () => {
    const open = { kind: "open", holdUntil: null, reason: "no-grace-period" };
    expect(decideNewAlert(buildEvent(), RULES, FIRED_AT)).toEqual(open);
    expect(decideNewAlert(buildEvent({ firedAt: 0 }), RULES, FIRED_AT)).toEqual(open);
    expect(decideNewAlert(buildEvent({ condition: "unknown" }), RULES, FIRED_AT)).toEqual(open);
  });

  test("is ignored when its severity is not taken", () => {
    const ignored = { kind: "ignored", reason: "severity-not-taken" };
    expect(decideNewAlert(buildEvent({ sourceSeverity: "Sev3" }), RULES, 0)).toEqual(ignored);
  });

  test.each([null, "Sev9", "Critical"])("is taken when its severity is not one of Azure's five words: %s", (word) => {
    expect(decideNewAlert(buildEvent({ sourceSeverity: word }), RULES, 0).kind).toBe("open");
  });

  test("is ignored when suppressed, unless suppressed ones are wanted", () => {
    const event = buildEvent({ via: "poll", suppressed: true, sourceState: "New" });
    expect(decideNewAlert(event, RULES, 0)).toEqual({ kind: "ignored", reason: "suppressed" });
    expect(decideNewAlert(event, { ...RULES, includeSuppressed: true }, 0).kind).toBe("open");
  });

  test("is stored closed, and nobody told, when it is over already", () => {
    expect(decideNewAlert(buildEvent({ condition: "resolved" }), RULES, 0)).toEqual({
      kind: "stored-closed",
      reason: "resolved",
    });
    const closed = buildEvent({ via: "poll", sourceState: "Closed" });
    expect(decideNewAlert(closed, RULES, 0)).toEqual({ kind: "stored-closed", reason: "closed-in-azure" });
  });

  test("is acknowledged when somebody in Azure has it", () => {
    const event = buildEvent({ via: "poll", sourceState: "Acknowledged", modifiedBy: "ana" });
    expect(decideNewAlert(event, RULES, 0)).toEqual({ kind: "acknowledged", by: "ana" });
  });
});

describe("the grace period", () => {
  test("counts from the fired time, not from the arrival", () => {
    expect(withGrace(FIRED_AT, FIRED_AT + 4 * MINUTE)).toEqual({
      kind: "open",
      holdUntil: FIRED_AT + 10 * MINUTE,
      reason: "grace-running",
    });
    expect(withGrace(FIRED_AT, FIRED_AT + 10 * MINUTE)).toMatchObject({ holdUntil: null, reason: "grace-over" });
  });

  test("is passed over without a fired time, or one more than two hours ago", () => {
    expect(withGrace(null, FIRED_AT)).toMatchObject({ holdUntil: null, reason: "fired-time-unknown" });
    expect(withGrace(FIRED_AT, FIRED_AT + 121 * MINUTE, 120)).toMatchObject({
      holdUntil: null,
      reason: "fired-long-ago",
    });
    expect(withGrace(FIRED_AT, FIRED_AT + 119 * MINUTE, 120)).toMatchObject({ holdUntil: FIRED_AT + 120 * MINUTE });
  });

  test("never holds longer than itself, even when the fired time lies in the future", () => {
    expect(withGrace(FIRED_AT + 10 ** 12, FIRED_AT)).toMatchObject({ holdUntil: FIRED_AT + 10 * MINUTE });
  });

  test("ends silent when resolved or no longer New, else with a call", () => {
    expect(endOfGrace({ condition: "resolved", sourceState: "New" })).toEqual({ notify: false, reason: "resolved" });
    expect(endOfGrace({ condition: "fired", sourceState: "Acknowledged" })).toEqual({
      notify: false,
      reason: "not-new-in-azure",
    });
    expect(endOfGrace({ condition: "fired", sourceState: "Closed" })).toEqual({
      notify: false,
      reason: "not-new-in-azure",
    });
    expect(endOfGrace({ condition: "fired", sourceState: null })).toEqual({ notify: true });
    expect(endOfGrace({ condition: "unknown", sourceState: "New" })).toEqual({ notify: true });
  });
});
