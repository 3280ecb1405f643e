/** What an Azure resource id says, in the words of the alert page. */
export interface ResourceFacts {
  name: string;
  /** Last part of the type in words: `Virtual machines`. */
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
    type: hasProvider && parts.length > 2 ? typeWords(parts.at(-2) ?? "") : null,
    group: after("resourcegroups"),
    subscription: after("subscriptions"),
  };
}

/** `virtualMachines` is `Virtual machines`; names that came in lower case stay one word. */
function typeWords(type: string): string {
  const words = type.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
