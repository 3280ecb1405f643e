import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { migrate } from "../../src/migrations/migrate.ts";
import type { Database } from "../../src/migrations/tables.ts";
import { openStore, waitForStore } from "../../src/platform/database/connect.ts";
import { startEmbeddedServer } from "../../src/platform/database/embedded.ts";

declare module "vitest" {
  export interface ProvidedContext {
    databaseServer: { socketFolder: string; user: string; password: string };
  }
}

/** The template that every test's database is copied from. */
export const TEMPLATE = "watchbell_template";

/** One PostgreSQL server for the whole run; each test file makes its own database on it (test-store.ts). */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), "watchbell-test-"));
  // The server runs as another user when the tests run as root: that user must be able to enter.
  chmodSync(folder, 0o755);
  const server = await startEmbeddedServer(folder, { fsync: "off" });
  const address = { socketFolder: server.socketFolder, user: server.user, password: server.password };
  const admin = openStore<unknown>({ ...address, database: "postgres" }, { connectionsMax: 2 });
  await waitForStore(admin);
  await admin.pool.query(`create database ${TEMPLATE}`);
  await admin.close();
  const template = openStore<Database>({ ...address, database: TEMPLATE }, { connectionsMax: 2 });
  await migrate(template.db);
  await template.close();
  project.provide("databaseServer", address);
  return async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}
