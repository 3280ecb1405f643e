import type { Clock } from "../platform/clock.ts";
import type { Logger } from "../platform/log.ts";

/**
 * The timers of all escalations: durable due times in the store, one armed timer to the nearest, and a look every
 * `NET_MS` as the net. A cycle costs what is due, never what is open. `fire` takes what is due (claimed, in its own
 * transactions) and answers how many that were; `nextDueAt` is the store's nearest due time.
 */
export interface EscalationTimers {
  start(): void;
  stop(): Promise<void>;
  /** A due time was written: arm an earlier timer if it is nearer. Epoch milliseconds. */
  expect(dueAt: number | null): void;
  /** Fires everything due now; used by tests and at start. */
  run(): Promise<void>;
}

export interface TimerPorts {
  clock: Clock;
  log: Logger;
  fire(limit: number): Promise<number>;
  nextDueAt(): Promise<number | null>;
}

const NET_MS = 1_000;
const CLAIM_MAX = 500;

export function createEscalationTimers(ports: TimerPorts): EscalationTimers {
  let running: Promise<void> | null = null;
  let armed: { atMs: number; cancel: () => void } | null = null;
  let stopped = true;

  const cycle = async () => {
    while ((await ports.fire(CLAIM_MAX)) === CLAIM_MAX);
    expect(await ports.nextDueAt());
  };

  const run = () => {
    running ??= cycle()
      .catch((error: unknown) => ports.log.error({ error: String(error) }, "escalations could not be fired"))
      .finally(() => {
        running = null;
        if (!stopped) arm(ports.clock.now() + NET_MS);
      });
    return running;
  };

  const arm = (atMs: number) => {
    if (stopped || (armed && armed.atMs <= atMs)) return;
    armed?.cancel();
    const cancel = ports.clock.setTimer(atMs, () => {
      armed = null;
      void run();
    });
    armed = { atMs, cancel };
  };

  const expect = (dueAt: number | null) => {
    if (dueAt !== null) arm(Math.max(dueAt, ports.clock.now()));
  };

  return {
    run,
    expect,
    start: () => {
      stopped = false;
      void run();
    },
    stop: async () => {
      stopped = true;
      armed?.cancel();
      await running;
    },
  };
}
