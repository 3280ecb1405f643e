import { answersByStatus, deliveries, latencies, measureLoad, warmUp } from "../measure.ts";
import { round } from "../statistics.ts";
import { type Scenario, withSystem } from "./scenario.ts";

/** So many distinct alerts as fast as the connections allow: accepted and notified a second, time until all are out. */
export const burst: Scenario = (system, { burst: alerts, connections }) =>
  withSystem(system, async (bench) => {
    await warmUp(bench, connections);
    const measured = await measureLoad(bench, { requests: alerts, distinct: alerts, connections, ratePerSecond: null });
    const { load, firstSentAt, tag } = measured;
    const accepted = load.status.filter((status) => status === bench.started.intake.acceptedStatus).length;
    const acceptedMs = load.answeredAt.reduce((latest, at) => Math.max(latest, at), 0) - firstSentAt;
    const notifiedMs = bench.sink.lastArrivalAt() - firstSentAt;
    const found = deliveries(tag, load.status.keys(), bench.sink);
    return {
      acceptedPerSecond: round(accepted / (acceptedMs / 1_000)),
      notifiedPerSecond: round(found.notified / (notifiedMs / 1_000)),
      allNotifiedMs: round(notifiedMs),
      answers: answersByStatus(load),
      ...found,
      ...latencies(measured, bench.sink),
      ...measured.usage,
    };
  });
