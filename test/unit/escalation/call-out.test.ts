import { describe, expect, test } from "vitest";
import { planCallOuts } from "../../../src/escalation/call-out.ts";
import type { EscalationPolicy } from "../../../src/escalation/escalation-policy.ts";
import { type Firing, fireDue, startEscalation } from "../../../src/escalation/next-step.ts";

const MINUTE_MS = 60_000;
const steps = (...delays: number[]) => delays.map((delayMinutes) => ({ delayMinutes, targets: ["user:ana"] }));

/** What becomes of a policy that nobody has looked at until a minute. Ana has two contacts, Ben none. */
function planAt(policy: EscalationPolicy, minute: number, who = "ana") {
  const { firings, position } = fireDue(policy, startEscalation(policy, 0), minute * MINUTE_MS, () => [who]);
  return plan(firings, policy, position);
}
function plan(firings: Firing[], policy: EscalationPolicy, position: ReturnType<typeof startEscalation>) {
  let ids = 0;
  const context = { teamName: "Operations", policyName: "Default", policy, position };
  return planCallOuts(firings, context, {
    person: (id) => ({ id, name: id }),
    contacts: (id) => (id === "ana" ? ["phone", "hook"].map((contact) => ({ id: contact, channel: "webhook" })) : []),
    nextId: () => `${++ids}`,
  });
}

describe("call-outs", () => {
  test("everybody due is called on each contact, with the sentence why", () => {
    const { callOuts, entries, people } = planAt({ steps: steps(5) }, 0);
    expect(callOuts.map(({ contactId, reason, step }) => [contactId, reason, step])).toEqual([
      ["phone", "named by Default, step 1 of 1", 1],
      ["hook", "named by Default, step 1 of 1", 1],
    ]);
    expect(people).toEqual(["ana"]);
    expect(entries.map(({ kind }) => kind)).toEqual(["called-out"]);
  });

  test("a message keeps its sense until the next call, also when steps fire at once or late", () => {
    expect(planAt({ steps: steps(0, 0, 7) }, 0).callOuts.map(({ expiresAt }) => expiresAt)).toEqual(
      Array(6).fill(7 * MINUTE_MS),
    );
    expect(planAt({ steps: steps(5, 10, 20) }, 16).callOuts.map(({ expiresAt }) => expiresAt)).toEqual(
      Array(6).fill(35 * MINUTE_MS),
    );
    expect(planAt({ steps: steps(0) }, 0).callOuts.map(({ expiresAt }) => expiresAt)).toEqual([null, null]);
  });

  test("a person without any contact is a decision with a reason", () => {
    const { callOuts, entries } = planAt({ steps: steps(5) }, 0, "ben");
    expect(callOuts).toEqual([]);
    expect(entries).toMatchObject([
      { kind: "called-nobody", text: expect.stringContaining("has no device or channel") },
    ]);
  });

  test("the end is told when the last step's wait is over without an answer", () => {
    const policy = { steps: steps(5) };
    const first = fireDue(policy, startEscalation(policy, 0), 0, () => ["ana"]);
    const last = fireDue(policy, first.position, 5 * MINUTE_MS, () => ["ana"]);
    expect(last.firings).toEqual([]);
    expect(plan(last.firings, policy, last.position).entries).toMatchObject([
      { kind: "escalation-ended", text: "Everybody was called. Nobody is called again by itself." },
    ]);
  });
});
