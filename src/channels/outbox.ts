import type { Kysely } from "kysely";
import type { Pool } from "pg";
import type { PersonRef } from "../alert/alert.ts";
import type { Database } from "../migrations/tables.ts";
import type { Clock } from "../platform/clock.ts";
import type { Ids } from "../platform/ids.ts";
import type { Logger } from "../platform/log.ts";
import { EMPTY_WINDOW, HOLD_MS, mustHold, recordSent, type SentWindow } from "./bundle.ts";
import type { Channel, ChannelKind, ContactMethod, OutgoingMessage, SendOutcome } from "./channel.ts";
import type { ClaimedMessage } from "./outgoing.ts";
import { decideRetry } from "./retry.ts";
import {
  type Completion,
  claimDue,
  insertMessages,
  nextDueAt,
  retireContact,
  touchContacts,
  writeCompletions,
} from "./store.ts";

/**
 * The outbox. What comes in are messages that are committed as pending and claimed by this process; each ends as
 * delivered, failed with a reason, or cancelled because the alert was answered first. A channel makes one attempt; only
 * the outbox retries. Completions are written in batches; a message whose process died is claimed again when its lease
 * ends. Web Push alone is bundled in a storm and repeated while a critical or high alert stays open.
 */
export interface OutboxPorts {
  pool: Pool;
  db: Kysely<Database>;
  clock: Clock;
  ids: Ids;
  log: Logger;
  /** In [0, 1): jitter of the retries. */
  random(): number;
  channel(kind: ChannelKind): Channel | undefined;
  contact(contactId: string, personId: string): ContactMethod | undefined;
  person(personId: string): PersonRef;
  teamIds(): readonly string[];
  /** Absolute link of an alert. */
  alertUrl(alertId: string): string;
  /** A message ended without reaching anybody: the timeline, and the next step sooner. */
  onFailed(message: ClaimedMessage, outcome: Extract<SendOutcome, { kind: "failed" }>): Promise<void>;
  /** A dead contact was taken out of use. */
  onRetired(contactId: string): Promise<void>;
}

export interface Outbox {
  dispatch(messages: readonly ClaimedMessage[]): void;
  /** Drops what still waits in memory for this alert; the rows are cancelled by the caller's transaction. */
  cancel(alertId: string): void;
  /** Claims and sends what is due: retries, expired leases, re-alerts. Answers how many. */
  sweep(): Promise<number>;
  start(): void;
  /** Sends nothing new, waits for attempts under way and writes their completions. */
  stop(): Promise<void>;
  stats(): { waiting: number; sending: number };
}

const IN_FLIGHT_MAX = 256;
const IN_FLIGHT_PER_CONTACT_MAX = 64;
/** The net behind the in-process path. */
const SWEEP_MS = 5_000;
/** A contact's "last delivered" is written at most so often. */
const TOUCH_MS = 10_000;
const REALERT_MS = 60_000;
const REALERT_SEVERITIES = new Set(["critical", "high"]);
/** After an hour of repeats the escalation is what matters. */
const REALERTS_MAX_MS = 3_600_000;

interface Line {
  waiting: ClaimedMessage[];
  sending: number;
  window: SentWindow;
  held: ClaimedMessage[];
  releaseHeld: (() => void) | null;
}

interface Ended {
  message: ClaimedMessage;
  outcome: SendOutcome;
  at: number;
}

