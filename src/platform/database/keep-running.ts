import type { ChildProcess } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";

/** Told of what happens to a server that ends by itself; for the log. */
export type ServerEvent = { kind: "ended"; how: string } | { kind: "started" } | { kind: "failed"; error: unknown };

const RETRY_FIRST_MS = 100;
const RETRY_MAX_MS = 5_000;

/**
 * Keeps a server running: when the process that `launch` made ends unexpectedly, launches it anew until that succeeds,
 * with growing pauses. An end with code 0 is somebody's orderly stop (a new start in the same folder) and is left alone.
 * The answer ends the watch; the process itself is the caller's to stop.
 */
export function keepRunning(
  child: ChildProcess,
  launch: () => Promise<ChildProcess>,
  report: (event: ServerEvent) => void,
): () => void {
  let ended = false;

  const relaunch = async () => {
    for (let pauseMs = RETRY_FIRST_MS; !ended; pauseMs = Math.min(pauseMs * 2, RETRY_MAX_MS)) {
      try {
        const next = await launch();
        if (ended) next.kill("SIGINT");
        else watch(next);
        return report({ kind: "started" });
      } catch (error) {
        report({ kind: "failed", error });
        await delay(pauseMs, undefined, { ref: false });
      }
    }
  };
  const watch = (running: ChildProcess) => {
    running.once("exit", (code, signal) => {
      if (ended || code === 0) return;
      report({ kind: "ended", how: signal ?? `code ${code}` });
      void relaunch();
    });
  };
  watch(child);
  return () => {
    ended = true;
  };
}
