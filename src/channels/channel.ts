import type { AlertItem, PersonRef } from "../alert/alert.ts";

/**
 * The port of every channel: what comes in is one message to one contact method; what goes out is an outcome. A channel
 * makes one attempt and never retries: the outbox does (design.md, Delivery).
 */
export interface Channel {
  readonly kind: ChannelKind;
  /** One attempt. Never throws for an expected failure: network, refusal and bad contact are outcomes. */
  send(message: OutgoingMessage, contact: ContactMethod): Promise<SendOutcome>;
}

export type ChannelKind = "web-push" | "webhook";

/** Why a message is sent: the words of the timeline. */
export type MessageKind = "call-out" | "re-alert" | "test";

/** One message as a channel gets it. `id` is stable over retries (the idempotency key). */
export interface OutgoingMessage {
  id: string;
  teamId: string;
  kind: MessageKind;
  alert: AlertItem;
  person: PersonRef;
  /** Sentence that says why this person is called, for example `On duty in Operations, step 1 of 2`. */
  reason: string;
  /** Absolute link to the alert in the portal, built from `publicUrl`. */
  url: string;
  /** When the call-out was decided, epoch milliseconds. */
  createdAt: number;
  /** Attempt number, from 1. */
  attempt: number;
  /** When the message loses its sense (end of the escalation step), epoch milliseconds; null = one hour. */
  expiresAt: number | null;
  /** How many other alerts this one stands for (Web Push bundles beyond a few a minute); 0 = single. */
  bundled: number;
}

/** A way to reach a person. `config` is the channel's own, parsed by the channel when the contact is saved. */
export interface ContactMethod {
  id: string;
  personId: string;
  channel: ChannelKind;
  config: unknown;
}

/** Closed list of reasons; the timeline and the health page show them. */
export type FailureReason =
  | "timeout"
  | "unreachable"
  | "refused-target"
  | "redirected"
  | "throttled"
  | "server-error"
  | "rejected"
  | "gone"
  | "bad-contact"
  | "expired";

export type SendOutcome =
  | { kind: "delivered"; status: number }
  | {
      kind: "failed";
      /** May a later attempt succeed? */
      retryable: boolean;
      reason: FailureReason;
      /** HTTP status if there was an answer. */
      status: number | null;
      /** As told by `Retry-After`, seconds; null when not told. */
      retryAfterSeconds: number | null;
      /** The contact is dead (404/410 of a push service): retire it. */
      retire: boolean;
    };
