import { randomBytes } from "node:crypto";
import { inject } from "vitest";
import type { Database } from "../../src/migrations/tables.ts";
import { openStore, type Store } from "../../src/platform/database/connect.ts";
import { TEMPLATE } from "./global-setup.ts";

export interface TestStore extends Store<Database> {
  /** Name of the database, for a second connection. */
  database: string;
}

/** A migrated database of the test's own, dropped by `close`. */
export async function createTestStore(connectionsMax = 6): Promise<TestStore> {
  const server = inject("databaseServer");
  const database = `test_${randomBytes(6).toString("hex")}`;
  const admin = openStore<unknown>({ ...server, database: "postgres" }, { connectionsMax: 1 });
  await admin.pool.query(`create database ${database} template ${TEMPLATE}`);
  const store = openStore<Database>({ ...server, database }, { connectionsMax });
  const close = async () => {
    await store.close();
    await admin.pool.query(`drop database ${database} with (force)`);
    await admin.close();
  };
  return { ...store, database, close };
}
