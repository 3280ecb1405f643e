/** Parts of an ARM resource id. */
export interface ResourceParts {
  subscriptionId: string;
  /** Resource group; empty for a resource of the subscription itself. */
  group: string;
  /** Full type, for example `Microsoft.Compute/virtualMachines`; `Microsoft.Resources/…` for group and subscription. */
  type: string;
  /** Last name of the id. */
  name: string;
}

const SEGMENT = "[^/]{1,260}";
const RESOURCE_ID = new RegExp(
  `^/subscriptions/(${SEGMENT})(?:/resourcegroups/(${SEGMENT}))?(?:/providers/(${SEGMENT})((?:/${SEGMENT}/${SEGMENT}){1,8}))?$`,
  "i",
);

/** Reads an ARM id; undefined when it is none. Letter case of the keywords does not matter. */
export function parseResourceId(id: string): ResourceParts | undefined {
  const match = RESOURCE_ID.exec(id);
  if (!match) return undefined;
  const [, subscriptionId = "", group = "", namespace, path] = match;
  if (namespace === undefined || path === undefined) {
    return group === ""
      ? { subscriptionId, group, type: "Microsoft.Resources/subscriptions", name: subscriptionId }
      : { subscriptionId, group, type: "Microsoft.Resources/resourceGroups", name: group };
  }
  const segments = path.split("/").slice(1);
  const types = segments.filter((_, index) => index % 2 === 0);
  return { subscriptionId, group, type: [namespace, ...types].join("/"), name: segments.at(-1)! };
}

/** ARM compares ids without regard to case. */
export const sameId = (left: string, right: string) => left.toLowerCase() === right.toLowerCase();
