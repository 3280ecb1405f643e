import type { BenchOptions, ScenarioName } from "./options.ts";
import { type Figures, middle, round } from "./statistics.ts";
import type { SystemName } from "./system.ts";

/** One comparison as it is printed: what was measured, the goal, and whether this run lies within it. */
export interface Comparison {
  goal: string;
  watchbell: number;
  alertmanager?: number;
  /** Median of the turns' ratios: neighbours of one machine disturb both of a turn alike. */
  ratio?: number;
  within: boolean;
}

export type Medians = Partial<Record<SystemName, Partial<Record<ScenarioName, Figures>>>>;

/** What one run of one scenario on one system found; `run` numbers the turns, each system has one in each. */
export interface Run {
  scenario: ScenarioName;
  run: number;
  system: SystemName;
  figures: Figures;
}

interface Ratio {
  what: string;
  at: string[];
  scenario: ScenarioName;
  /** Bound of Watchbell's figure divided by the peer's. */
  bound: { atMost: number } | { atLeast: number };
}

const RATIOS: Ratio[] = [
  { what: "request to arrival, p50", scenario: "latency", at: ["arrivalMs", "p50"], bound: { atMost: 3 } },
  { what: "request to arrival, p99", scenario: "latency", at: ["arrivalMs", "p99"], bound: { atMost: 3 } },
  { what: "burst, time until all are notified", scenario: "burst", at: ["allNotifiedMs"], bound: { atMost: 2 } },
  { what: "burst, accepted a second", scenario: "burst", at: ["acceptedPerSecond"], bound: { atLeast: 0.5 } },
  { what: "duplicates, accepted a second", scenario: "duplicates", at: ["acceptedPerSecond"], bound: { atLeast: 0.4 } },
];

interface Limit {
  what: string;
  at: string[];
  scenario: ScenarioName;
  wanted: number | "alerts" | "accepted";
  exactly: boolean;
}

const LIMITS: Limit[] = [
  { what: "burst, alerts not notified", scenario: "burst", at: ["missing"], wanted: 0, exactly: true },
  {
    what: "duplicates, notifications, one an alert",
    scenario: "duplicates",
    at: ["notifications"],
    wanted: "alerts",
    exactly: true,
  },
  { what: "duplicates, requests counted", scenario: "duplicates", at: ["counted"], wanted: "accepted", exactly: true },
  { what: "kill, accepted alerts lost", scenario: "kill", at: ["lost"], wanted: 0, exactly: true },
  {
    what: "start to first accepted, running database, ms",
    scenario: "startup",
    at: ["onRunningDatabase", "again", "programMs"],
    wanted: 1_000,
    exactly: false,
  },
  {
    what: "start to first accepted, from nothing, ms",
    scenario: "startup",
    at: ["fromNothing", "commandMs"],
    wanted: 3_000,
    exactly: false,
  },
];

/** The figures of a run beside the goals. Nothing is asserted. */
export function compareWithGoals(
  runs: readonly Run[],
  medians: Medians,
  { asyncCommit }: BenchOptions,
): Record<string, Comparison> {
  const mode = asyncCommit ? " (asynchronous commit)" : "";
  const ratios = RATIOS.flatMap((ratio) => toComparison(ratio, runs, medians)).map(([what, found]) => [
    what + mode,
    found,
  ]);
  return Object.fromEntries([...ratios, ...LIMITS.flatMap((limit) => toLimit(limit, medians))]);
}

function toComparison(
  { what, scenario, at, bound }: Ratio,
  runs: readonly Run[],
  medians: Medians,
): [string, Comparison][] {
  const watchbell = numberAt(medians.watchbell?.[scenario], at);
  const alertmanager = numberAt(medians.alertmanager?.[scenario], at);
  if (watchbell === undefined || alertmanager === undefined) return [];
  const ratio = round(middle(ratiosOfTurns(runs, scenario, at)), 2);
  const goal = "atMost" in bound ? `at most ${bound.atMost} x` : `at least ${bound.atLeast} x`;
  const within = "atMost" in bound ? ratio <= bound.atMost : ratio >= bound.atLeast;
  return [[what, { watchbell, alertmanager, ratio, goal, within }]];
}

function ratiosOfTurns(runs: readonly Run[], scenario: ScenarioName, at: readonly string[]): number[] {
  const turns = runs.filter((each) => each.scenario === scenario);
  const figureOf = (run: number, system: SystemName) =>
    numberAt(turns.find((each) => each.run === run && each.system === system)?.figures, at) ?? Number.NaN;
  return [...new Set(turns.map(({ run }) => run))].map(
    (run) => figureOf(run, "watchbell") / figureOf(run, "alertmanager"),
  );
}

function toLimit({ what, scenario, at, wanted, exactly }: Limit, medians: Medians): [string, Comparison][] {
  const figures = medians.watchbell?.[scenario];
  const watchbell = numberAt(figures, at);
  const bound = typeof wanted === "number" ? wanted : numberAt(figures, [wanted]);
  if (watchbell === undefined || bound === undefined) return [];
  const within = exactly ? watchbell === bound : watchbell <= bound;
  return [[what, { watchbell, goal: exactly ? `exactly ${bound}` : `at most ${bound}`, within }]];
}

function numberAt(figures: Figures | undefined, path: readonly string[]): number | undefined {
  let at: Figures[string] | undefined = figures;
  for (const name of path) at = typeof at === "object" && at !== null ? at[name] : undefined;
  return typeof at === "number" ? at : undefined;
}
