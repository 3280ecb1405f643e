import { type Arbitrary, array, assert, constant, constantFrom, integer, oneof, property, record } from "fast-check";
import { describe, expect, test } from "vitest";
import type { EscalationPolicy } from "../../../src/escalation/escalation-policy.ts";
import { escalationPolicy } from "../../../src/escalation/escalation-policy.ts";
import {
  escalateNow,
  type Firing,
  fireDue,
  nextCall,
  type ResolveTargets,
  startEscalation,
} from "../../../src/escalation/next-step.ts";

const MINUTE_MS = 60_000;
/** `user:x` is x, `schedule:early` is on duty until minute 5, `team:empty` is nobody. */
const resolve: ResolveTargets = (targets, at) => [
  ...new Set(
    targets.flatMap((target) => {
      if (target === "team:empty") return [];
      if (target === "schedule:early") return at < 5 * MINUTE_MS ? ["early"] : [];
      if (target === "schedule:changing") return [Math.floor(at / (3 * MINUTE_MS)) % 2 === 0 ? "ana" : "ben"];
      return [target.slice("user:".length)];
    }),
  ),
];

/** Firings until a minute, as `minute pass.step people`. */
function firings(policy: EscalationPolicy, untilMinutes: number): string[] {
  return fireDue(policy, startEscalation(policy, 0), untilMinutes * MINUTE_MS, resolve).firings.map(shown);
}
const shown = ({ at, pass, step, people }: Firing) => `${at / MINUTE_MS} ${pass}.${step} ${people.join("+") || "-"}`;
const step = (delayMinutes: number, targets: string[], repeat?: number) =>
  repeat === undefined ? { delayMinutes, targets } : { delayMinutes, targets, repeat };

describe("escalation (semantics 8)", () => {
  test("step 1 fires after the initial delay, the next after each step's delay, then it is exhausted (8.2, 8.4)", () => {
    const steps = [step(5, ["user:ana"]), step(10, ["user:ben", "user:ana", "user:ben"])];
    const policy = { initialDelayMinutes: 2, steps };
    expect(firings(policy, 60)).toEqual(["2 1.1 ana", "7 1.2 ben+ana"]);
    const { position } = fireDue(policy, startEscalation(policy, 0), 60 * MINUTE_MS, resolve);
    expect(position).toMatchObject({ dueAt: null, pass: 1, step: 2 });
  });

  test("a step's repeat fires it again after each delay; the policy's repeat makes further passes (8.4)", () => {
    const policy = { repeat: 1, steps: [step(2, ["user:ana"], 2), step(3, ["user:ben"])] };
    expect(firings(policy, 100)).toEqual([
      ...["0 1.1 ana", "2 1.1 ana", "4 1.1 ana", "6 1.2 ben"],
      ...["9 2.1 ana", "11 2.1 ana", "13 2.1 ana", "15 2.2 ben"],
    ]);
  });

  test("zero delays fire at the same instant, in order (8.4)", () => {
    expect(firings({ steps: [step(0, ["user:ana"]), step(0, ["user:ben"]), step(1, ["user:cem"])] }, 5)).toEqual([
      ...["0 1.1 ana", "0 1.2 ben", "0 1.3 cem"],
    ]);
  });

  test("a step that reaches nobody passes to the next at once, also at a repeat (8.5)", () => {
    expect(firings({ steps: [step(9, ["team:empty"]), step(1, ["user:ben"])] }, 20)).toEqual(["0 1.1 -", "0 1.2 ben"]);
    const repeated = { steps: [step(3, ["schedule:early"], 5), step(1, ["user:ben"])] };
    expect(firings(repeated, 20)).toEqual(["0 1.1 early", "3 1.1 early", "6 1.2 ben"]);
  });

  test("a whole pass without a notification tells the fallback once and ends (8.5)", () => {
    const steps = [step(5, ["team:empty"])];
    expect(firings({ repeat: 3, fallback: ["user:cem"], steps }, 60)).toEqual(["0 1.1 -", "0 1.fallback cem"]);
    expect(firings({ repeat: 3, steps }, 60)).toEqual(["0 1.1 -", "0 1.fallback -"]);
  });

  test("a later pass without a notification tells the fallback at the instant at which it begins (8.5)", () => {
    const policy = { repeat: 2, fallback: ["user:cem"], steps: [step(5, ["schedule:early"])] };
    expect(firings(policy, 60)).toEqual(["0 1.1 early", "5 2.1 -", "5 2.fallback cem"]);
  });

  test("targets are resolved at the instant of each firing (8.3)", () => {
    expect(firings({ repeat: -1, steps: [step(3, ["schedule:changing"])] }, 9)).toEqual([
      ...["0 1.1 ana", "3 2.1 ben", "6 3.1 ana", "9 4.1 ben"],
    ]);
  });

  test("−1 repeats for ever, and a pass that takes no time waits a minute instead of calling in a loop", () => {
    const policy = { repeat: -1, steps: [step(0, ["user:ana"]), step(5, ["team:empty"])] };
    expect(firings(policy, 2)).toEqual(["0 1.1 ana", "0 1.2 -", "1 2.1 ana", "1 2.2 -", "2 3.1 ana", "2 3.2 -"]);
  });

  test("escalate fires the step after the last fired one, drops repeats, and restarts after the last (8.9)", () => {
    const policy = { initialDelayMinutes: 30, steps: [step(10, ["user:ana"], 3), step(10, ["user:ben"])] };
    const fire = (position: Parameters<typeof escalateNow>[1], minute: number) =>
      fireDue(policy, escalateNow(policy, position, minute * MINUTE_MS), minute * MINUTE_MS, resolve);
    const first = fire(startEscalation(policy, 0), 1);
    expect(first.firings.map(shown)).toEqual(["1 1.1 ana"]);
    const second = fire(first.position, 2);
    expect(second.firings.map(shown)).toEqual(["2 1.2 ben"]);
    expect(second.position.dueAt).toBe(12 * MINUTE_MS);
    const again = fire(second.position, 3);
    expect(again.firings.map(shown)).toEqual(["3 1.1 ana"]);
  });

  test("a restart begins at once, without the initial delay (8.8)", () => {
    expect(startEscalation({ initialDelayMinutes: 30, steps: [] }, 5, true)).toMatchObject({
      pass: 1,
      step: 0,
      dueAt: 5,
    });
  });

  test("the next call names who is called and when, past steps that reach nobody", () => {
    const policy = { steps: [step(5, ["user:ana"]), step(5, ["team:empty"]), step(5, ["user:cem"])] };
    const { position } = fireDue(policy, startEscalation(policy, 0), 0, resolve);
    expect(nextCall(policy, position, resolve)).toEqual({ at: 5 * MINUTE_MS, people: ["cem"], step: 3 });
    expect(nextCall(policy, { ...position, dueAt: null }, resolve)).toBeNull();
  });
});

