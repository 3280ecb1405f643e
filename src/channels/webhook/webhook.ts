import { createHmac, type KeyObject } from "node:crypto";
import type { Clock } from "../../platform/clock.ts";
import type { GuardedClient } from "../../platform/http/guarded.ts";
import { failed, outcomeOf } from "../answer-outcome.ts";
import type { Channel, OutgoingMessage } from "../channel.ts";
import { createParsedContacts } from "../parsed-contacts.ts";
import { webhookContactSchema } from "./webhook-contact.ts";

/**
 * Signed webhook after Standard Webhooks 1.0.0: one POST per message, body in JSON, signature over
 * `id.timestamp.body`. `webhook-id` is the message's id and stays the same over retries, so that a receiver can drop
 * repetitions; the timestamp is the attempt's. Failures come back as outcomes.
 */
export function createWebhookChannel({ client, clock }: { client: GuardedClient; clock: Clock }): Channel {
  const schema = webhookContactSchema(client.permits);
  const parseContact = createParsedContacts((config) => schema.safeParse(config).data ?? null);
  return {
    kind: "webhook",
    send: async (message, contact) => {
      const parsed = parseContact(contact);
      if (parsed === null) return failed("bad-contact");
      const body = JSON.stringify(webhookBody(message));
      const headers = {
        "content-type": "application/json",
        "user-agent": "Watchbell",
        ...signedHeaders(message.id, Math.floor(clock.now() / 1_000), body, parsed.keys),
      };
      const answer = await client.request({ method: "POST", url: parsed.url, headers, body });
      return outcomeOf(answer, DEAD_STATUSES);
    },
  };
}

const DEAD_STATUSES = new Set([410]);

/** The documented body; `timestamp` is when the call-out was decided. Text is data here and stays as it came. */
export function webhookBody({ alert, person, reason, url, createdAt }: OutgoingMessage) {
  const { kind, alertId, rule } = alert.source;
  return {
    type: "alert.notification",
    timestamp: new Date(createdAt).toISOString(),
    data: {
      alert: {
        id: alert.id,
        title: alert.title,
        severity: alert.severity,
        state: alert.state,
        url,
        source: { kind, alertId, rule },
      },
      person: { id: person.id, name: person.name },
      reason,
    },
  };
}

/** `timestamp` in epoch seconds; one `v1` signature per key, separated by spaces. */
function signedHeaders(id: string, timestamp: number, body: string, keys: readonly KeyObject[]) {
  const signed = `${id}.${timestamp}.${body}`;
  const signatures = keys.map((key) => `v1,${createHmac("sha256", key).update(signed).digest("base64")}`);
  return {
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": signatures.join(" "),
  };
}