export function createOutbox(ports: OutboxPorts): Outbox {
  const lines = new Map<string, Line>();
  const ended: Ended[] = [];
  const touchedAt = new Map<string, number>();
  /** Dispatched, not answered and not yet written as ended, with their alerts: the sweep must not send them a second time. */
  const inHand = new Map<string, string>();
  let sending = 0;
  let flushing: Promise<void> | null = null;
  let sweepTimer: (() => void) | null = null;
  let stopped = false;

  const lineOf = (contactId: string): Line => {
    const line = lines.get(contactId) ?? { waiting: [], sending: 0, window: EMPTY_WINDOW, held: [], releaseHeld: null };
    lines.set(contactId, line);
    return line;
  };

  const dispatch = (messages: readonly ClaimedMessage[]) => {
    for (const message of messages) {
      if (inHand.has(message.id)) continue;
      inHand.set(message.id, message.alertId);
      const line = lineOf(message.contactId);
      if (
        message.channel === "web-push" &&
        message.kind !== "test" &&
        mustHold(line.window, message.alert.severity, ports.clock.now())
      )
        hold(line, message);
      else line.waiting.push(message);
    }
    pump();
  };

  const hold = (line: Line, message: ClaimedMessage) => {
    line.held.push(message);
    line.releaseHeld ??= ports.clock.setTimer(ports.clock.now() + HOLD_MS, () => {
      line.releaseHeld = null;
      sendBundle(line);
    });
  };

  const sendBundle = (line: Line) => {
    const held = line.held.splice(0);
    if (held.length === 0) return;
    const [first, ...others] = held.sort((a, b) => b.createdAt - a.createdAt);
    void attempt(line, first!, others);
  };

  const pump = () => {
    for (const line of lines.values()) {
      while (
        !stopped &&
        line.waiting.length > 0 &&
        line.sending < IN_FLIGHT_PER_CONTACT_MAX &&
        sending < IN_FLIGHT_MAX
      ) {
        void attempt(line, line.waiting.shift()!, []);
      }
    }
  };

  const attempt = async (line: Line, message: ClaimedMessage, bundled: readonly ClaimedMessage[]) => {
    line.sending += 1;
    sending += 1;
    if (message.channel === "web-push")
      line.window = recordSent(line.window, message.alert.severity, ports.clock.now());
    try {
      const outcome = await sendOnce(ports, message, bundled.length);
      const at = ports.clock.now();
      for (const each of [message, ...bundled]) ended.push({ message: each, outcome, at });
    } finally {
      line.sending -= 1;
      sending -= 1;
      flushing ??= flush().finally(() => {
        flushing = null;
      });
      pump();
    }
  };

  const flush = async () => {
    while (ended.length > 0) {
      // What ends while this write is under way is the next batch.
      await new Promise((resolve) => setImmediate(resolve));
      const batch = ended.splice(0, 1_000);
      await writeEnded(batch).catch((error: unknown) => {
        // The rows stay claimed; when the lease ends they are sent again: at least once.
        ports.log.error({ error: String(error), messages: batch.length }, "completions could not be written");
      });
    }
  };

  const writeEnded = async (batch: readonly Ended[]) => {
    const decided = batch.map((item) => ({ ...item, completion: toCompletion(item, ports.random()) }));
    const completions = decided.map((item) => item.completion);
    // Those whose alert was answered while they were under way are let go already: they are not repeated.
    const open = batch.filter(({ message }) => inHand.has(message.id));
    await writeCompletions(ports.pool, completions).finally(() => {
      for (const { message } of batch) inHand.delete(message.id);
    });
    await noteDelivered(batch, open);
    for (const { message, outcome, completion } of decided) {
      if (outcome.kind !== "failed") continue;
      if (outcome.retire) await retire(message.contactId, outcome.reason, ports.clock.now());
      if (completion.state === "failed") await ports.onFailed(message, outcome);
      else if (completion.nextAttemptAt !== null) wakeAt(completion.nextAttemptAt);
    }
  };

  const noteDelivered = async (batch: readonly Ended[], open: readonly Ended[]) => {
    const delivered = batch.filter((item) => item.outcome.kind === "delivered");
    const now = ports.clock.now();
    const contacts = new Set(delivered.map((item) => item.message.contactId));
    const due = [...contacts].filter((id) => (touchedAt.get(id) ?? 0) + TOUCH_MS <= now);
    for (const id of due) touchedAt.set(id, now);
    await touchContacts(ports.db, due, now);
    const repeats = open
      .filter((item) => item.outcome.kind === "delivered" && wantsRepeat(item.message, now))
      .map((item) => toRepeat(item.message, ports.ids, now));
    await insertMessages(ports.db, repeats);
    if (repeats.length > 0) wakeAt(now + REALERT_MS);
  };

  const retire = async (contactId: string, reason: string, now: number) => {
    await retireContact(ports.db, contactId, reason, now);
    await ports.onRetired(contactId);
  };

  let wake: { atMs: number; cancel: () => void } | null = null;
  const wakeAt = (atMs: number) => {
    if (stopped || (wake && wake.atMs <= atMs)) return;
    wake?.cancel();
    const cancel = ports.clock.setTimer(atMs, () => {
      wake = null;
      void sweep().catch(logSweep);
    });
    wake = { atMs, cancel };
  };
  const logSweep = (error: unknown) => ports.log.error({ error: String(error) }, "the outbox could not be swept");

  const sweep = async () => {
    const claimed = await claimDue(ports.pool, ports.teamIds(), ports.clock.now());
    const alive = claimed.filter((message) => message.alert.state === "open");
    const overtaken = claimed.filter((message) => message.alert.state !== "open");
    if (overtaken.length > 0)
      await writeCompletions(
        ports.pool,
        overtaken.map((message) => toCancelled(message, ports.clock.now())),
      );
    dispatch(alive);
    const next = await nextDueAt(ports.pool, ports.teamIds());
    if (next !== null) wakeAt(Math.max(next, ports.clock.now() + 50));
    return claimed.length;
  };

  const armSweep = () => {
    sweepTimer = ports.clock.setTimer(ports.clock.now() + SWEEP_MS, () => {
      if (stopped) return;
      void sweep().catch(logSweep).finally(armSweep);
    });
  };

  const stop = async () => {
    stopped = true;
    sweepTimer?.();
    wake?.cancel();
    for (const line of lines.values()) line.releaseHeld?.();
    while (sending > 0 || ended.length > 0 || flushing) {
      await (flushing ?? new Promise((resolve) => setTimeout(resolve, 10)));
    }
  };

  return {
    dispatch,
    sweep,
    stop,
    start: () => {
      void sweep().catch(logSweep);
      armSweep();
    },
    cancel: (alertId) => {
      for (const [id, ofAlert] of inHand) if (ofAlert === alertId) inHand.delete(id);
      for (const line of lines.values()) {
        line.waiting = line.waiting.filter((message) => message.alertId !== alertId);
        line.held = line.held.filter((message) => message.alertId !== alertId);
      }
    },
    stats: () => ({
      waiting: [...lines.values()].reduce((sum, line) => sum + line.waiting.length + line.held.length, 0),
      sending,
    }),
  };
}

