import { createSecretKey, type KeyObject } from "node:crypto";
import { z } from "zod";
import { URL_CHARS_MAX } from "../../platform/http/address-policy.ts";

/** Signing keys have 24 to 64 bytes (Standard Webhooks 1.0.0, "Signature scheme"). */
const SECRET = /^whsec_([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const KEY_BYTES_MIN = 24;
const KEY_BYTES_MAX = 64;

const toKey = (secret: string) => Buffer.from(secret.slice("whsec_".length), "base64");
const hasKeyLength = (secret: string) => {
  const { length } = toKey(secret);
  return length >= KEY_BYTES_MIN && length <= KEY_BYTES_MAX;
};

// Messages never repeat the value: they reach answers and logs (threats S1).
const secret = z
  .string()
  .max(100)
  .regex(SECRET, "`whsec_` and base64")
  .refine(hasKeyLength, "a key of 24 to 64 bytes")
  .transform((text): KeyObject => createSecretKey(toKey(text)));

/** What a webhook contact needs once parsed. */
export interface WebhookContact {
  url: string;
  /** Newest first; two while the secret is being changed. */
  keys: KeyObject[];
}

/**
 * Schema of a webhook contact's config: `{url, secret, previousSecret?}`. `previousSecret` is set while receivers move
 * to a new secret; messages then carry both signatures. `permits` is the guarded client's (threats W2, W6).
 */
export function webhookContactSchema(permits: (url: string) => boolean) {
  return z
    .strictObject({
      url: z.string().max(URL_CHARS_MAX).refine(permits, "an https URL that may be reached from here"),
      secret,
      previousSecret: secret.optional(),
    })
    .transform(({ url, secret, previousSecret }): WebhookContact => {
      return { url, keys: previousSecret ? [secret, previousSecret] : [secret] };
    });
}
