import { ECDH } from "node:crypto";
import { z } from "zod";
import { URL_CHARS_MAX } from "../../platform/http/address-policy.ts";

/** What a Web Push contact needs once parsed. */
export interface PushContact {
  endpoint: string;
  keys: { p256dh: string; auth: string };
  /** A person may only tighten what the lock screen shows (threats C10). */
  lockScreen: "title" | "hidden";
}

const AUTH_BYTES = 16;
const BASE64URL = /^[A-Za-z0-9_-]+={0,2}$/;

/**
 * Schema of a Web Push contact's config: a browser's `PushSubscription` as JSON. `pushHosts` is the setting
 * `egress.pushHosts`, `permits` the guarded client's URL rules (threats W2, W9).
 */
export function pushContactSchema(pushHosts: readonly string[], permits: (url: string) => boolean) {
  return z.strictObject({
    endpoint: z
      .string()
      .max(URL_CHARS_MAX)
      .refine(
        (url) => permits(url) && isPushHost(new URL(url).hostname, pushHosts),
        "an endpoint of a known push service",
      ),
    expirationTime: z.number().nullable().optional(),
    keys: z.strictObject({
      p256dh: z.string().max(200).regex(BASE64URL, "base64url").refine(isPointOnP256, "a point on P-256"),
      auth: z
        .string()
        .max(100)
        .regex(BASE64URL, "base64url")
        .refine((text) => Buffer.from(text, "base64url").length === AUTH_BYTES, "16 bytes"),
    }),
    lockScreen: z.enum(["title", "hidden"]).default("title"),
  });
}

/** Is `host` in the list? An entry `*.example.com` stands for every name below it, not for `example.com` itself. */
export function isPushHost(host: string, pushHosts: readonly string[]): boolean {
  const name = host.replace(/\.+$/, "");
  return pushHosts.some((entry) => (entry.startsWith("*.") ? name.endsWith(entry.slice(1)) : name === entry));
}

/** An uncompressed point (65 bytes) that lies on the curve: `convertKey` checks the equation. */
function isPointOnP256(text: string): boolean {
  const bytes = Buffer.from(text, "base64url");
  if (bytes.length !== 65 || bytes[0] !== 4) return false;
  try {
    ECDH.convertKey(bytes, "prime256v1");
    return true;
  } catch {
    return false;
  }
}
