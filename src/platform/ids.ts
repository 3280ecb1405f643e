import { randomFillSync } from "node:crypto";

/** Makes identifiers; tests pass a seeded one. */
export interface Ids {
  /** UUID version 7 (RFC 9562): rises with `now` (epoch milliseconds), also within one millisecond. */
  next(now: number): string;
}

/** Counts up within one millisecond so that ids of one process never go back. */
export function createIds(random: (bytes: number) => Buffer = createRandomPool()): Ids {
  let lastMs = 0;
  let counter = 0;
  const next = (now: number) => {
    if (now > lastMs) {
      lastMs = now;
      counter = random(2).readUInt16BE() & 0x07ff;
    } else {
      counter += 1;
      if (counter > 0x0fff) {
        lastMs += 1;
        counter = 0;
      }
    }
    const bytes = random(16);
    bytes.writeUIntBE(lastMs, 0, 6);
    bytes.writeUInt16BE(0x7000 | counter, 6);
    bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
    return toUuid(bytes);
  };
  return { next };
}

const POOL_BYTES = 8_192;

/** Random bytes drawn from a pool: asking the generator once an id is what made ids dear. No byte is given out twice. */
function createRandomPool(): (bytes: number) => Buffer {
  const pool = Buffer.allocUnsafeSlow(POOL_BYTES);
  let used = POOL_BYTES;
  return (bytes) => {
    if (used + bytes > POOL_BYTES) {
      randomFillSync(pool);
      used = 0;
    }
    used += bytes;
    return pool.subarray(used - bytes, used);
  };
}

function toUuid(bytes: Buffer): string {
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
