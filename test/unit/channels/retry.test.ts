import { assert, double, integer, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { failed } from "../../../src/channels/answer-outcome.ts";
import { ATTEMPTS_MAX, decideRetry, GIVE_UP_MS } from "../../../src/channels/retry.ts";

const failure = (more: object = {}) => ({ ...failed("server-error"), retryable: true, ...more });

describe("retries of the outbox", () => {
  test.each([
    [1, 500, 1_000],
    [2, 1_000, 2_000],
    [5, 8_000, 16_000],
    [12, 150_000, 300_000],
  ])("attempt %d waits between %d and %d ms", (attempt, least, most) => {
    const message = { attempt, createdAt: 0 };
    expect(decideRetry(message, failure(), 0, 0)).toEqual({ retryAt: least });
    const { retryAt } = decideRetry(message, failure(), 0, 0.999_999) as { retryAt: number };
    expect(retryAt).toBeGreaterThan(least);
    expect(retryAt).toBeLessThanOrEqual(most);
  });

  test("Retry-After is a lower bound", () => {
    expect(decideRetry({ attempt: 1, createdAt: 0 }, failure({ retryAfterSeconds: 90 }), 0, 0)).toEqual({
      retryAt: 90_000,
    });
  });

  test("it ends when it makes no sense: not retryable, too many, too late", () => {
    const ended = { ended: "failed" };
    expect(decideRetry({ attempt: 1, createdAt: 0 }, failure({ retryable: false }), 0, 0)).toEqual(ended);
    expect(decideRetry({ attempt: ATTEMPTS_MAX, createdAt: 0 }, failure(), 0, 0)).toEqual(ended);
    expect(decideRetry({ attempt: 3, createdAt: 0 }, failure(), GIVE_UP_MS, 0)).toEqual(ended);
    expect(decideRetry({ attempt: 1, createdAt: 0 }, failure({ retryAfterSeconds: 3_601 }), 0, 0)).toEqual(ended);
  });

  test("a message always ends within the hour", () => {
    assert(
      property(
        double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        integer({ min: 0, max: 1e12 }),
        (random, createdAt) => {
          let now = createdAt;
          for (let attempt = 1; ; attempt += 1) {
            const decision = decideRetry({ attempt, createdAt }, failure(), now, random);
            if ("ended" in decision) return;
            expect(decision.retryAt).toBeGreaterThan(now);
            expect(decision.retryAt).toBeLessThanOrEqual(createdAt + GIVE_UP_MS);
            now = decision.retryAt;
          }
        },
      ),
    );
  });
});
