import { setTimeout as delay } from "node:timers/promises";
import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";

/** Where the database is: a connection string (production) or the embedded server's socket. */
export type DatabaseAddress =
  | { connectionString: string; password?: () => Promise<string> }
  | { socketFolder: string; user: string; password: string; database: string };

/** The database as stages use it: typed queries by Kysely, and the pool itself for the hot path's prepared statements. */
export interface Store<Tables> {
  db: Kysely<Tables>;
  pool: pg.Pool;
  close(): Promise<void>;
}

/** How long a starting server may take to accept connections (crash recovery of the embedded one included). */
const READY_MS_MAX = 30_000;
/** A statement that runs longer is a bug or a lock; it is ended by the server. */
const STATEMENT_TIMEOUT_MS = 30_000;
/** "starting up", "shutting down", no such socket yet: worth another try while starting. */
const NOT_YET = new Set(["57P03", "ECONNREFUSED", "ENOENT"]);

const toConfig = (address: DatabaseAddress): pg.PoolConfig =>
  "connectionString" in address
    ? { connectionString: address.connectionString, ...(address.password ? { password: address.password } : {}) }
    : { host: address.socketFolder, user: address.user, password: address.password, database: address.database };

export interface PoolOptions {
  connectionsMax: number;
  /** Turns waiting for the disk off (measuring only). */
  asyncCommit?: boolean;
  /** Role that every connection takes on; the user must be a member. */
  role?: string;
  onIdleError?: (error: Error) => void;
}

function startUpOptions({ asyncCommit, role }: PoolOptions): { options?: string } {
  const settings = [
    ...(role === undefined ? [] : [`role=${role}`]),
    ...(asyncCommit ? ["synchronous_commit=off"] : []),
  ];
  return settings.length === 0 ? {} : { options: settings.map((setting) => `-c ${setting}`).join(" ") };
}

/** Opens a pool. Nothing is connected yet. */
export function openStore<Tables>(address: DatabaseAddress, options: PoolOptions): Store<Tables> {
  const pool = new pg.Pool({
    ...toConfig(address),
    max: options.connectionsMax,
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    application_name: "watchbell",
    ...startUpOptions(options),
  });
  let closing = false;
  pool.on("error", (error) => {
    if (!closing) options.onIdleError?.(error);
  });
  // The pool listens to idle connections only. One that is lost while a transaction holds it, between two queries, would
  // otherwise end the process; the transaction's next query fails and says so.
  pool.on("connect", (client) => client.on("error", () => {}));
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  const close = () => {
    closing = true;
    return db.destroy();
  };
  return { db, pool, close };
}

/** Waits until the server answers; throws the last refusal after `READY_MS_MAX`. */
export async function waitForStore(store: Pick<Store<unknown>, "pool">): Promise<void> {
  for (let waited = 0; ; waited += 100) {
    try {
      await store.pool.query("select 1");
      return;
    } catch (error) {
      const code = (error as { code?: string }).code ?? "";
      if (!NOT_YET.has(code) || waited >= READY_MS_MAX) throw new Error("reach the database", { cause: error });
      await delay(100);
    }
  }
}
