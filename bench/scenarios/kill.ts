import { setTimeout as delay } from "node:timers/promises";
import { newIdTag } from "../alert-ids.ts";
import { sendLoad } from "../load/send-load.ts";
import { deliveries, LOAD_MS_MAX, warmUp } from "../measure.ts";
import { monotonicMs } from "../monotonic.ts";
import type { Sink } from "../sink.ts";
import { round } from "../statistics.ts";
import { type Scenario, withSystem } from "./scenario.ts";

/** The program is killed when this share of the burst is accepted. */
const KILLED_AFTER_SHARE = 0.4;
const QUIET_MS = 3_000;
const RECOVERY_MS_MAX = 120_000;

/** `kill -9` in mid-burst, started again in the same folder: accepted alerts that nobody was told of, and repeats. */
export const kill: Scenario = (system, { burst: requests, connections }) =>
  withSystem(system, async (bench) => {
    const { started, sink } = bench;
    await warmUp(bench, connections);
    const tag = newIdTag();
    const order = { intake: started.intake, tag, requests, distinct: requests, connections, ratePerSecond: null };
    const load = await sendLoad(
      { ...order, noticeAfterAccepted: Math.floor(requests * KILLED_AFTER_SHARE), timeMsMax: LOAD_MS_MAX },
      system.kill,
    );
    const accepted = [...load.status.keys()].filter(
      (index) => load.status[index] === started.intake.acceptedStatus && load.answeredAt[index] !== 0,
    );
    const before = deliveries(tag, accepted, sink);
    const restartedAt = monotonicMs();
    await system.start(sink.url);
    await waitUntilQuiet(sink, restartedAt + system.recoveryMs);
    const after = deliveries(tag, load.status.keys(), sink);
    const found = deliveries(tag, accepted, sink);
    return {
      accepted: accepted.length,
      notifiedBeforeRestart: before.notified,
      lost: found.missing,
      repeated: after.repeated,
      unansweredButNotified: after.notified - found.notified,
      lastArrivalAfterRestartMs: sink.lastArrivalAt() > restartedAt ? round(sink.lastArrivalAt() - restartedAt) : null,
    };
  });

/** Late repeats count too: waits until the leases of the killed process are over and nothing comes any more. */
async function waitUntilQuiet(sink: Sink, notBefore: number): Promise<void> {
  const until = notBefore + RECOVERY_MS_MAX;
  for (let now = monotonicMs(); now < until; now = monotonicMs()) {
    if (now > notBefore && now - sink.lastArrivalAt() > QUIET_MS) return;
    await delay(100);
  }
}
