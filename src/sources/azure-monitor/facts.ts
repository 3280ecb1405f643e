import type { FactGroup } from "../../alert/event.ts";
import { visibleText } from "../../alert/text.ts";
import { type Members, membersOf } from "./payload-values.ts";

/**
 * Facts for people out of any JSON: nested members become `outer inner` names, in the payload's order. Bounded on every
 * side; what does not fit stays in the payload, which is kept whole.
 */

export type Fact = FactGroup["facts"][number];

/** As promised by `FactGroup`. */
export const FACTS_MAX = 50;
export const GROUPS_MAX = 20;
const NAME_CHARS_MAX = 120;
/** Longer than a portal link or a usual query; a person on a phone reads no more. */
const VALUE_CHARS_MAX = 2_000;
const LIST_ITEMS_MAX = 20;
const DEPTH_MAX = 6;

/** A group, or null when there is nothing to tell. */
export function factGroup(title: string, facts: Fact[]): FactGroup | null {
  const told = facts.slice(0, FACTS_MAX);
  return told.length === 0 ? null : { title: visibleText(title, NAME_CHARS_MAX), facts: told };
}

/** The facts of `members` but for those in `without` (names as in the payload). */
export function factsOf(members: Members, without: ReadonlySet<string> = new Set()): Fact[] {
  const facts: Fact[] = [];
  for (const name of Object.keys(members)) {
    if (facts.length >= FACTS_MAX) break;
    if (!without.has(name)) collect(readableName(name), members[name], 1, facts);
  }
  return facts;
}

/** One fact, or none for null, empty text and empty lists. */
export function fact(name: string, value: unknown): Fact[] {
  const text = scalarText(value);
  return text === null ? [] : [{ name: visibleText(name, NAME_CHARS_MAX), value: text }];
}

function collect(name: string, value: unknown, depth: number, facts: Fact[]): void {
  if (facts.length >= FACTS_MAX || value === null || value === undefined) return;
  const members = membersOf(value);
  if (Array.isArray(value)) collectList(name, value, depth, facts);
  else if (!members) facts.push(...fact(name, value));
  else if (depth < DEPTH_MAX) {
    for (const inner of Object.keys(members)) collect(`${name} ${lowerFirst(inner)}`, members[inner], depth + 1, facts);
  }
}

function collectList(name: string, items: unknown[], depth: number, facts: Fact[]): void {
  const scalars = items.slice(0, LIST_ITEMS_MAX).map(scalarText);
  if (scalars.every((text) => text !== null)) {
    if (scalars.length > 0) facts.push(...fact(name, scalars.join(", ")));
    return;
  }
  for (const [index, item] of items.slice(0, LIST_ITEMS_MAX).entries()) {
    const pair = namedValue(item);
    if (pair) facts.push(...fact(pair.name, pair.value));
    else collect(items.length === 1 ? name : `${name} ${index + 1}`, item, depth + 1, facts);
    if (facts.length >= FACTS_MAX) return;
  }
}

/** `{name, value}` as dimensions and custom properties are written. */
function namedValue(item: unknown): { name: string; value: unknown } | null {
  const members = membersOf(item);
  if (!members || typeof members["name"] !== "string" || !Object.hasOwn(members, "value")) return null;
  return Object.keys(members).length === 2 ? { name: members["name"], value: members["value"] } : null;
}

function scalarText(value: unknown): string | null {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value !== "string" || value.trim() === "") return null;
  return visibleText(value.trim(), VALUE_CHARS_MAX, { lines: true });
}

/** Names seen are few; the cache is bounded because names are a stranger's choice. */
const NAMES_CACHED_MAX = 1_000;
const readableNames = new Map<string, string>();

/** `metricName` → `Metric name`; other spellings are kept. */
export function readableName(name: string): string {
  const known = readableNames.get(name);
  if (known !== undefined) return known;
  const bounded = visibleText(name, NAME_CHARS_MAX);
  const words = /^[A-Za-z][A-Za-z0-9]*$/.test(bounded) ? splitWords(bounded) : bounded;
  if (readableNames.size < NAMES_CACHED_MAX && name.length <= NAME_CHARS_MAX) readableNames.set(name, words);
  return words;
}

function splitWords(name: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1 $2")
    .split(" ");
  const plain = words.map((word) => (/^[A-Z]{2,}$/.test(word) ? word : word.toLowerCase())).join(" ");
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}

function lowerFirst(name: string): string {
  const words = readableName(name);
  return /^[A-Z]{2}/.test(words) ? words : words.charAt(0).toLowerCase() + words.slice(1);
}
