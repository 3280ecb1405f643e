import { Worker } from "node:worker_threads";
import type { LoadMessage, LoadOrder, LoadResult } from "./load-order.ts";

/** Runs one load in its thread. `onNotice` is called when `noticeAfterAccepted` are accepted. */
export function sendLoad(order: LoadOrder, onNotice?: () => void): Promise<LoadResult> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(new URL("load-thread.ts", import.meta.url), { workerData: order });
    thread.on("message", (message: LoadMessage) => {
      if (message.kind === "notice") onNotice?.();
      else resolve(message.result);
    });
    thread.once("error", reject);
    thread.once("exit", () => reject(new Error("the load generator ended without a result")));
  });
}
