/** A latency in milliseconds as it is reported. */
export interface Spread {
  p50: number;
  p99: number;
  max: number;
}

export const round = (value: number, digits = 1) => Number(value.toFixed(digits));

/** Nearest-rank percentiles; null when there is nothing to rank. */
export function spreadOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) => round(sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]!, 2);
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

export type Figures = { [name: string]: number | boolean | string | null | Figures };

/** The median of each number over runs of one shape; other values are those of the last run. */
export function medianOf(runs: readonly Figures[]): Figures {
  const last = runs.at(-1) ?? {};
  return Object.fromEntries(
    Object.entries(last).map(([name, value]) => {
      const values = runs.map((run) => run[name]);
      if (value !== null && typeof value === "object") return [name, medianOf(values.filter(isFigures))];
      const numbers = values.filter((each) => typeof each === "number");
      return [name, numbers.length > 0 ? middle(numbers) : value];
    }),
  );
}

const isFigures = (value: Figures[string] | undefined): value is Figures => typeof value === "object" && value !== null;

/** The median. */
export function middle(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : round((sorted[half - 1]! + sorted[half]!) / 2, 3);
}
