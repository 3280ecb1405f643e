import { type Kysely, sql } from "kysely";
import type { Database } from "../migrations/tables.ts";

/** What the doctor reads of the database; it writes nothing. */
export interface ServerFacts {
  /** `server_version_num`, for example 180001. */
  versionNumber: number;
  role: string;
  isSuperuser: boolean;
  /** How this connection came: a Unix socket, the same machine, or the network. */
  via: "socket" | "loopback" | "network";
  isEncrypted: boolean;
}

export async function readServerFacts(db: Kysely<Database>): Promise<ServerFacts> {
  const { rows } = await sql<{
    version: number;
    role: string;
    superuser: boolean;
    client: string | null;
    ssl: boolean;
  }>`
    select current_setting('server_version_num')::int as version, current_user as role, r.rolsuper as superuser,
           host(inet_client_addr()) as client, coalesce(s.ssl, false) as ssl
    from pg_roles r left join pg_stat_ssl s on s.pid = pg_backend_pid()
    where r.rolname = current_user`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error("the database does not say who is connected");
  const via = row.client === null ? "socket" : isLoopback(row.client) ? "loopback" : "network";
  return {
    versionNumber: row.version,
    role: row.role,
    isSuperuser: row.superuser,
    via,
    isEncrypted: row.ssl,
  };
}

const isLoopback = (address: string) => address === "::1" || address.startsWith("127.");

/** When the last push signed by Entra was accepted, in any team; null = none is kept. */
export async function lastEntraPush(db: Kysely<Database>): Promise<Date | null> {
  const teams = await db.selectFrom("team").select("id").execute();
  if (teams.length === 0) return null;
  const row = await db
    .selectFrom("raw_event")
    .select(sql<Date | null>`max(last_received_at)`.as("at"))
    .where(
      "team_id",
      "in",
      teams.map(({ id }) => id),
    )
    .where("via", "=", "entra")
    .executeTakeFirst();
  return row?.at ?? null;
}
