import { setTimeout as delay } from "node:timers/promises";

/** Long enough for a busy machine; nothing waits for it when things are as they should be. */
const EVENTUALLY_MS = 10_000;

/** Polls until `probe` neither throws nor answers undefined or false; the last failure is thrown after ten seconds. */
export async function eventually<T>(probe: () => Promise<T> | T): Promise<Exclude<T, undefined | false>> {
  const deadline = performance.now() + EVENTUALLY_MS;
  for (let waitMs = 2; ; waitMs = Math.min(50, waitMs * 2)) {
    try {
      const answer = await probe();
      if (answer !== undefined && answer !== false) return answer as Exclude<T, undefined | false>;
      if (performance.now() > deadline) throw new Error("it did not become true");
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await delay(waitMs);
  }
}
