/** What an Azure resource id says, in the words of the alert page. */
export interface ResourceFacts {
  name: string;
  /** Last part of the type: `virtualMachines`. */
  type: string | null;
  group: string | null;
  subscription: string | null;
}

/** Takes an ARM id apart; text that is none is its own name. Names keep their spelling, keywords are compared without case. */
export function resourceFacts(resourceId: string): ResourceFacts {
  const parts = resourceId.split("/").filter((part) => part !== "");
  const after = (keyword: string) => {
    const at = parts.findIndex((part) => part.toLowerCase() === keyword);
    return at < 0 ? null : (parts[at + 1] ?? null);
  };
  const hasProvider = parts.some((part) => part.toLowerCase() === "providers");
  return {
    name: parts.at(-1) ?? resourceId,
    type: hasProvider && parts.length > 2 ? (parts.at(-2) ?? null) : null,
    group: after("resourcegroups"),
    subscription: after("subscriptions"),
  };
}
