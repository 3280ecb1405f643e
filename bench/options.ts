import { parseArgs } from "node:util";

/** What the command line of the benchmark asks for. */
export interface BenchOptions {
  scenarios: ScenarioName[];
  peer: "alertmanager" | null;
  runs: number;
  asyncCommit: boolean;
  /** Distinct alerts of the burst. */
  burst: number;
  /** Steady load of the latency scenario. */
  ratePerSecond: number;
  seconds: number;
  duplicates: number;
  duplicateAlerts: number;
  connections: number;
}

export const SCENARIOS = ["startup", "latency", "burst", "duplicates", "kill"] as const;
export type ScenarioName = (typeof SCENARIOS)[number];

export const USAGE = `npm run bench -- [options]      JSON on standard output, progress on standard error

  --only LIST           of ${SCENARIOS.join(",")} (default: all)
  --peer alertmanager   the same load alternates with Prometheus Alertmanager; ratios beside the goals
  --runs N              runs of each scenario, medians are printed (default 1, with --peer 3; 1 to 20)
  --async-commit        the store does not wait for the disk: the program's share
  --burst N             distinct alerts of the burst and of the kill (default 10000)
  --rate N              alerts a second of the latency scenario (default 100)
  --seconds N           for so long (default 20)
  --duplicates N        requests of the duplicates scenario (default 100000), of 100 alerts
  --connections N       of the load generator (default 32)
`;

const OPTIONS = {
  only: { type: "string" },
  peer: { type: "string" },
  runs: { type: "string" },
  "async-commit": { type: "boolean" },
  burst: { type: "string" },
  rate: { type: "string" },
  seconds: { type: "string" },
  duplicates: { type: "string" },
  connections: { type: "string" },
  help: { type: "boolean" },
} as const;

/** Null = help was asked for. Throws a sentence about what is wrong. */
export function readOptions(args: string[]): BenchOptions | null {
  const { values } = parseArgs({ args, options: OPTIONS, strict: true });
  if (values.help) return null;
  if (values.peer !== undefined && values.peer !== "alertmanager") throw new Error("--peer: alertmanager is the peer");
  return {
    scenarios: readScenarios(values.only),
    peer: values.peer ?? null,
    runs: readCount("runs", values.runs, values.peer ? 3 : 1, 20),
    asyncCommit: values["async-commit"] ?? false,
    burst: readCount("burst", values.burst, 10_000, 100_000),
    ratePerSecond: readCount("rate", values.rate, 100, 5_000),
    seconds: readCount("seconds", values.seconds, 20, 600),
    duplicates: readCount("duplicates", values.duplicates, 100_000, 1_000_000),
    duplicateAlerts: 100,
    connections: readCount("connections", values.connections, 32, 512),
  };
}

function readScenarios(text: string | undefined): ScenarioName[] {
  if (text === undefined) return [...SCENARIOS];
  const asked = text.split(",").map((name) => name.trim());
  const unknown = asked.find((name) => !SCENARIOS.some((known) => known === name));
  if (unknown !== undefined) throw new Error(`--only: “${unknown}” is none of ${SCENARIOS.join(", ")}`);
  return SCENARIOS.filter((name) => asked.includes(name));
}

function readCount(name: string, text: string | undefined, fallback: number, max: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > max)
    throw new Error(`--${name}: a whole number from 1 to ${max}`);
  return value;
}
