import { z } from "zod";
import type { ArmResource, ResourceStore, StateFolder } from "./world.ts";

const STATE_NAME = "resources";
const storedResources = z.array(
  z.object({
    id: z.string(),
    type: z.string(),
    apiVersion: z.string(),
    body: z.record(z.string(), z.unknown()),
  }),
);

/** True when `id` is `scope` or lies below it; case is ignored and segments are whole. The empty scope is the root. */
export function isWithin(id: string, scope: string): boolean {
  const lowerId = id.toLowerCase();
  const lowerScope = scope.toLowerCase().replace(/\/+$/, "");
  return lowerId === lowerScope || lowerId.startsWith(`${lowerScope}/`);
}

/** The deployed resources, kept in `state` between starts. */
export function createResourceStore(state: StateFolder): ResourceStore {
  const byId = new Map<string, ArmResource>();
  for (const resource of storedResources.parse(state.load(STATE_NAME) ?? [])) {
    byId.set(resource.id.toLowerCase(), resource);
  }
  const changed = () => state.save(STATE_NAME, () => [...byId.values()]);
  return {
    put(resource) {
      byId.set(resource.id.toLowerCase(), resource);
      changed();
    },
    get: (id) => byId.get(id.toLowerCase()),
    delete(id) {
      const existed = byId.delete(id.toLowerCase());
      if (existed) changed();
      return existed;
    },
    list(type, scope) {
      const wanted = type.toLowerCase();
      return [...byId.values()].filter(
        (resource) =>
          (wanted === "*" || resource.type.toLowerCase() === wanted) &&
          (scope === undefined || isWithin(resource.id, scope)),
      );
    },
  };
}
