import { SEVERITIES, type Severity } from "../../alert/alert.ts";
import { visibleText } from "../../alert/text.ts";

/** Azure's word in lower case (`sev0`) to ours. */
export type SeverityMap = ReadonlyMap<string, Severity>;

/**
 * What an alert without a known severity gets: it must wake somebody, but must not outshout a real Sev0. Budgets,
 * for example, come without one.
 */
export const SEVERITY_WHEN_UNKNOWN: Severity = "high";

export const DEFAULT_SEVERITY_MAP: SeverityMap = new Map(
  SEVERITIES.map((severity, index) => [`sev${index}`, severity]),
);

/** Levels of the activity log, the only word of urgency in its payload without the common schema. */
const LEVELS: SeverityMap = new Map([
  ["critical", "critical"],
  ["error", "high"],
  ["warning", "medium"],
  ["informational", "info"],
  ["verbose", "info"],
]);

/**
 * The setting `azureMonitor.severityMap`: entries `Sev0=critical`. What it leaves out keeps the default. Throws
 * `RangeError` naming the wrong entry.
 */
export function parseSeverityMap(entries: readonly string[]): SeverityMap {
  const map = new Map(DEFAULT_SEVERITY_MAP);
  for (const entry of entries) {
    const match = /^(sev[0-4])\s*=\s*([a-z]+)$/i.exec(entry.trim());
    const severity = SEVERITIES.find((word) => word === match?.[2]?.toLowerCase());
    if (!match || !severity) throw new RangeError(`"${entry}" is not SevN=${SEVERITIES.join("|")}`);
    map.set(match[1]!.toLowerCase(), severity);
  }
  return map;
}

/** Azure's word as Azure spells it: `3`, `sev3` and `Sev3` are `Sev3`; other words stay, null is null. */
export function severityWord(value: string | number | null): string | null {
  if (value === null) return null;
  const text = String(value).trim();
  const match = /^(?:sev)?([0-4])$/i.exec(text);
  return match ? `Sev${match[1]}` : visibleText(text, 50) || null;
}

/** Our severity for Azure's word. */
export function severityOf(word: string | null, map: SeverityMap): Severity {
  const key = word?.toLowerCase() ?? "";
  return map.get(key) ?? LEVELS.get(key) ?? SEVERITY_WHEN_UNKNOWN;
}
