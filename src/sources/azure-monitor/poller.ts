import type { SourceEvent } from "../../alert/event.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Logger } from "../../platform/log.ts";
import { type AlertReader, AzureReadError } from "./read.ts";

/**
 * The poll: the safety net below the push. For each subscription of each source it reads what changed since the cursor
 * and hands page by page to the ingest, which knows what is new. The cursor moves only when every page is stored. A
 * failure is kept as the source's health with what to do, and the next poll tries again, no earlier than Azure said.
 */
export interface PolledSource {
  teamId: string;
  id: string;
  subscriptions: readonly string[];
  paused: boolean;
}

export interface PollerPorts {
  clock: Clock;
  log: Logger;
  reader: AlertReader;
  sources(): readonly PolledSource[];
  cursorOf(source: PolledSource): Promise<number | null>;
  take(source: PolledSource, events: readonly SourceEvent[]): Promise<void>;
  succeeded(source: PolledSource, cursorAt: number | null): Promise<void>;
  failed(source: PolledSource, error: string, advice: string | null): Promise<void>;
  /** After each round: what waits for Azure's word. */
  afterRound(): Promise<void>;
}

export interface Poller {
  start(): void;
  stop(): Promise<void>;
  /** One round over all sources, now. */
  run(): Promise<void>;
}

/** At the very first poll so far back: an alert of last month wakes nobody on the day of the installation. */
export const FIRST_POLL_MS = 24 * 60 * 60_000;

export function createPoller(ports: PollerPorts, intervalMs: number): Poller {
  const notBefore = new Map<string, number>();
  let running: Promise<void> | null = null;
  let timer: (() => void) | null = null;
  let stopped = true;

  const pollSource = async (source: PolledSource) => {
    const now = ports.clock.now();
    if (source.paused || source.subscriptions.length === 0 || (notBefore.get(source.id) ?? 0) > now) return;
    const sinceMs = (await ports.cursorOf(source)) ?? now - FIRST_POLL_MS;
    let newest = sinceMs;
    let failure: { error: unknown } | null = null;
    for (const subscriptionId of source.subscriptions) {
      try {
        newest = Math.max(newest, await pollSubscription(source, subscriptionId, sinceMs));
      } catch (error) {
        // One that is refused costs the others nothing; the cursor waits until all were read.
        failure ??= { error };
      }
    }
    if (failure === null) await ports.succeeded(source, newest);
    else await noteFailure(source, failure.error);
  };

  /** Answers the newest modification that it read. */
  const pollSubscription = async (source: PolledSource, subscriptionId: string, sinceMs: number) => {
    let newest = sinceMs;
    for await (const page of ports.reader.listChanged({ subscriptionId, sinceMs })) {
      for (const problem of page.problems)
        ports.log.warn({ source: source.id, problem }, "an alert of the list could not be read");
      await ports.take(source, page.events);
      newest = Math.max(newest, ...page.events.map((event) => event.modifiedAt ?? 0));
    }
    return newest;
  };

  const noteFailure = async (source: PolledSource, error: unknown) => {
    const failure = error instanceof AzureReadError ? error.failure : null;
    if (failure?.kind === "retry" && failure.retryAfterSeconds !== null) {
      notBefore.set(source.id, ports.clock.now() + failure.retryAfterSeconds * 1_000);
    }
    const advice = failure?.kind === "refused" ? failure.advice : null;
    ports.log.warn(
      { source: source.id, error: error instanceof Error ? error.message : String(error) },
      "the poll failed",
    );
    await ports.failed(
      source,
      error instanceof AzureReadError ? error.message : "The poll failed here; the log says more.",
      advice,
    );
  };

  const round = async () => {
    for (const source of ports.sources()) await pollSource(source);
    await ports.afterRound();
  };

  const run = () => {
    running ??= round()
      .catch((error: unknown) => ports.log.error({ error: String(error) }, "the poll failed"))
      .finally(() => {
        running = null;
        if (!stopped) timer = ports.clock.setTimer(ports.clock.now() + intervalMs, () => void run());
      });
    return running;
  };

  return {
    run,
    start: () => {
      stopped = false;
      void run();
    },
    stop: async () => {
      stopped = true;
      timer?.();
      await running;
    },
  };
}
