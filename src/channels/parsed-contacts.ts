import { LRUCache } from "lru-cache";
import type { ContactMethod } from "./channel.ts";

const CONTACTS_MAX = 10_000;

/**
 * Parses each contact's config once, until it changes: keys and schemas cost more than a message. `parse` answers null
 * for a config that is not usable; that answer is kept too.
 */
export function createParsedContacts<T>(parse: (config: unknown) => T | null): (contact: ContactMethod) => T | null {
  const cache = new LRUCache<string, { config: unknown; text: string; parsed: T | null }>({ max: CONTACTS_MAX });
  return ({ id, config }) => {
    const known = cache.get(id);
    if (known !== undefined && known.config === config) return known.parsed;
    const text = JSON.stringify(config) ?? "";
    if (known !== undefined && known.text === text) {
      known.config = config;
      return known.parsed;
    }
    const parsed = parse(config);
    cache.set(id, { config, text, parsed });
    return parsed;
  };
}
