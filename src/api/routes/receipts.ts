import type { FastifyInstance } from "fastify";
import { type Kysely, sql } from "kysely";
import type { Receipts } from "../../channels/receipt.ts";
import type { Database } from "../../migrations/tables.ts";
import type { Clock } from "../../platform/clock.ts";
import { ProblemError } from "../../platform/errors.ts";
import { receiptBody } from "../contract.ts";
import { checkJsonContentType } from "../guards/body-limits.ts";

/**
 * `POST /api/v1/receipts`: a phone says that it has a message, or that its alert was seen. The token is the credential
 * (the sign-in may have ended); it changes the two times of its own message, once each, and shows nothing.
 */
export function registerReceipts(
  app: FastifyInstance,
  { db, clock, receipts }: { db: Kysely<Database>; clock: Clock; receipts: Receipts },
): void {
  app.post("/api/v1/receipts", { config: { right: "public" } }, async (request, reply) => {
    checkJsonContentType(request.headers);
    const body = receiptBody.safeParse(request.body);
    if (!body.success) throw new ProblemError("bad-request", "Expected {token, event: received | seen}.");
    const message = receipts.read(body.data.token);
    if (!message) throw new ProblemError("not-found", "Nothing here by that name.");
    const now = new Date(clock.now());
    const seen = body.data.event === "seen";
    await db
      .updateTable("message")
      .set({
        received_at: sql<Date>`coalesce(received_at, ${now})`,
        ...(seen ? { seen_at: sql<Date>`coalesce(seen_at, ${now})` } : {}),
      })
      .where("team_id", "=", message.teamId)
      .where("id", "=", message.id)
      .execute();
    return reply.code(204).send();
  });
}
