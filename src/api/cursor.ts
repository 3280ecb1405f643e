import { createHmac, timingSafeEqual } from "node:crypto";
import { ProblemError } from "../platform/errors.ts";

/**
 * Cursors of lists: opaque, signed, and bound to the filter and the person (threats D1), so that a cursor neither leaks
 * nor crosses lists.
 */
export interface Cursors {
  write(position: string, binding: string): string;
  /** The position; throws 400 `bad-cursor` for one of another list, another person, or none of ours. */
  read(cursor: string, binding: string): string;
}

const MAC_BYTES = 16;

export function createCursors(key: Buffer): Cursors {
  const sign = (position: string, binding: string) =>
    createHmac("sha256", key).update(`${position.length}:${position}${binding}`).digest().subarray(0, MAC_BYTES);
  const write = (position: string, binding: string) =>
    Buffer.concat([sign(position, binding), Buffer.from(position)]).toString("base64url");
  const read = (cursor: string, binding: string) => {
    const bytes = Buffer.from(cursor, "base64url");
    const position = bytes.subarray(MAC_BYTES).toString("utf8");
    const mac = bytes.subarray(0, MAC_BYTES);
    if (mac.length !== MAC_BYTES || !timingSafeEqual(mac, sign(position, binding))) {
      throw new ProblemError("bad-cursor", "This cursor was made for another filter or another person.");
    }
    return position;
  };
  return { write, read };
}
