import { visibleText } from "../../alert/text.ts";

/** Reading single values out of payloads whose types nobody guarantees. All are total: a wrong type is null. */

export type Members = Record<string, unknown>;

export function membersOf(value: unknown): Members | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Members) : null;
}

/** The member's text, or null when it is absent, empty or no string. */
export function textOf(members: Members | null, name: string): string | null {
  const value = members && Object.hasOwn(members, name) ? members[name] : null;
  return typeof value === "string" && value.trim() !== "" ? value : null;
}

/** Text or number, for members that Azure sends as either. */
export function scalarOf(members: Members | null, name: string): string | number | null {
  const value = members && Object.hasOwn(members, name) ? members[name] : null;
  return typeof value === "number" ? value : textOf(members, name);
}

/** ISO 8601 with up to seven digits of a second (.NET); the offset may be missing and is UTC then. */
const INSTANT = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})?$/i;

/** Epoch milliseconds of an ISO 8601 instant, or null. */
export function instantOf(text: string | null): number | null {
  const match = text === null ? null : INSTANT.exec(text.trim());
  if (!match) return null;
  const milliseconds = (match[2] ?? "0").slice(0, 3).padEnd(3, "0");
  const instant = Date.parse(`${match[1]}.${milliseconds}${match[3]?.toUpperCase() ?? "Z"}`);
  return Number.isNaN(instant) ? null : instant;
}

/** Azure lets a person name at most so many targets in one alert; the type of our events says the same. */
const RESOURCES_MAX = 100;
const RESOURCE_CHARS_MAX = 2_048;

/** Full ARM ids only, in the order given, each once (case ignored). */
export function resourceIdsOf(values: readonly unknown[]): string[] {
  const found = new Map<string, string>();
  for (const value of values) {
    if (found.size >= RESOURCES_MAX) break;
    if (typeof value !== "string" || !value.startsWith("/") || value.length > RESOURCE_CHARS_MAX) continue;
    if (!found.has(value.toLowerCase())) found.set(value.toLowerCase(), visibleText(value, RESOURCE_CHARS_MAX));
  }
  return [...found.values()];
}
