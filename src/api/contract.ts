import { z } from "zod";
import { ALERT_STATES, SEVERITIES } from "../alert/alert.ts";

/**
 * The public API as schemas: validation, OpenAPI and the portal's types come from here. The portal imports types only.
 * Everything is strict: unknown members are an error (threats A4).
 */

export const personRef = z.strictObject({ id: z.string(), name: z.string() });

export const alertSource = z.strictObject({
  kind: z.string(),
  alertId: z.string(),
  rule: z.string().nullable(),
  resourceId: z.string().nullable(),
  severity: z.string().nullable(),
});

export const alertItem = z.strictObject({
  id: z.string(),
  title: z.string(),
  severity: z.enum(SEVERITIES),
  state: z.enum(ALERT_STATES),
  owner: personRef.nullable(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  source: alertSource,
  team: z.strictObject({ id: z.string(), name: z.string() }),
  /** How often the source reported it. */
  count: z.number().int(),
  /** Who is called next and when; null when nobody will be. */
  nextCall: z.strictObject({ at: z.iso.datetime(), people: z.array(personRef), step: z.number().int() }).nullable(),
  /** Held back by the grace period until then; null otherwise. */
  heldUntil: z.iso.datetime().nullable(),
  /** People called so far in this round. */
  called: z.array(personRef),
  acknowledgedAt: z.iso.datetime().nullable(),
  closedAt: z.iso.datetime().nullable(),
});
export type AlertListItem = z.infer<typeof alertItem>;

export const alertPage = z.strictObject({ alerts: z.array(alertItem), next: z.string().optional() });
export type AlertPage = z.infer<typeof alertPage>;

/**
 * One entry of the append-only timeline. `kind` is a closed list (alert/timeline.ts); `text` is the sentence people
 * read; `data` are its facts for programs.
 */
export const timelineEntry = z.strictObject({
  id: z.string(),
  at: z.iso.datetime(),
  kind: z.string(),
  /** Which filter of the alert page shows it. */
  group: z.enum(["people", "notifications", "azure", "decisions"]),
  actor: personRef.nullable(),
  text: z.string(),
  data: z.record(z.string(), z.unknown()),
});
export type TimelineEntry = z.infer<typeof timelineEntry>;

export const notification = z.strictObject({
  id: z.string(),
  kind: z.enum(["call-out", "re-alert", "test"]),
  person: personRef,
  channel: z.string(),
  reason: z.string(),
  step: z.number().int().nullable(),
  state: z.enum(["pending", "delivered", "failed", "cancelled"]),
  attempts: z.number().int(),
  createdAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  /** The phone said that it has it; that the alert was seen. Web Push only. */
  receivedAt: z.iso.datetime().nullable(),
  seenAt: z.iso.datetime().nullable(),
  /** Closed list of channels/channel.ts; null unless failed or waiting for a retry. */
  failure: z.string().nullable(),
  /** Next attempt, when waiting for one. */
  nextAttemptAt: z.iso.datetime().nullable(),
});
export type AlertNotification = z.infer<typeof notification>;

/** What Azure shows and what we are sending to it. */
export const azureState = z.strictObject({
  state: z.enum(["New", "Acknowledged", "Closed"]).nullable(),
  condition: z.enum(["fired", "resolved", "unknown"]),
  readAt: z.iso.datetime().nullable(),
  /** in-step | sending | waiting | refused | gone | off | not-configured | unknown-to-azure */
  sync: z.enum(["in-step", "sending", "waiting", "refused", "gone", "off", "not-configured", "unknown-to-azure"]),
  /** Sentence for people: what is the matter and what to do; null when in step. */
  advice: z.string().nullable(),
  portalUrl: z.string().nullable(),
});

export const factGroup = z.strictObject({
  title: z.string(),
  facts: z.array(z.strictObject({ name: z.string(), value: z.string() })),
});

export const alertDetail = alertItem.extend({
  description: z.string().nullable(),
  signalType: z.string().nullable(),
  monitoringService: z.string().nullable(),
  resourceIds: z.array(z.string()),
  firedAt: z.iso.datetime().nullable(),
  resolvedAt: z.iso.datetime().nullable(),
  facts: z.array(factGroup),
  advice: z.array(z.string()),
  azure: azureState,
  /** The payload as received: untrusted. */
  payload: z.unknown(),
  /** Why people were, or were not, called: the latest decisions, in words. */
  why: z.array(z.string()),
  timeline: z.array(timelineEntry),
  notifications: z.array(notification),
});
export type AlertDetail = z.infer<typeof alertDetail>;

const commentText = z.string().trim().min(1).max(30_000);
export const actionBody = z.strictObject({ comment: commentText.optional() });
export const acknowledgeBody = z.strictObject({ comment: commentText.optional(), takeOver: z.boolean().optional() });
export const commentBody = z.strictObject({ text: commentText });

export const device = z.strictObject({
  id: z.string(),
  channel: z.enum(["web-push", "webhook"]),
  name: z.string(),
  createdAt: z.iso.datetime(),
  state: z.enum(["active", "retired"]),
  /** Last message that was accepted by the push service or receiver. */
  lastDeliveredAt: z.iso.datetime().nullable(),
  /** Host of the endpoint only. */
  target: z.string(),
});
export type Device = z.infer<typeof device>;
export const deviceList = z.strictObject({ devices: z.array(device), vapidPublicKey: z.string() });

/** A PushSubscription's JSON (W3C Push API), plus a name people recognise. */
export const deviceBody = z.strictObject({
  name: z.string().trim().min(1).max(100),
  subscription: z.strictObject({
    endpoint: z.string().max(2_048),
    expirationTime: z.number().nullable().optional(),
    keys: z.strictObject({ p256dh: z.string().max(200), auth: z.string().max(100) }),
  }),
});

export const ROLES = ["Viewer", "Responder", "Manager", "Admin"] as const;
export type Role = (typeof ROLES)[number];

export const tokenBody = z.strictObject({
  name: z.string().trim().min(1).max(100),
  role: z.enum(ROLES),
  team: z.string().optional(),
  expiresAt: z.iso.datetime({ offset: true }),
});
export const apiToken = z.strictObject({
  id: z.string(),
  name: z.string(),
  role: z.enum(ROLES),
  team: z.string().nullable(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  lastUsedAt: z.iso.datetime().nullable(),
});
export const tokenList = z.strictObject({ tokens: z.array(apiToken) });
export const newToken = z.strictObject({ id: z.string(), token: z.string() });

export const me = z.strictObject({
  person: personRef,
  role: z.enum(ROLES),
  teams: z.array(z.strictObject({ id: z.string(), name: z.string() })),
  onDuty: z.strictObject({ until: z.iso.datetime().nullable(), schedule: z.string() }).nullable(),
  /** Does at least one way to reach this person work? */
  reachable: z.boolean(),
  vapidPublicKey: z.string(),
  signedInAt: z.iso.datetime().nullable(),
  installation: z.strictObject({ tenantId: z.string(), publicUrl: z.string(), version: z.string() }),
});
export type Me = z.infer<typeof me>;

export const sourceHealth = z.strictObject({
  id: z.string(),
  kind: z.string(),
  name: z.string(),
  status: z.enum(["ok", "degraded", "failing", "paused", "starting"]),
  lastSuccessAt: z.iso.datetime().nullable(),
  lastPushAt: z.iso.datetime().nullable(),
  lagSeconds: z.number().nullable(),
  error: z.string().nullable(),
  advice: z.string().nullable(),
  writesWaiting: z.number().int(),
});
export const health = z.strictObject({
  status: z.enum(["ok", "degraded", "failing"]),
  sources: z.array(sourceHealth),
  outbox: z.strictObject({
    pending: z.number().int(),
    oldestSeconds: z.number().nullable(),
    failed24h: z.number().int(),
    delivered24h: z.number().int(),
  }),
  /** People on duty or in a policy with no working way to reach them. */
  unreachable: z.array(z.strictObject({ person: personRef, reason: z.string() })),
});
export type Health = z.infer<typeof health>;

export const rawEvent = z.strictObject({
  id: z.string(),
  receivedAt: z.iso.datetime(),
  lastReceivedAt: z.iso.datetime(),
  count: z.number().int(),
  source: z.string(),
  via: z.string(),
  contentType: z.string().nullable(),
  bytes: z.number().int(),
  verdict: z.enum(["accepted", "unreadable"]),
  problem: z.string().nullable(),
  alertId: z.string().nullable(),
  /** UTF-8 text; bytes that are not UTF-8 come as base64 with `encoding: "base64"`. */
  body: z.string(),
  encoding: z.enum(["utf8", "base64"]),
});
export const rawEventPage = z.strictObject({ events: z.array(rawEvent), next: z.string().optional() });

/** The alerts this push belongs to, after the commit. */
export const intakeAnswer = z.strictObject({ alertIds: z.array(z.string()) });

/** `POST /api/v1/receipts`: the service worker's one-time token says that the phone has it, or that it was seen. */
export const receiptBody = z.strictObject({ token: z.string().max(200), event: z.enum(["received", "seen"]) });
