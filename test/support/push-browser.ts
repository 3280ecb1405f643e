import { createDecipheriv, createECDH, hkdfSync, randomBytes } from "node:crypto";

/** A browser's side of Web Push: its subscription, and RFC 8291 / RFC 8188 decryption written for tests. */
export interface PushBrowser {
  subscription(endpoint: string): { endpoint: string; expirationTime: null; keys: { p256dh: string; auth: string } };
  /** Throws when the message is not for this subscription or was changed. */
  decrypt(body: Buffer): string;
}

export function createPushBrowser(): PushBrowser {
  const curve = createECDH("prime256v1");
  const own = curve.generateKeys();
  const auth = randomBytes(16);
  const keys = { p256dh: own.toString("base64url"), auth: auth.toString("base64url") };

  const decrypt = (body: Buffer) => {
    // RFC 8188 §2.1: salt 16, record size 4, key id length 1, key id (here the sender's public key).
    const salt = body.subarray(0, 16);
    const recordBytes = body.readUInt32BE(16);
    const keyIdBytes = body.readUInt8(20);
    const sender = body.subarray(21, 21 + keyIdBytes);
    const record = body.subarray(21 + keyIdBytes);
    if (record.length > recordBytes) throw new Error("a push message has one record");
    // RFC 8291 §3.4.
    const info = Buffer.concat([Buffer.from("WebPush: info\0"), own, sender]);
    const input = Buffer.from(hkdfSync("sha256", curve.computeSecret(sender), auth, info, 32));
    const key = Buffer.from(hkdfSync("sha256", input, salt, "Content-Encoding: aes128gcm\0", 16));
    const nonce = Buffer.from(hkdfSync("sha256", input, salt, "Content-Encoding: nonce\0", 12));
    const decipher = createDecipheriv("aes-128-gcm", key, nonce);
    decipher.setAuthTag(record.subarray(-16));
    const plain = Buffer.concat([decipher.update(record.subarray(0, -16)), decipher.final()]);
    // The last record ends with a 2 and zeros (RFC 8188 §2).
    const end = plain.lastIndexOf(2);
    if (plain.subarray(end + 1).some((byte) => byte !== 0)) throw new Error("the padding is wrong");
    return plain.subarray(0, end).toString("utf8");
  };
  return { subscription: (endpoint) => ({ endpoint, expirationTime: null, keys }), decrypt };
}
