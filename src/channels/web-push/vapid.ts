import { createECDH } from "node:crypto";
import { Secret } from "../../platform/secret.ts";

/** The application server's key pair (RFC 8292). Subscriptions are bound to the public key: changing it ends them. */
export interface VapidKeys {
  /** Uncompressed P-256 point, base64url: what browsers are given to subscribe. */
  publicKey: string;
  /** 32 bytes, base64url. */
  privateKey: Secret;
}

/** Keys and the contact that a push service may use in case of trouble. */
export interface VapidConfig extends VapidKeys {
  /** `mailto:` address or https URL. */
  subject: string;
}

const SCALAR_BYTES = 32;

/** Makes a new pair; it must be stored before the first subscription is taken. */
export function createVapidKeys(): VapidKeys {
  const curve = createECDH("prime256v1");
  const publicKey = curve.generateKeys("base64url");
  // A scalar with leading zeros comes shorter.
  const scalar = curve.getPrivateKey();
  const padded = Buffer.concat([Buffer.alloc(SCALAR_BYTES - scalar.length), scalar]);
  return { publicKey, privateKey: new Secret(padded.toString("base64url")) };
}

/** Throws when the pair does not belong together or the subject is none: a wrong setting must stop the start. */
export function assertVapidConfig({ publicKey, privateKey, subject }: VapidConfig): void {
  const protocol = URL.canParse(subject) ? new URL(subject).protocol : "";
  if (protocol !== "mailto:" && protocol !== "https:") throw new Error("the VAPID subject is no mailto: or https: URL");
  const curve = createECDH("prime256v1");
  curve.setPrivateKey(privateKey.reveal(), "base64url");
  if (curve.getPublicKey("base64url") !== publicKey) throw new Error("the VAPID keys are not a pair");
}
