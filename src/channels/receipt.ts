import { createHmac, timingSafeEqual } from "node:crypto";

/**
 * Receipt tokens of Web Push: the service worker proves with it that the phone has the message, or that the alert was
 * seen. Signed, so that nothing is stored before a message is sent; it names one message and opens nothing else.
 */
export interface Receipts {
  create(message: { teamId: string; id: string }): string;
  /** The message it is for; undefined for a token that is none of ours. */
  read(token: string): { teamId: string; id: string } | undefined;
}

const MAC_BYTES = 16;
const ID_BYTES = 16;

export function createReceipts(key: Buffer): Receipts {
  const sign = (subject: Buffer) =>
    createHmac("sha256", key).update("receipt").update(subject).digest().subarray(0, MAC_BYTES);
  const create = ({ teamId, id }: { teamId: string; id: string }) => {
    const subject = Buffer.concat([toBytes(teamId), toBytes(id)]);
    return Buffer.concat([subject, sign(subject)]).toString("base64url");
  };
  const read = (token: string) => {
    const bytes = Buffer.from(token, "base64url");
    if (bytes.length !== 2 * ID_BYTES + MAC_BYTES) return undefined;
    const subject = bytes.subarray(0, 2 * ID_BYTES);
    if (!timingSafeEqual(bytes.subarray(2 * ID_BYTES), sign(subject))) return undefined;
    return { teamId: toUuid(subject.subarray(0, ID_BYTES)), id: toUuid(subject.subarray(ID_BYTES)) };
  };
  return { create, read };
}

const toBytes = (uuid: string) => Buffer.from(uuid.replaceAll("-", ""), "hex");

function toUuid(bytes: Buffer): string {
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
