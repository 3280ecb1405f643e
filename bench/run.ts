import { readFileSync } from "node:fs";
import { arch, cpus, loadavg, release, totalmem } from "node:os";
import { type Comparison, compareWithGoals, type Medians, type Run } from "./goals.ts";
import { type BenchOptions, readOptions, type ScenarioName, USAGE } from "./options.ts";
import { burst } from "./scenarios/burst.ts";
import { duplicates } from "./scenarios/duplicates.ts";
import { kill } from "./scenarios/kill.ts";
import { latency } from "./scenarios/latency.ts";
import type { Scenario } from "./scenarios/scenario.ts";
import { startup } from "./scenarios/startup.ts";
import { type Figures, medianOf, round } from "./statistics.ts";
import type { System, SystemName } from "./system.ts";
import { createAlertmanager, findAlertmanager } from "./systems/alertmanager.ts";
import { createWatchbell } from "./systems/watchbell.ts";
import { endWhenInterrupted } from "./under-way.ts";

/**
 * `npm run bench`: measures and reports, asserts nothing. Each run of a scenario has a system of its own, started and
 * ended for it; with a peer the two take turns, so that both meet the same neighbours. README.md explains the figures.
 */
const RUN: Record<ScenarioName, Scenario> = { startup, latency, burst, duplicates, kill };
const say = (text: string) => process.stderr.write(`bench: ${text}\n`);

async function measureAll(options: BenchOptions): Promise<Run[]> {
  const runs: Run[] = [];
  const names: SystemName[] = options.peer ? ["watchbell", options.peer] : ["watchbell"];
  for (const scenario of options.scenarios) {
    for (let run = 1; run <= options.runs; run += 1) {
      // Who begins changes, so that neither always profits from a warm machine.
      for (const name of run % 2 === 1 ? names : [...names].reverse()) {
        say(`${scenario}, run ${run} of ${options.runs}, ${name}`);
        const figures = await RUN[scenario](createSystem(name, options), options);
        say(JSON.stringify(figures));
        runs.push({ scenario, run, system: name, figures });
      }
    }
  }
  return runs;
}

const createSystem = (name: SystemName, { asyncCommit }: BenchOptions): System =>
  name === "watchbell"
    ? createWatchbell(asyncCommit ? { WATCHBELL_DATABASE_ASYNC_COMMIT: "true" } : {})
    : createAlertmanager();

interface Report {
  version: string;
  startedAt: string;
  options: BenchOptions;
  machine: Figures;
  medians: Medians;
  goals: Record<string, Comparison>;
  runs: Run[];
}

async function report(options: BenchOptions): Promise<Report> {
  const startedAt = new Date().toISOString();
  const loadBefore = round(loadavg()[0]!, 2);
  const runs = await measureAll(options);
  const medians = toMedians(runs);
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return {
    version,
    startedAt,
    options,
    machine: {
      processors: cpus().length,
      model: cpus()[0]?.model ?? "unknown",
      memoryMiB: Math.round(totalmem() / 2 ** 20),
      system: `${process.platform} ${release()} ${arch()}`,
      node: process.version,
      loadBefore,
      loadAfter: round(loadavg()[0]!, 2),
    },
    medians,
    goals: compareWithGoals(runs, medians, options),
    runs,
  };
}

function toMedians(runs: readonly Run[]): Medians {
  const medians: Medians = {};
  for (const { system, scenario } of runs) {
    const same = runs.filter((each) => each.system === system && each.scenario === scenario);
    medians[system] = { ...medians[system], [scenario]: medianOf(same.map((each) => each.figures)) };
  }
  return medians;
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === null) process.stdout.write(USAGE);
  else {
    endWhenInterrupted();
    if (options.peer) say(`peer: ${findAlertmanager()}`);
    process.stdout.write(`${JSON.stringify(await report(options), null, 2)}\n`);
  }
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
