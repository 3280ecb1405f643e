import { parentPort, workerData } from "node:worker_threads";
import { type Dispatcher, Pool } from "undici";
import { alertIdOf } from "../alert-ids.ts";
import { monotonicMs } from "../monotonic.ts";
import type { LoadMessage, LoadOrder, LoadResult } from "./load-order.ts";

/**
 * The load generator, a thread of its own, so that it never waits for the sink. A closed loop over the connections for
 * bursts, an open one (by the clock, whatever is under way) for a rate. Ends early when the receiver is gone.
 */
const PLACEHOLDER = "{{id}}";

async function run(order: LoadOrder): Promise<LoadResult> {
  const { intake, requests } = order;
  const pool = new Pool(intake.origin, { connections: order.connections, pipelining: 1 });
  const result: LoadResult = {
    sentAt: new Float64Array(requests),
    answeredAt: new Float64Array(requests),
    status: new Uint16Array(requests),
    lagMsMax: 0,
  };
  const endsAt = monotonicMs() + order.timeMsMax;
  let next = 0;
  let accepted = 0;
  let isGone = false;

  const mayGoOn = () => !isGone && next < requests && monotonicMs() < endsAt;
  const sendNext = (): Promise<void> => {
    const index = next;
    next += 1;
    const body = intake.template.replaceAll(PLACEHOLDER, alertIdOf(order.tag, index % order.distinct));
    result.sentAt[index] = monotonicMs();
    return new Promise((done) => {
      const request = { method: "POST" as const, path: intake.path, headers: intake.headers, body };
      pool.dispatch(request, handlerOf(index, done));
    });
  };
  const handlerOf = (index: number, done: () => void): Dispatcher.DispatchHandler => ({
    onRequestStart: () => undefined,
    onResponseStart: (_controller, status) => {
      result.status[index] = status;
    },
    onResponseData: () => undefined,
    onResponseEnd: () => {
      result.answeredAt[index] = monotonicMs();
      if (result.status[index] === intake.acceptedStatus) accepted += 1;
      if (accepted === order.noticeAfterAccepted) post({ kind: "notice" });
      done();
    },
    onResponseError: () => {
      isGone = true;
      done();
    },
  });

  if (order.ratePerSecond === null) {
    const loop = async () => {
      while (mayGoOn()) await sendNext();
    };
    await Promise.all(Array.from({ length: order.connections }, loop));
  } else {
    const startedAt = monotonicMs();
    const underWay: Promise<void>[] = [];
    while (mayGoOn()) {
      const dueAt = startedAt + (next * 1_000) / order.ratePerSecond;
      const waitMs = dueAt - monotonicMs();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      result.lagMsMax = Math.max(result.lagMsMax, monotonicMs() - dueAt);
      underWay.push(sendNext());
    }
    await Promise.all(underWay);
  }
  await pool.destroy();
  return result;
}

const post = (message: LoadMessage) => parentPort!.postMessage(message);

post({ kind: "done", result: await run(workerData as LoadOrder) });
