import { type Kysely, sql } from "kysely";
import type { Database } from "./tables.ts";

/** Deletes closed alerts and raw events received before `beforeMs` (epoch milliseconds), in portions. Answers how many alerts. */
export async function deleteExpired(db: Kysely<Database>, beforeMs: number): Promise<number> {
  const answer = await sql<{ gone: string }>`select delete_expired(${new Date(beforeMs)}) as gone`.execute(db);
  return Number(answer.rows[0]?.gone ?? 0);
}
