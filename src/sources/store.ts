import type { Kysely } from "kysely";
import type { Database } from "../migrations/tables.ts";

/** A source's cursor and health. A source is one instance: one team's subscriptions. */
interface SourceKey {
  teamId: string;
  id: string;
}

export interface SourceStore {
  /** Azure's time up to which everything was read, epoch milliseconds; null = never read. */
  cursorOf(source: SourceKey): Promise<number | null>;
  succeeded(source: SourceKey, cursorAt: number | null, now: number): Promise<void>;
  failed(source: SourceKey, error: string, advice: string | null, now: number): Promise<void>;
  /** Notes that a push arrived; called at most once a few seconds. */
  pushed(source: SourceKey, now: number): Promise<void>;
}

export function createSourceStore(db: Kysely<Database>): SourceStore {
  const update = (source: SourceKey) =>
    db.updateTable("source").where("team_id", "=", source.teamId).where("id", "=", source.id);
  const cursorOf = async (source: SourceKey) => {
    const row = await db
      .selectFrom("source")
      .select("cursor_at")
      .where("team_id", "=", source.teamId)
      .where("id", "=", source.id)
      .executeTakeFirst();
    return row?.cursor_at?.getTime() ?? null;
  };
  const succeeded = async (source: SourceKey, cursorAt: number | null, now: number) => {
    const at = new Date(now);
    const health = { last_poll_at: at, last_success_at: at, last_error: null, last_advice: null };
    await update(source)
      .set({ ...health, ...(cursorAt === null ? {} : { cursor_at: new Date(cursorAt) }) })
      .execute();
  };
  const failed = async (source: SourceKey, error: string, advice: string | null, now: number) => {
    await update(source)
      .set({ last_poll_at: new Date(now), last_error: error, last_advice: advice })
      .execute();
  };
  const pushed = async (source: SourceKey, now: number) => {
    await update(source)
      .set({ last_push_at: new Date(now) })
      .execute();
  };
  return { cursorOf, succeeded, failed, pushed };
}
