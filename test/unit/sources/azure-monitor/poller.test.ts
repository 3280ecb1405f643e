import { describe, expect, test } from "vitest";
import { createVirtualClock } from "../../../../src/platform/clock.ts";
import { createLogger } from "../../../../src/platform/log.ts";
import { createPoller, FIRST_POLL_MS, type PollerPorts } from "../../../../src/sources/azure-monitor/poller.ts";
import { type AlertPage, AzureReadError } from "../../../../src/sources/azure-monitor/read.ts";
import { buildEvent, FIRED_AT } from "./event-builder.ts";

const page = (modifiedAt: number): AlertPage => ({ events: [buildEvent({ via: "poll", modifiedAt })], problems: [] });

/** One source; `lists` says what each subscription's list does. */
function startPoller(lists: Record<string, () => AlertPage[]>, more: Partial<PollerPorts> = {}) {
  const clock = createVirtualClock(FIRED_AT);
  const asked: { subscriptionId: string; sinceMs: number | null }[] = [];
  const taken: number[] = [];
  const cursors: (number | null)[] = [];
  const failures: [string, string | null][] = [];
  const poller = createPoller(
    {
      clock,
      log: createLogger("silent"),
      reader: {
        listChanged: async function* (question) {
          asked.push(question);
          yield* lists[question.subscriptionId]!();
        },
        get: async () => null,
      },
      sources: () => [{ teamId: "t", id: "s", subscriptions: Object.keys(lists), paused: false }],
      cursorOf: async () => cursors.at(-1) ?? null,
      take: async (_, events) => void taken.push(...events.map((event) => event.modifiedAt ?? 0)),
      succeeded: async (_, cursorAt) => void cursors.push(cursorAt),
      failed: async (_, error, advice) => void failures.push([error, advice]),
      afterRound: async () => undefined,
      ...more,
    },
    30_000,
  );
  return { poller, clock, asked, taken, cursors, failures };
}
const refused = (): never => {
  throw new AzureReadError("list alerts", { kind: "refused", code: "AuthorizationFailed", advice: "Assign the role." });
};

describe("the poll", () => {
  test("begins a day back and goes on from the newest modification that it read", async () => {
    const run = startPoller({ a: () => [page(FIRED_AT + 5), page(FIRED_AT + 2)] });
    await run.poller.run();
    await run.poller.run();
    expect(run.asked.map(({ sinceMs }) => sinceMs)).toEqual([FIRED_AT - FIRST_POLL_MS, FIRED_AT + 5]);
    expect(run.taken).toEqual([FIRED_AT + 5, FIRED_AT + 2, FIRED_AT + 5, FIRED_AT + 2]);
  });

  test("a subscription that is refused costs the others nothing, and the cursor waits", async () => {
    const run = startPoller({ refused, other: () => [page(FIRED_AT + 1)] });
    await run.poller.run();
    expect(run.taken).toEqual([FIRED_AT + 1]);
    expect(run.cursors).toEqual([]);
    expect(run.failures).toEqual([[expect.stringContaining("list alerts"), "Assign the role."]]);
  });

  test("an alert that could not be stored keeps the cursor where it was", async () => {
    const take = () => Promise.reject(new Error("store away"));
    const run = startPoller({ a: () => [page(FIRED_AT)] }, { take });
    await run.poller.run();
    expect(run.cursors).toEqual([]);
    expect(run.failures).toHaveLength(1);
  });

  test("is not earlier than Azure's Retry-After", async () => {
    const throttled = (): never => {
      throw new AzureReadError("list alerts", {
        kind: "retry",
        retryAfterSeconds: 120,
        reason: "Azure throttles (429).",
      });
    };
    const run = startPoller({ a: throttled });
    await run.poller.run();
    await run.clock.advance(119_999);
    await run.poller.run();
    expect(run.asked).toHaveLength(1);
    await run.clock.advance(1);
    await run.poller.run();
    expect(run.asked).toHaveLength(2);
  });
});
