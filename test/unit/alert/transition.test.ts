import { describe, expect, test } from "vitest";
import { ALERT_STATES } from "../../../src/alert/alert.ts";
import { type Cause, transition } from "../../../src/alert/transition.ts";

/** One row a cause: the next state from open, acknowledged, snoozed, closed (`-` = ignored), owner, escalation. */
const TABLE: [
  cause: Cause,
  open: string,
  acknowledged: string,
  snoozed: string,
  closed: string,
  owner: string,
  escalation: string,
][] = [
  ["acknowledge", "acknowledged", "acknowledged", "acknowledged", "-", "actor", "stop"],
  ["take", "acknowledged", "acknowledged", "acknowledged", "-", "actor", "stop"],
  ["unacknowledge", "-", "open", "-", "-", "clear", "restart"],
  ["close", "closed", "closed", "closed", "-", "keep", "stop"],
  ["reopen", "-", "-", "-", "open", "clear", "restart"],
  ["snooze", "snoozed", "snoozed", "snoozed", "-", "keep", "snooze"],
  ["unsnooze", "-", "-", "open", "-", "clear", "restart"],
  ["escalate", "open", "open", "open", "-", "clear", "escalate"],
  ["ack-timeout", "-", "open", "-", "-", "clear", "restart"],
  ["snooze-expired", "-", "-", "open", "-", "clear", "restart"],
  ["resolved", "closed", "closed", "closed", "-", "keep", "stop"],
  ["acknowledged-in-azure", "acknowledged", "-", "-", "-", "keep", "stop"],
  ["closed-in-azure", "closed", "closed", "closed", "-", "keep", "stop"],
  ["reopened-in-azure", "-", "open", "open", "open", "clear", "restart"],
];

describe("the state machine of an alert (semantics 8.6–8.9)", () => {
  test.each(TABLE)("%s", (cause, open, acknowledged, snoozed, closed, owner, escalation) => {
    const expected = [open, acknowledged, snoozed, closed];
    ALERT_STATES.forEach((state, index) => {
      const next = expected[index] === "-" ? null : { state: expected[index], owner, escalation };
      expect(transition(state, cause), `${cause} in ${state}`).toEqual(next);
    });
  });
});
