import { assert, property, string, tuple } from "fast-check";
import { expect, test } from "vitest";
import { bodyDigest, dedupKey } from "../../../src/ingest/dedup-key.ts";

test("a key tells apart team, source, id and variant, however their texts meet (I2)", () => {
  const parts = tuple(string(), string(), string(), string());
  assert(
    property(parts, parts, (left, right) => {
      const isSame = left.every((part, index) => part === right[index]);
      expect(dedupKey(...left).equals(dedupKey(...right))).toBe(isSame);
    }),
  );
  expect(dedupKey("a", "bc", "d")).not.toEqual(dedupKey("ab", "c", "d"));
  expect(dedupKey("a", "b", "x".repeat(100_000))).toHaveLength(32);
});

test("the same bytes of two sources are two bodies", () => {
  expect(bodyDigest("a", Buffer.from("x"))).not.toEqual(bodyDigest("b", Buffer.from("x")));
  expect(bodyDigest("a", Buffer.from("x"))).toEqual(bodyDigest("a", Buffer.from("x")));
});
