import { createHash } from "node:crypto";
import { type Kysely, sql } from "kysely";
import type { Database } from "./tables.ts";

/**
 * The worker's own role (threats D2): it reads and writes rows, makes no tables, and cannot change or delete history.
 * Migrations run as the owner; the role is made and granted anew after each. On the embedded server it signs in by itself; on
 * a given one the user of DATABASE_URL takes it on.
 */
export const RUNTIME_ROLE = "watchbell_runtime";

/** History: to be appended to and read. */
const APPEND_ONLY = ["timeline", "audit"];
/** The only rows the worker itself deletes. */
const DELETABLE = ["session"];

/** Password of the role on the embedded server, from the owner's: one secret file is enough. */
export function runtimePassword(ownerPassword: string): string {
  return createHash("sha256").update(`${RUNTIME_ROLE}:${ownerPassword}`).digest("base64url");
}

/**
 * On a given server: makes the role, grants it, and lets the user of this connection take it on. Several workers may start
 * at once. Throws PostgreSQL's error when the user may not make roles.
 */
export async function adoptRuntimeRole(db: Kysely<Database>): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(${ROLE_LOCK})`.execute(tx);
    await grantRuntimeRole(tx, null);
    await sql.raw(`grant ${RUNTIME_ROLE} to current_user`).execute(tx);
  });
}

/** Any number that no other advisory lock of ours has. */
const ROLE_LOCK = 7_461_002;

/** Makes the role (with a password where it signs in by itself) and grants it what it needs, no more. */
export async function grantRuntimeRole(db: Kysely<Database>, password: string | null): Promise<void> {
  const run = (statement: string) => sql.raw(statement).execute(db);
  const exists = await sql`select 1 from pg_roles where rolname = ${RUNTIME_ROLE}`.execute(db);
  const secret = password !== null && /^[\w-]+$/.test(password) ? password : "";
  const signIn = password === null ? "nologin" : `login password '${secret}'`;
  await run(
    `${exists.rows.length === 0 ? "create" : "alter"} role ${RUNTIME_ROLE} nosuperuser nocreatedb nocreaterole ${signIn}`,
  );
  await run(`revoke all on schema public from public`);
  await run(`grant usage on schema public to ${RUNTIME_ROLE}`);
  await run(`grant select, insert, update on all tables in schema public to ${RUNTIME_ROLE}`);
  await run(`revoke update on ${APPEND_ONLY.join(", ")} from ${RUNTIME_ROLE}`);
  await run(`grant delete on ${DELETABLE.join(", ")} to ${RUNTIME_ROLE}`);
  await run(`grant usage on all sequences in schema public to ${RUNTIME_ROLE}`);
  await run(`revoke execute on function delete_expired(timestamptz) from public`);
  await run(`grant execute on function delete_expired(timestamptz) to ${RUNTIME_ROLE}`);
}
