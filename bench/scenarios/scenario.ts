import type { Bench } from "../measure.ts";
import type { BenchOptions } from "../options.ts";
import { startSink } from "../sink.ts";
import type { Figures } from "../statistics.ts";
import type { System } from "../system.ts";
import { withEnd } from "../under-way.ts";

/** One run of one scenario on a system that is made, started and ended for it alone. */
export type Scenario = (system: System, options: BenchOptions) => Promise<Figures>;

/** Starts the system with a sink, and ends both whatever happens. */
export async function withSystem<T>(system: System, run: (bench: Bench) => Promise<T>): Promise<T> {
  const sink = await startSink(system.readIds);
  const end = async () => {
    await system.stop();
    await sink.close();
  };
  return withEnd(end, async () => run({ started: await system.start(sink.url), sink }));
}
