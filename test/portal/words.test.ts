import { describe, expect, it } from "vitest";
import { Problem } from "../../src/portal/api.ts";
import {
  answeredWords,
  azureWords,
  deliveryWords,
  dutyWords,
  meanwhileWords,
  nextCallWords,
  notificationWords,
  originWords,
  overtakenWords,
  ownerWords,
  peopleWords,
  quietWords,
  receiptWords,
} from "../../src/portal/words.ts";
import { ANA, alertItem, azureState, BEN, DANA, NOW_MS, VIEWER } from "./alert-item.ts";

const nextCall = (people = [BEN]) => ({ at: "2026-10-20T01:16:46.000Z", people, step: 2 });

describe("who is called next", () => {
  it("names the person of the next step", () => {
    const next = nextCallWords(alertItem({ nextCall: nextCall() }), ANA.id);
    expect(next).toEqual({ who: "Ben Okafor", verb: "is called in", atMs: NOW_MS + 166_000 });
  });

  it("speaks to me when I am next", () => {
    expect(nextCallWords(alertItem({ nextCall: nextCall([ANA]) }), ANA.id)).toMatchObject({
      who: "You",
      verb: "are called in",
    });
    const again = alertItem({ nextCall: nextCall([ANA]), called: [ANA] });
    expect(nextCallWords(again, ANA.id)).toMatchObject({ verb: "are called again in" });
  });

  it("speaks to me when I am one of the next", () => {
    const together = (people: (typeof BEN)[]) => nextCallWords(alertItem({ nextCall: nextCall(people) }), ANA.id)?.who;
    expect(together([BEN, ANA])).toBe("You and Ben");
    expect(together([BEN, ANA, DANA])).toBe("You and 2 more");
    expect(together([BEN, DANA])).toBe("Ben and Dana");
  });

  it("names a step that nobody stands in yet", () => {
    expect(nextCallWords(alertItem({ nextCall: nextCall([]) }), ANA.id)).toMatchObject({
      who: "Step 2",
      verb: "comes in",
    });
  });

  it("says nothing for an alert that somebody has", () => {
    expect(nextCallWords(alertItem({ state: "acknowledged", nextCall: nextCall() }), ANA.id)).toBeNull();
  });

  it("joins people briefly", () => {
    expect(peopleWords([BEN, DANA])).toBe("Ben and Dana");
    expect(peopleWords([BEN, DANA, ANA])).toBe("Ben and 2 more");
  });
});

describe("why nobody is called next", () => {
  it("tells an exhausted escalation from one without targets", () => {
    expect(quietWords(alertItem({ called: [ANA] }), NOW_MS)).toBe("Everybody was called. Nobody answered.");
    expect(quietWords(alertItem(), NOW_MS)).toBe("Nobody is called for this");
  });

  it("tells of the grace period while it lasts", () => {
    const held = alertItem({ heldUntil: "2026-10-20T01:20:00Z" });
    expect(quietWords(held, NOW_MS)).toMatch(/^Held until /);
    expect(quietWords(held, NOW_MS + 360_000)).toBe("Nobody is called for this");
  });
});

describe("what an answer did", () => {
  it("says who is spared by it", () => {
    expect(answeredWords("acknowledge", alertItem({ nextCall: nextCall() }), ANA.id)).toBe(
      "Acknowledged. Ben is not called.",
    );
    expect(answeredWords("acknowledge", alertItem(), ANA.id)).toBe("Acknowledged.");
    const everybody = alertItem({ nextCall: nextCall([ANA, BEN, DANA]) });
    expect(answeredWords("acknowledge", everybody, ANA.id)).toBe("Acknowledged. Nobody else is called.");
    expect(answeredWords("acknowledge", alertItem({ nextCall: nextCall([ANA]) }), ANA.id)).toBe("Acknowledged.");
  });

  it("says who is told when an alert is taken", () => {
    expect(answeredWords("take", alertItem({ state: "acknowledged", owner: DANA }), ANA.id)).toBe(
      "You have it. Dana is told.",
    );
  });

  it("says who was first, and by how much", () => {
    const problem = new Problem(409, { code: "already-owned", owner: DANA, since: "2026-10-20T01:13:58.000Z" }, null);
    expect(overtakenWords(problem, NOW_MS)).toBe("Dana acknowledged 2 s before you.");
    expect(overtakenWords(problem, NOW_MS - 2_000)).toBe("Dana acknowledged just before you.");
    expect(overtakenWords(new Problem(409, { code: "already-owned" }, null), NOW_MS)).toBe(
      "Somebody else has it already.",
    );
  });

  it("says what still happens while an answer waits", () => {
    expect(meanwhileWords(alertItem({ nextCall: nextCall([]) }), ANA.id, NOW_MS)).toMatch(
      /^Until it is sent, step 2 still comes at /,
    );
    expect(meanwhileWords(alertItem({ nextCall: nextCall([ANA]) }), ANA.id, NOW_MS)).toMatch(/you are still called at/);
    expect(meanwhileWords(alertItem(), ANA.id, NOW_MS)).toBe("");
  });
});

