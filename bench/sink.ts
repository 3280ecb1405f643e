import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { alertIdOf, type IdTag } from "./alert-ids.ts";
import { monotonicMs } from "./monotonic.ts";

/**
 * The receiver of notifications. It notes when an alert's id first arrived and how often it came, and answers 204 at
 * once; it checks nothing, so that it costs both systems alike and little.
 */
export interface Sink {
  url: string;
  /** First arrival, monotonic milliseconds; undefined = has not come. */
  arrivedAt(alertId: string): number | undefined;
  /** How often it came. */
  timesOf(alertId: string): number;
  /** How many of the first `count` ids of a load have come. */
  arrivedOf(tag: IdTag, count: number): number;
  /** Resolves when the first `count` ids have come, or nothing more came for `quietMs`. */
  waitFor(tag: IdTag, count: number, quietMs: number): Promise<void>;
  /** When anything last came. */
  lastArrivalAt(): number;
  close(): Promise<void>;
}

/** The alert ids that a notification speaks of. */
export type ReadIds = (body: unknown) => string[];

const LOOK_MS = 20;

export async function startSink(readIds: ReadIds): Promise<Sink> {
  const arrivals = new Map<string, { at: number; times: number }>();
  const perTag = new Map<IdTag, number>();
  let lastAt = monotonicMs();

  const note = (id: string, at: number) => {
    const known = arrivals.get(id);
    if (known) {
      known.times += 1;
      return;
    }
    arrivals.set(id, { at, times: 1 });
    const tag = id.slice(0, 8);
    perTag.set(tag, (perTag.get(tag) ?? 0) + 1);
  };
  const receive = (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      lastAt = monotonicMs();
      for (const id of readIds(JSON.parse(Buffer.concat(chunks).toString("utf8")))) note(id, lastAt);
      response.writeHead(204).end();
    });
  };

  const server = createServer({ keepAliveTimeout: 120_000 }, receive);
  await new Promise<void>((done, fail) => server.once("error", fail).listen(0, "127.0.0.1", () => done()));
  const { port } = server.address() as AddressInfo;

  const waitFor = async (tag: IdTag, count: number, quietMs: number) => {
    const from = monotonicMs();
    while ((perTag.get(tag) ?? 0) < count && monotonicMs() - Math.max(from, lastAt) < quietMs) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  };
  return {
    url: `http://127.0.0.1:${port}/hook`,
    arrivedAt: (id) => arrivals.get(id)?.at,
    timesOf: (id) => arrivals.get(id)?.times ?? 0,
    arrivedOf: (tag, count) => {
      let arrived = 0;
      for (let index = 0; index < count; index += 1) if (arrivals.has(alertIdOf(tag, index))) arrived += 1;
      return arrived;
    },
    waitFor,
    lastArrivalAt: () => lastAt,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}
