import { setTimeout as delay } from "node:timers/promises";
import { alertIdOf } from "../alert-ids.ts";
import { answersByStatus, measureLoad, warmUp } from "../measure.ts";
import { type Figures, round } from "../statistics.ts";
import { type Scenario, withSystem } from "./scenario.ts";

/** Longer than the peer's group interval: a second notification would have come by then. */
const SETTLE_MS = 6_000;

/** The same few alerts over and over: one notification each, and every request counted. */
export const duplicates: Scenario = (system, options) =>
  withSystem(system, async (bench) => {
    const { duplicates: requests, duplicateAlerts: distinct, connections } = options;
    await warmUp(bench, connections);
    const measured = await measureLoad(bench, { requests, distinct, connections, ratePerSecond: null });
    await delay(SETTLE_MS);
    const { load, tag, firstSentAt } = measured;
    const ids = Array.from({ length: distinct }, (_, index) => alertIdOf(tag, index));
    const acceptedMs = load.answeredAt.reduce((latest, at) => Math.max(latest, at), 0) - firstSentAt;
    const accepted = load.status.filter((status) => status === bench.started.intake.acceptedStatus).length;
    const acceptedOf = (index: number) =>
      load.status.filter(
        (status, request) => status === bench.started.intake.acceptedStatus && request % distinct === index,
      ).length;
    const counts = await system.readCounts(tag);
    return {
      acceptedPerSecond: round(accepted / (acceptedMs / 1_000)),
      notifications: ids.reduce((sum, id) => sum + bench.sink.timesOf(id), 0),
      alerts: distinct,
      accepted,
      ...(counts ? countFigures(counts, ids, acceptedOf) : {}),
      answers: answersByStatus(load),
      ...measured.usage,
    };
  });

function countFigures(
  counts: Map<string, number>,
  ids: readonly string[],
  acceptedOf: (index: number) => number,
): Figures {
  const wrong = ids.filter((id, index) => counts.get(id) !== acceptedOf(index)).length;
  return {
    counted: [...counts.values()].reduce((sum, count) => sum + count, 0),
    alertsWithWrongCount: wrong,
  };
}