/** The rules once more, as one loop over whole passes: no positions, no due times. */
function reference(policy: EscalationPolicy, untilMinutes: number): string[] {
  const fired: Firing[] = [];
  let minute = policy.initialDelayMinutes ?? 0;
  const fire = (pass: number, step: Firing["step"], targets: readonly string[], isRepeat = false) => {
    const people = resolve(targets, minute * MINUTE_MS);
    if (people.length > 0 || !isRepeat) fired.push({ at: minute * MINUTE_MS, pass, step, people });
    return people.length > 0;
  };
  for (let pass = 1; minute <= untilMinutes; pass += 1) {
    const beganAt = minute;
    let notified = false;
    for (const [index, { targets, delayMinutes, repeat = 0 }] of policy.steps.entries()) {
      if (minute > untilMinutes || !fire(pass, index + 1, targets)) continue;
      notified = true;
      minute += delayMinutes;
      for (let left = repeat; left > 0 && minute <= untilMinutes && fire(pass, index + 1, targets, true); left -= 1)
        minute += delayMinutes;
    }
    if (minute > untilMinutes) break;
    if (!notified) fire(pass, "fallback", policy.fallback ?? []);
    const wanted = policy.repeat ?? 0;
    if (!notified || (wanted !== -1 && pass > wanted)) break;
    if (minute === beganAt) minute += 1;
  }
  return fired.map(shown);
}

const targets = array(
  constantFrom("user:ana", "user:ben", "schedule:early", "schedule:changing", "team:empty", "team:empty"),
  { maxLength: 3 },
);
const policies: Arbitrary<EscalationPolicy> = record({
  initialDelayMinutes: integer({ min: 0, max: 3 }),
  repeat: oneof(constant(0), integer({ min: -1, max: 3 })),
  fallback: targets,
  steps: array(record({ delayMinutes: integer({ min: 0, max: 4 }), repeat: integer({ min: 0, max: 3 }), targets }), {
    minLength: 1,
    maxLength: 4,
  }),
}).filter((policy) => escalationPolicy.safeParse(policy).success);
const UNTIL_MINUTES = 40;

describe("for every policy that validation accepts", () => {
  test("the firings are those of the rules", () => {
    assert(
      property(policies, (policy) => {
        expect(firings(policy, UNTIL_MINUTES)).toEqual(reference(policy, UNTIL_MINUTES));
      }),
      { numRuns: 2_000 },
    );
  });

  test("it does not matter how often somebody looks: the same firings, each once", () => {
    assert(
      property(policies, array(integer({ min: 0, max: UNTIL_MINUTES }), { maxLength: 20 }), (policy, looks) => {
        let position = startEscalation(policy, 0);
        const fired: string[] = [];
        for (const minute of [...looks.sort((a, b) => a - b), UNTIL_MINUTES]) {
          const result = fireDue(policy, position, minute * MINUTE_MS, resolve);
          fired.push(...result.firings.map(shown));
          position = result.position;
        }
        expect(fired).toEqual(firings(policy, UNTIL_MINUTES));
      }),
    );
  });

  test("nothing fires after it is exhausted, and instants, passes and steps never go back", () => {
    assert(
      property(policies, (policy) => {
        const { firings: fired, position } = fireDue(
          policy,
          startEscalation(policy, 0),
          UNTIL_MINUTES * MINUTE_MS,
          resolve,
        );
        const order = fired.map(({ at, pass, step }) => [at, pass, step === "fallback" ? 99 : step] as const);
        expect(order).toEqual(order.toSorted((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]));
        if (position.dueAt === null) {
          expect(fireDue(policy, position, Number.MAX_SAFE_INTEGER, resolve).firings).toEqual([]);
        }
      }),
    );
  });
});
