import { describe, expect, test } from "vitest";
import { operationIdOf } from "../../../src/write-back/echo.ts";
import { type AlertInAzure, type Occasion, planWriteBack, type WriteBackRules } from "../../../src/write-back/plan.ts";

const SUBSCRIPTION = "3b540246-808d-4331-99aa-917b808a9166";
const GUID = "66114d64-d9d9-478b-95c9-b789d6502100";
const ALERT: AlertInAzure = {
  sourceKind: "azure-monitor",
  alertId: `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.AlertsManagement/alerts/${GUID}`,
  via: "entra",
  state: null,
  presence: "not-read",
};
const RULES: WriteBackRules = { writeBack: true, writeClosedToAzure: false, subscriptions: [SUBSCRIPTION] };

function plan(occasion: Partial<Occasion>, alert: Partial<AlertInAzure> = {}, rules: Partial<WriteBackRules> = {}) {
  const full: Occasion = {
    cause: "acknowledge",
    actor: { id: "1", name: "Ana Berg" },
    comment: null,
    previousState: "open",
    operationId: "0199f0c2-op",
    ...occasion,
  };
  return planWriteBack(full, { ...ALERT, ...alert }, { ...RULES, ...rules });
}
const stateOf = (...args: Parameters<typeof plan>) => {
  const result = plan(...args);
  return "none" in result ? result.none : result.newState;
};

describe("what is written back to Azure", () => {
  test.each([
    ["acknowledge", "Acknowledged"],
    ["take", "Acknowledged"],
    ["close", "Closed"],
    ["unacknowledge", "New"],
    ["reopen", "New"],
    ["snooze", "state-kept"],
    ["comment", "state-kept"],
    ["hand-over", "state-kept"],
    ["resolved", "auto-close-stays-here"],
    ["acknowledged-in-azure", "came-from-azure"],
    ["closed-in-azure", "came-from-azure"],
    ["reopened-in-azure", "came-from-azure"],
  ] as const)("%s: %s", (cause, expected) => {
    expect(stateOf({ cause })).toBe(expected);
  });

  test.each(["ack-timeout", "escalate", "snooze-expired", "unsnooze"] as const)(
    "%s sets New only where the alert was acknowledged",
    (cause) => {
      expect(stateOf({ cause, previousState: "acknowledged" })).toBe("New");
      expect(stateOf({ cause, previousState: "snoozed" }, { state: "Acknowledged" })).toBe("New");
      expect(stateOf({ cause, previousState: "open" })).toBe("not-acknowledged-in-azure");
      expect(stateOf({ cause, previousState: "snoozed" }, { state: "New" })).toBe("not-acknowledged-in-azure");
    },
  );

  test("an auto-close is written when the setting says so", () => {
    expect(stateOf({ cause: "resolved" }, {}, { writeClosedToAzure: true })).toBe("Closed");
  });

  test("nothing is written where there is nothing to write to, with the reason", () => {
    expect(stateOf({}, { sourceKind: "sentinel" })).toBe("other-source");
    expect(stateOf({}, {}, { writeBack: false })).toBe("write-back-off");
    expect(stateOf({}, { alertId: "metric:0a1b" })).toBe("no-azure-id");
    expect(stateOf({}, { alertId: `https://evil.example${ALERT.alertId}` })).toBe("no-azure-id");
    expect(stateOf({}, {}, { subscriptions: [] })).toBe("subscription-not-configured");
    expect(stateOf({}, { presence: "unknown-to-azure" })).toBe("unknown-to-azure");
    expect(stateOf({}, { presence: "gone" })).toBe("gone");
  });

  test("an alert that only a key vouches for is read before it is written (threats I3)", () => {
    expect(plan({}, { via: "key" })).toMatchObject({
      readFirst: true,
      target: { subscriptionId: SUBSCRIPTION, guid: GUID },
    });
    expect(plan({}, { via: "key", presence: "present" })).toMatchObject({ readFirst: false });
    expect(plan({})).toMatchObject({ readFirst: false });
  });

  test("a person's answer is written even when Azure seems to have the state", () => {
    expect(stateOf({ cause: "take" }, { state: "Acknowledged" })).toBe("Acknowledged");
  });
});

describe("the comment in Azure", () => {
  const commentOf = (occasion: Partial<Occasion>) => {
    const result = plan(occasion);
    return "none" in result ? result.none : result.comment;
  };

  test("names who, what, why and the operation", () => {
    expect(commentOf({ cause: "take", comment: "on it" })).toBe(
      "Taken by Ana Berg in Watchbell. Comment: on it [watchbell 0199f0c2-op]",
    );
    expect(commentOf({ cause: "ack-timeout", actor: null, previousState: "acknowledged" })).toMatch(
      /^Set back to New by Watchbell: /,
    );
    expect(commentOf({ cause: "close", actor: null })).toBe("Closed by Watchbell. [watchbell 0199f0c2-op]");
  });

  test("is one bounded line of visible characters that keeps its operation id", () => {
    const comment = commentOf({
      comment: `a\nb\u0000\u202e${"👍".repeat(3_000)}`,
      actor: { id: "1", name: "A\u001bna" },
    });
    expect(comment).toMatch(/^Acknowledged by A␛na in Watchbell\. Comment: a b␀⟨U\+202E⟩👍/);
    expect([...comment].length).toBeLessThanOrEqual(1_000);
    expect(operationIdOf(comment)).toBe("0199f0c2-op");
  });
});
