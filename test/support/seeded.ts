import { createHash } from "node:crypto";

/** Numbers in [0, 1) that one seed repeats (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Bytes that one seed repeats. */
export function seededBytes(seed: number): (count: number) => Buffer {
  let counter = 0;
  return (count) => {
    counter += 1;
    return createHash("sha512").update(`${seed}:${counter}`).digest().subarray(0, count);
  };
}