async function sendOnce(ports: OutboxPorts, message: ClaimedMessage, bundled: number): Promise<SendOutcome> {
  const contact = ports.contact(message.contactId, message.personId);
  const channel = ports.channel(message.channel);
  if (!contact || !channel)
    return { kind: "failed", retryable: false, reason: "gone", status: null, retryAfterSeconds: null, retire: false };
  const outgoing: OutgoingMessage = {
    id: message.id,
    teamId: message.teamId,
    kind: message.kind,
    alert: message.alert,
    person: ports.person(message.personId),
    reason: message.reason,
    url: ports.alertUrl(message.alertId),
    createdAt: message.createdAt,
    attempt: message.attempt,
    expiresAt: message.expiresAt,
    bundled,
  };
  try {
    return await channel.send(outgoing, contact);
  } catch (error) {
    // A channel promises not to throw; if it does, the message is kept and tried again, and the log says so.
    ports.log.error(
      { error: String(error), channel: message.channel, message: message.id },
      "a channel failed unexpectedly",
    );
    return {
      kind: "failed",
      retryable: true,
      reason: "server-error",
      status: null,
      retryAfterSeconds: null,
      retire: false,
    };
  }
}

function toCompletion({ message, outcome, at }: Ended, random: number): Completion {
  const base = { teamId: message.teamId, id: message.id, attempt: message.attempt };
  if (outcome.kind === "delivered") {
    return { ...base, state: "delivered", nextAttemptAt: null, endedAt: at, failure: null, failureStatus: null };
  }
  const decision = decideRetry(message, outcome, at, random);
  const failure = { failure: outcome.reason, failureStatus: outcome.status };
  return "retryAt" in decision
    ? { ...base, ...failure, state: "pending", nextAttemptAt: decision.retryAt, endedAt: null }
    : { ...base, ...failure, state: "failed", nextAttemptAt: null, endedAt: at };
}

const toCancelled = (message: ClaimedMessage, now: number): Completion => ({
  teamId: message.teamId,
  id: message.id,
  state: "cancelled",
  attempt: message.attempt - 1,
  nextAttemptAt: null,
  endedAt: now,
  failure: null,
  failureStatus: null,
});

/** Web Push of a critical or high alert is repeated each minute until answered (portal design, section 10 b). */
const wantsRepeat = (message: ClaimedMessage, now: number) =>
  message.channel === "web-push" &&
  message.kind !== "test" &&
  REALERT_SEVERITIES.has(message.alert.severity) &&
  now < message.createdAt + REALERTS_MAX_MS &&
  (message.expiresAt === null || now + REALERT_MS < message.expiresAt);

const toRepeat = (message: ClaimedMessage, ids: Ids, now: number) => ({
  id: ids.next(now),
  teamId: message.teamId,
  alertId: message.alertId,
  personId: message.personId,
  contactId: message.contactId,
  channel: message.channel,
  kind: "re-alert" as const,
  reason: message.reason,
  step: message.step,
  pass: message.pass,
  attempts: 0,
  dueAt: now + REALERT_MS,
  createdAt: message.createdAt,
  expiresAt: message.expiresAt,
});
