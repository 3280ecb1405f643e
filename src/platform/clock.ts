/**
 * The only reader of time. Everything that decides takes `now` (epoch milliseconds) as an argument; only edges hold a
 * clock. Tests use `createVirtualClock` and move it by hand.
 */
export interface Clock {
  /** Epoch milliseconds, UTC. */
  now(): number;
  /** Calls `run` once at or after `atMs`; the answer cancels it. Never keeps the process alive by itself. */
  setTimer(atMs: number, run: () => void): () => void;
}

/** Node's timers hold 31 bits of milliseconds; a later instant is reached in several hops. */
const TIMER_HOP_MS_MAX = 2 ** 31 - 1;

/** The machine's clock. */
export function createSystemClock(): Clock {
  const now = () => Date.now();
  const setTimer = (atMs: number, run: () => void) => {
    let handle: NodeJS.Timeout;
    const arm = () => {
      const waitMs = Math.max(0, atMs - now());
      handle = waitMs > TIMER_HOP_MS_MAX ? setTimeout(arm, TIMER_HOP_MS_MAX) : setTimeout(run, waitMs);
      handle.unref();
    };
    arm();
    return () => clearTimeout(handle);
  };
  return { now, setTimer };
}

/** A clock that stands still until it is moved. */
export interface VirtualClock extends Clock {
  /** Moves time to `now() + ms`, running the timers that come due, in order. */
  advance(ms: number): Promise<void>;
}

/** A clock for tests: starts at `startMs` (epoch milliseconds), moves only by `advance`. */
export function createVirtualClock(startMs: number): VirtualClock {
  let nowMs = startMs;
  const timers = new Set<{ atMs: number; run: () => void }>();
  const setTimer = (atMs: number, run: () => void) => {
    const timer = { atMs, run };
    timers.add(timer);
    return () => void timers.delete(timer);
  };
  const nextDue = (untilMs: number) => [...timers].filter((t) => t.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
  const advance = async (ms: number) => {
    const untilMs = nowMs + ms;
    for (let due = nextDue(untilMs); due; due = nextDue(untilMs)) {
      timers.delete(due);
      nowMs = Math.max(nowMs, due.atMs);
      due.run();
      await new Promise((resolve) => setImmediate(resolve));
    }
    nowMs = untilMs;
  };
  return { now: () => nowMs, setTimer, advance };
}
