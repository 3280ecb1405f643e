import { array, assert, constantFrom, integer, property, tuple } from "fast-check";
import { describe, expect, test } from "vitest";
import { SEVERITIES, type Severity } from "../../../src/alert/alert.ts";
import { EMPTY_WINDOW, mustHold, recordSent, type SentWindow } from "../../../src/channels/bundle.ts";

const sent = (severities: Severity[], at = 0): SentWindow =>
  severities.reduce((window, severity) => recordSent(window, severity, at), EMPTY_WINDOW);
const five = (severity: Severity) => Array<Severity>(5).fill(severity);

describe("bundling on one device", () => {
  test("the first five of a minute go out singly, the sixth waits", () => {
    expect(mustHold(sent(five("low").slice(1)), "low", 1_000)).toBe(false);
    expect(mustHold(sent(five("low")), "low", 1_000)).toBe(true);
  });

  test("a worse one than all before rings at once, an equal or lesser one waits", () => {
    const window = sent(five("high"));
    expect(mustHold(window, "critical", 1_000)).toBe(false);
    expect(mustHold(window, "high", 1_000)).toBe(true);
    expect(mustHold(window, "info", 1_000)).toBe(true);
  });

  test("after a minute it begins anew", () => {
    expect(mustHold(sent(five("critical")), "info", 59_999)).toBe(true);
    expect(mustHold(sent(five("critical")), "info", 60_000)).toBe(false);
  });

  test("the first of a severity is never held back, whatever came before (design, Delivery)", () => {
    const steps = array(tuple(constantFrom(...SEVERITIES), integer({ min: 0, max: 20_000 })), { maxLength: 60 });
    assert(
      property(steps, (messages) => {
        let window = EMPTY_WINDOW;
        let now = 0;
        for (const [severity, waitMs] of messages) {
          now += waitMs;
          const worst = window.sentAt.some((at) => at > now - 60_000) ? window.worst : null;
          const isWorse = worst === null || SEVERITIES.indexOf(severity) < SEVERITIES.indexOf(worst);
          const held = mustHold(window, severity, now);
          if (isWorse) expect(held).toBe(false);
          if (!held) window = recordSent(window, severity, now);
        }
      }),
    );
  });
});
