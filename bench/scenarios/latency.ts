import { answersByStatus, deliveries, latencies, measureLoad, warmUp } from "../measure.ts";
import { round } from "../statistics.ts";
import { type Scenario, withSystem } from "./scenario.ts";

/** A steady rate of distinct alerts: from the request's start to the answer and to the webhook's arrival. */
export const latency: Scenario = (system, { ratePerSecond, seconds, connections }) =>
  withSystem(system, async (bench) => {
    await warmUp(bench, connections);
    const requests = ratePerSecond * seconds;
    const measured = await measureLoad(bench, { requests, distinct: requests, connections, ratePerSecond });
    return {
      ...latencies(measured, bench.sink),
      answers: answersByStatus(measured.load),
      ...deliveries(measured.tag, measured.load.status.keys(), bench.sink),
      generatorLagMsMax: round(measured.load.lagMsMax, 2),
      ...measured.usage,
    };
  });
