/** What an ARM path names. Ids keep the caller's spelling. */
export interface ArmPath {
  kind: "subscription" | "groups" | "group" | "resources" | "collection" | "resource" | "provider" | "providers";
  /** The id itself; of a collection, the scope it is listed at. */
  id: string;
  subscriptionId?: string;
  group?: string;
  /** Of resources and collections: provider namespace and full type. */
  namespace?: string;
  type?: string;
}

const isWord = (segment: string | undefined, word: string) => segment?.toLowerCase() === word;

/**
 * Reads a path below `/subscriptions/{id}` or a tenant-level `/providers/…`. Undefined for anything else. A resource of
 * a resource (an extension) is named by what follows the last `/providers/`.
 */
export function parseArmPath(pathname: string): ArmPath | undefined {
  const segments = pathname.replace(/\/+$/, "").split("/").slice(1);
  const place = placeOf(segments);
  const last = segments.findLastIndex((segment) => isWord(segment, "providers"));
  if (last >= 0) return parseProvider(segments, last, place);
  return parsePlain(segments, place);
}

type Place = Pick<ArmPath, "subscriptionId" | "group">;

function placeOf(segments: string[]): Place {
  if (!isWord(segments[0], "subscriptions") || segments[1] === undefined) return {};
  const inGroup = isWord(segments[2], "resourcegroups") && segments[3] !== undefined;
  return { subscriptionId: segments[1], ...(inGroup ? { group: segments[3] } : {}) } as Place;
}

function parsePlain(segments: string[], place: Place): ArmPath | undefined {
  if (place.subscriptionId === undefined) return undefined;
  const id = `/${segments.join("/")}`;
  const parent = `/${segments.slice(0, -1).join("/")}`;
  if (segments.length === 2) return { kind: "subscription", id, ...place };
  if (segments.length === 3 && isWord(segments[2], "resourcegroups")) return { kind: "groups", id: parent, ...place };
  if (segments.length === 4 && place.group !== undefined) return { kind: "group", id, ...place };
  const atScope = segments.length === 3 || (segments.length === 5 && place.group !== undefined);
  return atScope && isWord(segments.at(-1), "resources") ? { kind: "resources", id: parent, ...place } : undefined;
}

function parseProvider(segments: string[], last: number, place: Place): ArmPath | undefined {
  const scope = last === 0 ? "" : `/${segments.slice(0, last).join("/")}`;
  const [namespace, ...rest] = segments.slice(last + 1);
  if (namespace === undefined) return { kind: "providers", id: scope, ...place };
  if (rest.length === 0) return { kind: "provider", id: scope, namespace, ...place };
  const type = [namespace, ...rest.filter((_, index) => index % 2 === 0)].join("/");
  const isCollection = rest.length % 2 === 1;
  const parent = rest.length === 1 ? scope : `/${segments.slice(0, -1).join("/")}`;
  return isCollection
    ? { kind: "collection", id: parent, namespace, type, ...place }
    : { kind: "resource", id: `/${segments.join("/")}`, namespace, type, ...place };
}
