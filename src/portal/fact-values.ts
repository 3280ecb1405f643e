import type { AlertDetail } from "../api/contract.ts";
import { OPERATORS } from "./figures.ts";

/**
 * Facts as people read them: each once, instants and durations in words. Pure. What does not look like anything known
 * stays exactly as it came.
 */
export type FactGroup = AlertDetail["facts"][number];
export type FactValue = { kind: "instant"; at: string } | { kind: "text"; text: string };

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/;
/** ISO 8601 durations as Azure writes windows: `PT5M`, `P1DT2H`. */
const DURATION = /^P(?=.)(?:(\d{1,6})D)?(?:T(?=.)(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?)?$/;
const DURATION_UNITS = ["d", "h", "min", "s"];

/** A fact that an earlier group told already, by the same name and value, is not told again. */
export function tidyFacts(groups: readonly FactGroup[]): FactGroup[] {
  const told = new Set<string>();
  return groups.flatMap((group) => {
    const facts = group.facts.filter(({ name, value }) => !told.has(JSON.stringify([name, value])));
    for (const { name, value } of facts) told.add(JSON.stringify([name, value]));
    return facts.length === 0 ? [] : [{ ...group, facts }];
  });
}

export function factValue(name: string, value: string): FactValue {
  if (INSTANT.test(value) && !Number.isNaN(Date.parse(value))) return { kind: "instant", at: value };
  const duration = DURATION.exec(value);
  if (duration !== null) return { kind: "text", text: durationWords(duration.slice(1)) };
  // Service Health sends its news as HTML; every other text is text as it is.
  if (name === "Communication") return { kind: "text", text: withoutMarkup(value) };
  return { kind: "text", text: name === "Operator" ? (OPERATORS[value] ?? value) : value };
}

const durationWords = (amounts: (string | undefined)[]) =>
  amounts.flatMap((amount, at) => (amount === undefined ? [] : [`${amount} ${DURATION_UNITS[at]}`])).join(" ");

const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: " ", "#39": "'" };

/** HTML as plain lines. Only for reading: the answer is shown as text, and the raw payload has the original. */
function withoutMarkup(html: string): string {
  return html
    .replace(/<br\s*\/?>|<\/(?:p|li|div|h\d|tr)>/gi, "\n")
    .replace(/<\/?[a-z][^<>]*>/gi, "")
    .replace(/&(amp|lt|gt|quot|nbsp|#39);/g, (_entity, name: string) => ENTITIES[name] ?? "")
    .replace(/\n\s*\n/g, "\n")
    .trim();
}
