import { randomUUID } from "node:crypto";
import { pushAlert } from "./push-alert.ts";
import type { WorkerSetup } from "./worker-process.ts";

/** A load of distinct alerts from some senders, each pushing one after the other, that remembers what was answered. */
export interface Load {
  /** Alert ids of all pushes that were answered with 202. */
  accepted: Set<string>;
  /** Answers that were neither 202 nor 503 with Retry-After. */
  wrong: string[];
  refused(): number;
  stop(): Promise<void>;
}

const SENDERS = 16;
/** A sender that met a closed door waits a moment, as a real one would. */
const PAUSE_MS = 20;

export function startLoad(setup: WorkerSetup): Load {
  const accepted = new Set<string>();
  const wrong: string[] = [];
  let refused = 0;
  let stopped = false;

  const pushOnce = async () => {
    const answer = await pushAlert(setup, randomUUID()).catch(() => null);
    if (answer?.status === 202) for (const id of answer.alertIds) accepted.add(id);
    else {
      if (answer?.status === 503 && answer.retryAfter !== null) refused += 1;
      else if (answer !== null) wrong.push(`${answer.status}, Retry-After: ${answer.retryAfter}`);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  };
  const sender = async () => {
    while (!stopped) await pushOnce();
  };
  const senders = Array.from({ length: SENDERS }, sender);
  return {
    accepted,
    wrong,
    refused: () => refused,
    stop: async () => {
      stopped = true;
      await Promise.all(senders);
    },
  };
}
