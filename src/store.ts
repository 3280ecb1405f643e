import { migrate } from "./migrations/migrate.ts";
import { adoptRuntimeRole, grantRuntimeRole, RUNTIME_ROLE, runtimePassword } from "./migrations/runtime-role.ts";
import type { Database } from "./migrations/tables.ts";
import { type DatabaseAddress, openStore, type Store, waitForStore } from "./platform/database/connect.ts";
import type { Logger } from "./platform/log.ts";
import type { Settings } from "./settings.ts";

/**
 * Opens the worker's store: the database of DATABASE_URL, or the embedded server in the data folder; brought to this
 * version's schema. The answer's `stop` closes the pool and ends the embedded server.
 */
export interface OpenedStore {
  store: Store<Database>;
  stop(): Promise<void>;
}

const DATABASE = "watchbell";

export interface StoreTools {
  log: Logger;
  /** Token of the managed identity for the database, with `database.entraAuth`. */
  databaseToken?: () => Promise<string>;
}

export async function openWorkerStore(settings: Settings, tools: StoreTools): Promise<OpenedStore> {
  const url = settings["database.url"];
  return url === undefined ? openEmbedded(settings, tools) : openGiven(url.reveal(), settings, tools);
}

const poolOptions = (settings: Settings, log: Logger) => ({
  connectionsMax: settings["database.pool"],
  asyncCommit: settings["database.asyncCommit"],
  onIdleError: (error: Error) => log.warn({ error: error.message }, "a database connection was lost"),
});

async function openGiven(
  connectionString: string,
  settings: Settings,
  { log, databaseToken }: StoreTools,
): Promise<OpenedStore> {
  const password = settings["database.entraAuth"] ? databaseToken : undefined;
  const address = { connectionString, ...(password ? { password } : {}) };
  const owner = openStore<Database>(address, { connectionsMax: 2 });
  let limited: boolean;
  try {
    await waitForStore(owner);
    await migrate(owner.db);
    limited = await limitRights(owner, log);
  } finally {
    await owner.close();
  }
  const role = limited ? { role: RUNTIME_ROLE } : {};
  const store = openStore<Database>(address, { ...poolOptions(settings, log), ...role });
  return { store, stop: store.close };
}

/** The worker gives up what only migrations need (threats D2). A user who may not make roles keeps its own rights. */
async function limitRights(owner: Store<Database>, log: Logger): Promise<boolean> {
  try {
    await adoptRuntimeRole(owner.db);
    return true;
  } catch (error) {
    const advice = `Let the database's administrator make the role ${RUNTIME_ROLE}, or accept that the worker may alter tables.`;
    log.warn({ error: String(error), advice }, "the worker keeps the rights of its database user");
    return false;
  }
}

/** The embedded server is loaded on demand: the image does not hold it. */
async function openEmbedded(settings: Settings, { log }: StoreTools): Promise<OpenedStore> {
  const { startEmbeddedServer } = await import("./platform/database/embedded.ts");
  const server = await startEmbeddedServer(settings["data.folder"], {}, (event) => {
    if (event.kind === "ended") log.error({ how: event.how }, "the database server died; it is started anew");
    else if (event.kind === "failed") log.error({ error: String(event.error) }, "the database server does not start");
    else log.warn("the database server runs again");
  });
  const address = { socketFolder: server.socketFolder, user: server.user, password: server.password };
  try {
    await prepare(address, runtimePassword(server.password));
    const store = openStore<Database>(runtimeAddress(server), poolOptions(settings, log));
    const stop = async () => {
      await store.close();
      await server.stop();
    };
    return { store, stop };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** Where the worker itself connects on an embedded server: as the runtime role, not as the owner (threats D2). */
export function runtimeAddress({
  socketFolder,
  password,
}: {
  socketFolder: string;
  password: string;
}): DatabaseAddress {
  return { socketFolder, user: RUNTIME_ROLE, password: runtimePassword(password), database: DATABASE };
}

/** As the owner: the database, its schema, and the role that the worker runs as. */
async function prepare(
  address: { socketFolder: string; user: string; password: string },
  password: string,
): Promise<void> {
  const admin = openStore<unknown>({ ...address, database: "postgres" }, { connectionsMax: 1 });
  try {
    await waitForStore(admin);
    const found = await admin.pool.query("select 1 from pg_database where datname = $1", [DATABASE]);
    if (found.rowCount === 0) await admin.pool.query(`create database ${DATABASE}`);
  } finally {
    await admin.close();
  }
  const owner = openStore<Database>({ ...address, database: DATABASE }, { connectionsMax: 2 });
  try {
    await migrate(owner.db);
    await grantRuntimeRole(owner.db, password);
  } finally {
    await owner.close();
  }
}
