import { AZURE_RESTRICTIONS, AZURE_RIGHTS } from "./azure-rights.ts";
import { ENTRA_RIGHTS } from "./entra-rights.ts";
import { NETWORK_RIGHTS } from "./network-rights.ts";
import { type Change, type ResourceState, typeWithoutVersion } from "./preview.ts";
import { keyOf, type Right, type RightsOf } from "./right.ts";

/**
 * Which rights a set of changes grants and revokes: those of all resources before, subtracted from those after, and the
 * other way round. So a right that moves to another resource, or whose resource is replaced by an equal one, is no change.
 */
export interface RightsDifference {
  granted: Right[];
  revoked: Right[];
  /** Rights that exist afterwards and cannot be compared, because they are opaque or not known yet. */
  unreadable: Right[];
}

const RIGHTS = [AZURE_RIGHTS, ENTRA_RIGHTS, NETWORK_RIGHTS];

export function differenceOf(changes: readonly Change[]): RightsDifference {
  // A restriction is a right turned round: what it held back before is given afterwards, and the other way.
  const before = changes.flatMap(({ urn, before, after }) => [
    ...held(RIGHTS, urn, before),
    ...held([AZURE_RESTRICTIONS], urn, after),
  ]);
  const after = changes.flatMap(({ urn, before, after }) => [
    ...held(RIGHTS, urn, after),
    ...held([AZURE_RESTRICTIONS], urn, before),
  ]);
  return {
    granted: subtract(after.filter(isReadable), before),
    revoked: subtract(before.filter(isReadable), after),
    unreadable: subtract(
      after.filter((right) => !isReadable(right)),
      [],
    ),
  };
}

const isReadable = ({ readable }: Right) => readable !== false;

function held(
  tables: readonly Readonly<Record<string, RightsOf>>[],
  urn: string,
  state: ResourceState | undefined,
): Right[] {
  if (state === undefined) return [];
  const type = typeWithoutVersion(state.type);
  return tables.flatMap((table) => (Object.hasOwn(table, type) ? (table[type]?.({ urn, state }) ?? []) : []));
}

/** `from` without what is in `what`, each once, sorted by its texts. */
function subtract(from: readonly Right[], what: readonly Right[]): Right[] {
  const taken = new Set(what.map(keyOf));
  const left = new Map(from.map((right) => [keyOf(right), right]));
  return [...left]
    .filter(([key]) => !taken.has(key))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, right]) => right);
}
