import { Webhook } from "standardwebhooks";
import { z } from "zod";
import type { FakeReceiver, ReceivedRequest } from "./fake-receiver.ts";

/** The documented body of the notification webhook, strictly. */
const notification = z.strictObject({
  type: z.literal("alert.notification"),
  timestamp: z.iso.datetime(),
  data: z.strictObject({
    alert: z.strictObject({
      id: z.uuid(),
      title: z.string(),
      severity: z.enum(["critical", "high", "medium", "low", "info"]),
      state: z.enum(["open", "acknowledged", "snoozed", "closed"]),
      url: z.url(),
      source: z.strictObject({ kind: z.string(), alertId: z.string(), rule: z.string().nullable() }),
    }),
    person: z.strictObject({ id: z.uuid(), name: z.string() }),
    reason: z.string(),
  }),
});

/** A notification as it arrived, its signature verified by an independent library. */
export interface Notification extends z.infer<typeof notification> {
  messageId: string;
}

/**
 * What the person on duty's webhook got. Each request must be taken by the test that expects it: what is left over at
 * the end of a test was sent to somebody for nothing.
 */
export interface Notifications {
  /** Takes all that arrived and were not taken yet, for one alert or for all. */
  take(alertId?: string): Notification[];
  /** Requests that nobody took, as short texts. */
  leftOver(): string[];
}

export function watchNotifications(receiver: FakeReceiver, secret: string): Notifications {
  const taken = new Set<ReceivedRequest>();
  const webhook = new Webhook(secret);
  const read = (request: ReceivedRequest): Notification => {
    const text = request.body.toString("utf8");
    const messageId = verify(webhook, request, text);
    return { ...notification.parse(JSON.parse(text)), messageId };
  };
  const waiting = () => receiver.requests.filter((request) => !taken.has(request));
  const take: Notifications["take"] = (alertId) =>
    waiting().flatMap((request) => {
      const received = read(request);
      if (alertId !== undefined && received.data.alert.id !== alertId) return [];
      taken.add(request);
      return [received];
    });
  const leftOver = () =>
    waiting().map(({ method, path, body }) => `${method} ${path} ${body.toString("utf8", 0, 300)}`);
  return { take, leftOver };
}

/** The library's `verify` reads the machine's clock; its `sign` takes the time, which a test's clock may have moved. */
function verify(webhook: Webhook, { headers }: ReceivedRequest, text: string): string {
  const messageId = headers["webhook-id"] ?? "";
  const at = new Date(Number(headers["webhook-timestamp"]) * 1_000);
  const signature = headers["webhook-signature"];
  if (signature !== webhook.sign(messageId, at, text)) throw new Error(`the signature of ${messageId} is wrong`);
  return messageId;
}
