import { logicalNameOf, type ResourceState } from "./preview.ts";

/** Values of a state, which nobody promises to be there, known, or readable. */

/** What the engine writes for a value that only the deployment will know. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** Key by which the engine marks an object as a secret. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "(secret)";

export type Values = Readonly<Record<string, unknown>>;

/** True for a value that cannot be read before the deployment, or not at all. */
export function isHidden(value: unknown): boolean {
  return value === UNKNOWN || value === "[secret]" || (isRecord(value) && SIGNATURE in value);
}

/** True when something in it is hidden. */
export function holdsHidden(value: unknown): boolean {
  if (isHidden(value)) return true;
  if (Array.isArray(value)) return value.some(holdsHidden);
  return isRecord(value) && Object.values(value).some(holdsHidden);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object at a path (`properties.networkAcls`); empty when there is none. */
export function recordAt(values: Values, ...path: readonly string[]): Values {
  let found: unknown = values;
  for (const part of path) found = isRecord(found) ? found[part] : undefined;
  return isRecord(found) ? found : {};
}

/** The list at a name; empty when there is none, and `["(secret)"]`-like marks where it is hidden. */
export function listAt(values: Values, name: string): unknown[] {
  const found = values[name];
  return Array.isArray(found) ? found : isHidden(found) ? [found] : [];
}

/** A value as text, the empty text when it is absent. */
export function textAt(values: Values, name: string): string {
  return textOf(values[name]);
}

export function textOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (value === UNKNOWN) return "(known after the deployment)";
  if (isHidden(value)) return SECRET;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Texts of a list. */
export function textsAt(values: Values, name: string): string[] {
  return listAt(values, name).map(textOf);
}

/**
 * Whom or what an input names: its value; before it is known, the logical name of the resource that it comes from, or
 * else of the resource that has the input.
 */
export function namedBy(state: ResourceState, input: string, urn: string): string {
  const value = state.inputs?.[input];
  if (!isHidden(value)) return textOf(value);
  const source = state.propertyDependencies?.[input]?.[0];
  return source === undefined
    ? `new, named by ${logicalNameOf(urn)}`
    : `new: ${logicalNameOf(source)} (${kindOf(source)})`;
}

/** Last part of the type in a URN: two resources of different types may have the same name. */
function kindOf(urn: string): string {
  const type = urn.split("::").at(-2) ?? "";
  return type.slice(type.lastIndexOf(":") + 1);
}