describe("lines of a row", () => {
  it("names the resource by the last part of its id", () => {
    const source = { ...alertItem().source, resourceId: "/subscriptions/s/resourceGroups/g/providers/p/t/vm-1/" };
    expect(originWords(alertItem({ source }))).toBe("vm-1 · Azure Monitor");
  });

  it("names a whole subscription as one", () => {
    const source = { ...alertItem().source, resourceId: "/subscriptions/75f866ea-7126-4e3e-a428-8ce92f7f9350" };
    expect(originWords(alertItem({ source }))).toBe("Subscription 75f866ea… · Azure Monitor");
  });

  it("calls me You", () => {
    const mine = alertItem({ state: "acknowledged", owner: ANA, acknowledgedAt: "2026-10-20T01:13:00Z" });
    expect(ownerWords(mine, ANA.id, NOW_MS)).toMatch(/^You · acknowledged /);
    expect(ownerWords({ ...mine, owner: DANA }, ANA.id, NOW_MS)).toMatch(/^Dana Weiss · acknowledged /);
  });
});

describe("reachability", () => {
  const me = {
    ...VIEWER,
    role: "Responder" as const,
    onDuty: { until: null, schedule: "Primary" },
    reachable: true,
    vapidPublicKey: "",
    signedInAt: null,
    installation: { tenantId: "t", publicUrl: "u", version: "v" },
  };

  it("promises a ring only of a device that can", () => {
    expect(dutyWords(me, true, "phone", NOW_MS)).toEqual({ lead: "On duty", rest: "this phone rings", isGood: true });
    expect(dutyWords(me, false, "phone", NOW_MS)).toMatchObject({ rest: "reached another way", isGood: true });
    const silent = dutyWords({ ...me, reachable: false }, false, "phone", NOW_MS);
    expect(silent).toMatchObject({ rest: "this phone cannot ring. Fix it", isGood: false });
  });

  it("says when somebody is off duty", () => {
    expect(dutyWords({ ...me, onDuty: null }, true, "browser", NOW_MS).lead).toBe("Off duty");
  });
});

describe("Azure's line", () => {
  it("shows what Azure shows when both are in step", () => {
    expect(azureWords(azureState())).toEqual({ lead: "Azure shows Acknowledged.", rest: "", tone: "ok" });
  });

  it("never shows a green tick for an answer on its way or refused", () => {
    expect(azureWords(azureState({ sync: "sending" })).tone).toBe("waiting");
    expect(azureWords(azureState({ sync: "refused", advice: "Grant it." }))).toEqual({
      lead: "Azure refused the change.",
      rest: "Grant it.",
      tone: "bad",
    });
  });
});

describe("proof of a notification", () => {
  const pending = {
    id: "n",
    kind: "call-out" as const,
    person: ANA,
    channel: "web-push",
    reason: "On duty",
    step: 1,
    state: "pending" as const,
    attempts: 0,
    createdAt: "2026-10-20T01:12:00Z",
    endedAt: null,
    receivedAt: null,
    seenAt: null,
    failure: null,
    nextAttemptAt: null,
  };

  it("names the reason of a failure", () => {
    const failed = {
      ...pending,
      state: "failed" as const,
      failure: "gone",
      attempts: 1,
      endedAt: "2026-10-20T01:12:09Z",
    };
    expect(notificationWords(failed, NOW_MS)).toMatchObject({
      tone: "bad",
      text: expect.stringMatching(/failed .*: the subscription has expired$/),
    });
  });

  it("says that it is being sent, then when it is tried again", () => {
    expect(notificationWords(pending, NOW_MS).text).toBe("being sent");
    const waiting = { ...pending, attempts: 2, failure: "timeout", nextAttemptAt: "2026-10-20T01:14:30Z" };
    expect(notificationWords(waiting, NOW_MS).text).toMatch(/^not accepted yet: no answer in time, next try /);
  });

  it("tells what the phone itself said", () => {
    expect(receiptWords(pending, NOW_MS)).toEqual([]);
    const seen = { ...pending, receivedAt: "2026-10-20T01:12:02Z", seenAt: "2026-10-20T01:12:40Z" };
    expect(receiptWords(seen, NOW_MS)).toEqual([
      expect.stringMatching(/^on phone \d\d:12:02$/),
      expect.stringMatching(/^seen \d\d:12:40$/),
    ]);
  });

  it("sums up how the messages of an alert fared", () => {
    expect(deliveryWords([], NOW_MS)).toBe("Nothing could be sent: no device or channel is set up.");
    const seen = { ...pending, state: "delivered" as const, seenAt: "2026-10-20T01:12:40Z" };
    expect(deliveryWords([seen, pending], NOW_MS)).toMatch(/^1 of 2 notifications accepted, seen \d\d:12$/);
    expect(deliveryWords([{ ...seen, seenAt: null }], NOW_MS)).toBe("1 of 1 notification accepted");
  });
});
