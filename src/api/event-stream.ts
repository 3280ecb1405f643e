import type { FastifyInstance, FastifyRequest } from "fastify";
import type { AlertRow } from "../alert/store.ts";
import type { Configuration } from "../configuration.ts";
import type { Clock } from "../platform/clock.ts";
import { ProblemError } from "../platform/errors.ts";
import type { Logger } from "../platform/log.ts";
import type { AlertView } from "./alert-view.ts";
import type { Caller } from "./auth/rights.ts";
import type { AlertListItem } from "./contract.ts";
import { callerOf } from "./guards/access.ts";

/**
 * `GET /api/v1/events`: server-sent events (HTML Living Standard, section 9.2). `event: alert`, a rising `id`, `data` =
 * the alert's list item; a comment every 15 s as heartbeat; `Last-Event-ID` replays what changed since. Membership is
 * checked for each event; a stream ends with the session or token that opened it (threats B6).
 */
export interface EventStreams {
  register(app: FastifyInstance): void;
  /** Alerts that a commit changed or made. */
  announce(alerts: readonly { teamId: string; id: string }[]): void;
  /** Ends the streams of a session or token; an empty credential means all of the person's. */
  closeOf(who: { personId: string | null; credentialId: string }): void;
  close(): void;
}

export interface EventStreamOptions {
  view: AlertView;
  clock: Clock;
  log: Logger;
  configuration(): Configuration;
}

const HEARTBEAT_MS = 15_000;
/** Changes of a storm are gathered so long and read together. */
const GATHER_MS = 50;
const GATHER_MAX = 200;
const STREAMS_PER_PERSON_MAX = 5;
const REPLAY_MAX = 1_000;
/** A stream that does not take this much is ended; the browser connects anew and is told what it missed. */
const BUFFER_BYTES_MAX = 1_048_576;

interface Stream {
  caller: Caller;
  write(text: string): void;
  end(): void;
  lastId: number;
}

export function createEventStreams(options: EventStreamOptions): EventStreams {
  const { view, clock, log } = options;
  const streams = new Set<Stream>();
  const changed = new Map<string, Set<string>>();
  let gathering: (() => void) | null = null;
  let heartbeat: (() => void) | null = null;

  const announce = (alerts: readonly { teamId: string; id: string }[]) => {
    if (streams.size === 0) return;
    for (const { teamId, id } of alerts) {
      const ids = changed.get(teamId) ?? new Set();
      changed.set(teamId, ids.add(id));
    }
    gathering ??= clock.setTimer(clock.now() + GATHER_MS, flush);
  };

  const flush = () => {
    gathering = null;
    const batches = [...changed].map(([teamId, ids]) => ({ teamId, ids: [...ids] }));
    changed.clear();
    for (const { teamId, ids } of batches) {
      void sendAll(teamId, ids).catch((error: unknown) =>
        log.error({ error: String(error) }, "changes could not be streamed"),
      );
    }
  };

  const sendAll = async (teamId: string, ids: readonly string[]) => {
    for (let start = 0; start < ids.length; start += GATHER_MAX) {
      const rows = await view.rows([teamId], ids.slice(start, start + GATHER_MAX));
      rows.sort((a, b) => Number(a.change_id) - Number(b.change_id));
      const items = await view.items(rows);
      rows.forEach((row, index) => {
        for (const stream of streams) if (maySee(stream.caller, teamId)) send(stream, row, items[index]!);
      });
    }
  };

  const maySee = (caller: Caller, teamId: string) =>
    caller.role === "Admin" ||
    (caller.teamIds.includes(teamId) &&
      (options.configuration().team(teamId)?.members.includes(caller.person.id) ?? false));

  const send = (stream: Stream, row: AlertRow, item: AlertListItem) => {
    const id = Number(row.change_id);
    // Replayed and announced at the same moment: told already.
    if (id === stream.lastId) return;
    // Ids rise; a change that was overtaken on its way is sent without one.
    const idLine = id > stream.lastId ? `id: ${id}\n` : "";
    stream.lastId = Math.max(stream.lastId, id);
    stream.write(`event: alert\n${idLine}data: ${JSON.stringify(item)}\n\n`);
  };

  const beat = () => {
    for (const stream of streams) stream.write(": heartbeat\n\n");
    heartbeat = streams.size > 0 ? clock.setTimer(clock.now() + HEARTBEAT_MS, beat) : null;
  };

  /** Portion by portion, all of it; a stream that does not keep up is ended and goes on where it was. */
  const replay = async (stream: Stream, lastEventId: number) => {
    let afterId = lastEventId;
    let rows: AlertRow[];
    do {
      rows = await view.changedAfter(stream.caller.teamIds, afterId, REPLAY_MAX);
      const items = await view.items(rows);
      rows.forEach((row, index) => {
        send(stream, row, items[index]!);
      });
      afterId = Number(rows.at(-1)?.change_id ?? afterId);
    } while (rows.length === REPLAY_MAX && streams.has(stream));
  };

  const register = (app: FastifyInstance) => {
    app.get("/api/v1/events", { config: { right: "alerts.read" } }, async (request, reply) => {
      const caller = callerOf(request);
      const own = [...streams].filter((stream) => stream.caller.person.id === caller.person.id);
      if (own.length >= STREAMS_PER_PERSON_MAX) own[0]?.end();
      const lastEventId = readLastEventId(request);
      reply.hijack();
      const { raw } = reply;
      raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
      });
      const stream: Stream = {
        caller,
        lastId: lastEventId ?? 0,
        write: (text) => {
          if (raw.writableLength > BUFFER_BYTES_MAX) stream.end();
          else raw.write(text);
        },
        end: () => {
          streams.delete(stream);
          raw.end();
        },
      };
      raw.on("close", () => streams.delete(stream));
      raw.on("error", () => streams.delete(stream));
      raw.write("retry: 2000\n: connected\n\n");
      streams.add(stream);
      heartbeat ??= clock.setTimer(clock.now() + HEARTBEAT_MS, beat);
      if (lastEventId !== null)
        await replay(stream, lastEventId).catch((error: unknown) =>
          log.error({ error: String(error) }, "a stream could not be replayed"),
        );
    });
  };

  return {
    register,
    announce,
    closeOf: ({ personId, credentialId }) => {
      for (const stream of streams) {
        const { caller } = stream;
        if (credentialId === "" ? caller.person.id === personId : caller.credentialId === credentialId) stream.end();
      }
    },
    close: () => {
      heartbeat?.();
      gathering?.();
      for (const stream of streams) stream.end();
    },
  };
}

function readLastEventId(request: FastifyRequest): number | null {
  const text = request.headers["last-event-id"];
  if (text === undefined || text === "") return null;
  const id = Number(text);
  if (!Number.isSafeInteger(id) || id < 0) throw new ProblemError("bad-request", "Last-Event-ID is none of ours.");
  return id;
}
