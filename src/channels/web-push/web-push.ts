import { createHash } from "node:crypto";
import webPush from "web-push";
import type { Clock } from "../../platform/clock.ts";
import type { GuardedClient } from "../../platform/http/guarded.ts";
import { failed, outcomeOf } from "../answer-outcome.ts";
import type { Channel, ContactMethod, OutgoingMessage } from "../channel.ts";
import { createParsedContacts } from "../parsed-contacts.ts";
import { encodeNotice } from "./notice.ts";
import { type PushContact, pushContactSchema } from "./push-contact.ts";
import { assertVapidConfig, type VapidConfig } from "./vapid.ts";

export interface WebPushOptions {
  client: GuardedClient;
  clock: Clock;
  vapid: VapidConfig;
  /** The setting `egress.pushHosts`. */
  pushHosts: readonly string[];
  /** Makes the one-time token of a message; absent = notices carry none. */
  createReceipt?: (message: OutgoingMessage, contact: ContactMethod) => string | Promise<string>;
  /** Alerts that wait for a person, for the app's badge; absent = the badge is left alone. */
  countWaiting?: (personId: string) => number | Promise<number>;
}

/**
 * Web Push: encrypted for the browser (RFC 8291), signed with our own keys (RFC 8292), sent to its push service
 * (RFC 8030) by the guarded client; the library only builds the request (threats W1). 404 and 410 retire the contact.
 * Throws at creation when the keys are no pair; failures of sending come back as outcomes.
 */
export function createWebPushChannel(options: WebPushOptions): Channel {
  const { client, clock, vapid } = options;
  assertVapidConfig(vapid);
  const schema = pushContactSchema(options.pushHosts, client.permits);
  const parseContact = createParsedContacts((config) => schema.safeParse(config).data ?? null);
  return {
    kind: "web-push",
    send: async (message, contact) => {
      const parsed = parseContact(contact);
      if (parsed === null) return failed("bad-contact");
      const notice = encodeNotice(message, {
        now: clock.now(),
        hidden: parsed.lockScreen === "hidden" || SECURITY_SOURCES.has(message.alert.source.kind),
        badge: (await options.countWaiting?.(message.person.id)) ?? null,
        receipt: (await options.createReceipt?.(message, contact)) ?? null,
      });
      const answer = await client.request(buildRequest(message, parsed, notice, vapid, clock.now()));
      return outcomeOf(answer, DEAD_STATUSES);
    },
  };
}

const DEAD_STATUSES = new Set([404, 410]);

/** Sources whose titles may not stand on a lock screen (threats C10). */
const SECURITY_SOURCES = new Set(["sentinel", "defender", "graph-security"]);

/** A message without an end of its own loses its sense after an hour. */
const TTL_SECONDS_DEFAULT = 3_600;
const TTL_SECONDS_MAX = 86_400;
/** Longest Topic that RFC 8030 §5.4 allows, in characters; 24 bytes give as many. */
const TOPIC_CHARS = 32;

function buildRequest(message: OutgoingMessage, contact: PushContact, notice: string, vapid: VapidConfig, now: number) {
  const { subject, publicKey, privateKey } = vapid;
  const details = webPush.generateRequestDetails({ endpoint: contact.endpoint, keys: contact.keys }, notice, {
    vapidDetails: { subject, publicKey, privateKey: privateKey.reveal() },
    TTL: ttlSeconds(message.expiresAt, now),
    urgency: message.alert.severity === "critical" || message.alert.severity === "high" ? "high" : "normal",
    topic: topicOf(message.alert.id),
  });
  return {
    method: "POST" as const,
    url: details.endpoint,
    headers: toHeaders(details.headers),
    body: details.body ?? Buffer.alloc(0),
  };
}

/** Zero asks the push service to try now or never (RFC 8030 §5.2): dropping it unsent is the outbox's decision. */
function ttlSeconds(expiresAt: number | null, now: number): number {
  if (expiresAt === null) return TTL_SECONDS_DEFAULT;
  return Math.min(TTL_SECONDS_MAX, Math.max(0, Math.ceil((expiresAt - now) / 1_000)));
}

/** A hash, since the push service may read it (threats C10): a later notice of an alert replaces an undelivered one. */
function topicOf(alertId: string): string {
  return createHash("sha256").update(alertId).digest("base64url").slice(0, TOPIC_CHARS);
}

/** The library's headers as text, without the length, which follows from the body. */
function toHeaders(headers: object): Record<string, string> {
  const pairs = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)] as const);
  return Object.fromEntries(pairs.filter(([name]) => name !== "content-length"));
}
