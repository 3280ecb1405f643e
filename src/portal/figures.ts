/**
 * The one number of a payload: value and threshold of a metric alert, count of a log alert (common alert schema,
 * `data.alertContext.condition.allOf`). The payload is untrusted and may be anything: whatever does not fit gives null.
 */
export interface Figure {
  value: string;
  /** What the value is, with the threshold: `Percentage CPU, above 90`. */
  label: string;
}

/** Azure's operators in words. */
export const OPERATORS: Record<string, string> = {
  GreaterThan: "above",
  GreaterThanOrEqual: "at or above",
  LessThan: "below",
  LessThanOrEqual: "at or below",
  Equals: "equal to",
  Equal: "equal to",
};
/** Names are shown in one line; a longer one is cut. */
const NAME_CHARACTERS_MAX = 80;

/** The figure of the first criterion, or null. */
export function figureOf(payload: unknown): Figure | null {
  const criteria = member(member(member(member(payload, "data"), "alertContext"), "condition"), "allOf");
  const first: unknown = Array.isArray(criteria) ? criteria[0] : undefined;
  const value = finiteNumber(member(first, "metricValue"));
  if (value === null) return null;
  const name = nameOf(member(first, "metricName")) ?? nameOf(member(first, "metricMeasureColumn")) ?? "Rows found";
  const threshold = finiteNumber(Number(member(first, "threshold") ?? Number.NaN));
  const operator = OPERATORS[String(member(first, "operator"))];
  const unit = isPercentage(name) ? "%" : "";
  const limit = threshold === null || operator === undefined ? "" : `, ${operator} ${formatNumber(threshold)}${unit}`;
  return { value: `${formatNumber(value)}${unit}`, label: `${name}${limit}` };
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}

const finiteNumber = (value: unknown): number | null =>
  typeof value === "number" && Number.isFinite(value) ? value : null;
const nameOf = (value: unknown): string | null =>
  typeof value === "string" && value.trim() !== "" ? value.trim().slice(0, NAME_CHARACTERS_MAX) : null;
const isPercentage = (name: string) => /percent|%/i.test(name);
const formatNumber = (value: number) =>
  new Intl.NumberFormat("en-GB", { maximumFractionDigits: value < 10 ? 2 : 1 }).format(value);
