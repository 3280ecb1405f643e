import { isUtf8 } from "node:buffer";
import type { Kysely } from "kysely";
import { z } from "zod";
import type { Database } from "../../migrations/tables.ts";
import { rawEventPage } from "../contract.ts";
import type { Cursors } from "../cursor.ts";
import { type ApiRoute, defineRoute } from "../route.ts";

/** What arrived, as it arrived: for Admins. */
const LIMIT_MAX = 100;
const LIMIT_DEFAULT = 20;

const query = z.strictObject({
  verdict: z.enum(["accepted", "unreadable"]).optional(),
  limit: z.coerce.number().int().min(1).max(LIMIT_MAX).optional(),
  cursor: z.string().max(500).optional(),
});

const position = z.tuple([z.iso.datetime(), z.string().regex(/^[0-9a-f]{64}$/)]);

export function rawEventRoutes({ db, cursors }: { db: Kysely<Database>; cursors: Cursors }): ApiRoute[] {
  return [
    defineRoute({
      method: "GET",
      path: "/api/v1/raw-events",
      right: "raw-events.read",
      summary: "Raw events, newest first",
      query,
      answer: { status: 200, schema: rawEventPage },
      handle: async ({ caller, query: { verdict, limit = LIMIT_DEFAULT, cursor } }) => {
        const binding = `raw-events ${verdict ?? ""} ${caller.person.id}`;
        const before = cursor === undefined ? null : position.parse(JSON.parse(cursors.read(cursor, binding)));
        const rows = await db
          .selectFrom("raw_event")
          .innerJoin("source", (join) =>
            join.onRef("source.team_id", "=", "raw_event.team_id").onRef("source.id", "=", "raw_event.source_id"),
          )
          .selectAll("raw_event")
          .select("source.name as source_name")
          .where("raw_event.team_id", "in", caller.teamIds)
          .$if(verdict !== undefined, (q) => q.where("verdict", "=", verdict!))
          .$if(before !== null, (q) =>
            q.where(({ eb, refTuple, tuple }) =>
              eb(refTuple("received_at", "digest"), "<", tuple(new Date(before![0]), Buffer.from(before![1], "hex"))),
            ),
          )
          .orderBy("received_at", "desc")
          .orderBy("digest", "desc")
          .limit(limit + 1)
          .execute();
        const shown = rows.slice(0, limit);
        const last = rows.length > limit ? shown.at(-1) : undefined;
        const next = last
          ? cursors.write(JSON.stringify([last.received_at.toISOString(), last.digest.toString("hex")]), binding)
          : undefined;
        return { events: shown.map(toRawEvent), ...(next === undefined ? {} : { next }) };
      },
    }),
  ];
}

function toRawEvent(row: {
  digest: Buffer;
  received_at: Date;
  last_received_at: Date;
  count: string;
  source_name: string;
  via: string;
  content_type: string | null;
  verdict: "accepted" | "unreadable";
  problem: string | null;
  alert_id: string | null;
  body: Buffer;
}) {
  const text = isUtf8(row.body) && !row.body.includes(0);
  return {
    id: row.digest.toString("hex"),
    receivedAt: row.received_at.toISOString(),
    lastReceivedAt: row.last_received_at.toISOString(),
    count: Number(row.count),
    source: row.source_name,
    via: row.via,
    contentType: row.content_type,
    bytes: row.body.length,
    verdict: row.verdict,
    problem: row.problem,
    alertId: row.alert_id,
    body: row.body.toString(text ? "utf8" : "base64"),
    encoding: text ? "utf8" : "base64",
  };
}
