import { expect, test } from "vitest";
import { createIds } from "../../../src/platform/ids.ts";

const NOW = Date.UTC(2026, 10, 24, 18, 30);

test("ids are version 7 with the given instant in front", () => {
  const id = createIds().next(NOW);
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(Number.parseInt(id.slice(0, 13).replace("-", ""), 16)).toBe(NOW);
});

test("ids rise within one millisecond and never repeat, also beyond one pool of random bytes", () => {
  const ids = createIds();
  const made = Array.from({ length: 20_000 }, () => ids.next(NOW));
  expect(new Set(made).size).toBe(made.length);
  expect(made.toSorted()).toEqual(made);
});

test("the random parts of ids of different milliseconds differ", () => {
  const ids = createIds();
  const tails = Array.from({ length: 5_000 }, (_, index) => ids.next(NOW + index).slice(19));
  expect(new Set(tails).size).toBe(tails.length);
});
