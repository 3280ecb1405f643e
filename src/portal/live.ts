import { signal } from "@preact/signals";
import type { AlertListItem } from "../api/contract.ts";
import { parsePlain, serverNow } from "./api.ts";
import { createStreamReader, type StreamEvent } from "./event-stream.ts";

/**
 * The live stream of alerts. Promises: one connection; it is known to be dead 30 s after the last sign of life; it comes
 * back by itself with growing, jittered pauses; nothing is missed, because the server is told the last id and the inbox
 * is read again after every break.
 */

export type Liveness = { kind: "starting" } | { kind: "live" } | { kind: "broken"; sinceMs: number };
export const liveness = signal<Liveness>({ kind: "starting" });

/** Two heartbeats of the server (15 s each). */
export const SILENCE_MAX_MS = 30_000;
const BACK_OFF_FIRST_MS = 1_000;
const BACK_OFF_MAX_MS = 30_000;

/**
 * Pause before attempt `attempt` (from 1): doubles up to 30 s, then half of it is chance, so that a thousand browsers do
 * not come back in the same second. `random` is in [0, 1).
 */
export function backOffMs(attempt: number, random: number): number {
  const full = Math.min(BACK_OFF_MAX_MS, BACK_OFF_FIRST_MS * 2 ** (attempt - 1));
  return Math.round(full / 2 + (full / 2) * random);
}

export interface LiveHandlers {
  /** One alert changed. */
  onAlert(item: AlertListItem): void;
  /** Connected again after a break, or still without a stream: read the inbox. */
  onGap(): void;
  /** The server says that nobody is signed in. */
  onSignedOut(): void;
}

/** Connects and stays connected until the answer is called. */
export function startLive(handlers: LiveHandlers): () => void {
  const ended = new AbortController();
  void keepConnected(handlers, ended.signal);
  return () => ended.abort();
}

async function keepConnected(handlers: LiveHandlers, ended: AbortSignal): Promise<void> {
  let lastId: string | null = null;
  let attempt = 0;
  const onEvent = (event: StreamEvent) => {
    lastId = event.id ?? lastId;
    if (event.event === "alert") handlers.onAlert(parsePlain<AlertListItem>(event.data));
  };
  while (!ended.aborted) {
    const onOpen = () => {
      if (liveness.value.kind === "broken") handlers.onGap();
      liveness.value = { kind: "live" };
      attempt = 0;
    };
    const outcome = await readStream(lastId, ended, onOpen, onEvent);
    if (outcome === "signed-out") return handlers.onSignedOut();
    if (ended.aborted) return;
    if (liveness.value.kind !== "broken") liveness.value = { kind: "broken", sinceMs: serverNow() };
    attempt += 1;
    // Without a stream the inbox is polled at the pace of the attempts.
    if (attempt > 1) handlers.onGap();
    await pause(backOffMs(attempt, Math.random()), ended);
  }
}

/** Reads one connection to its end. Every end is a reason to connect again, but a 401. */
async function readStream(
  lastId: string | null,
  ended: AbortSignal,
  onOpen: () => void,
  onEvent: (event: StreamEvent) => void,
): Promise<"broken" | "signed-out"> {
  const connection = new AbortController();
  const close = () => connection.abort();
  ended.addEventListener("abort", close);
  let watch = setTimeout(close, SILENCE_MAX_MS);
  try {
    const headers = { accept: "text/event-stream", ...(lastId === null ? {} : { "last-event-id": lastId }) };
    const response = await fetch("/api/v1/events", {
      headers,
      credentials: "same-origin",
      cache: "no-store",
      signal: connection.signal,
    });
    if (response.status === 401) return "signed-out";
    if (!response.ok || response.body === null) return "broken";
    onOpen();
    const take = createStreamReader();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return "broken";
      clearTimeout(watch);
      watch = setTimeout(close, SILENCE_MAX_MS);
      for (const signalled of take(value)) if (signalled.kind === "event") onEvent(signalled);
    }
  } catch {
    // Aborted by the watch, cut by the network, or nonsense on the line: all mean "connect again".
    return "broken";
  } finally {
    clearTimeout(watch);
    ended.removeEventListener("abort", close);
  }
}

/** Waits, but no longer than until the network or the page comes back. */
function pause(durationMs: number, ended: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      document.removeEventListener("visibilitychange", whenVisible);
      ended.removeEventListener("abort", done);
      resolve();
    };
    const whenVisible = () => {
      if (document.visibilityState === "visible") done();
    };
    const timer = setTimeout(done, durationMs);
    addEventListener("online", done);
    document.addEventListener("visibilitychange", whenVisible);
    ended.addEventListener("abort", done);
  });
}
