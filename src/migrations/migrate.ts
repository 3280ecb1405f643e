import type { Kysely } from "kysely";
import { type Migration, type MigrationProvider, Migrator } from "kysely/migration";
import * as firstSlice from "./2026-11-24-first-slice.ts";
import type { Database } from "./tables.ts";

/** All migrations, dated and additive: the name is the order. */
const MIGRATIONS: Record<string, Migration> = { "2026-11-24-first-slice": firstSlice };

const provider: MigrationProvider = { getMigrations: async () => MIGRATIONS };

/** Names of the migrations that a database lacks. Changes nothing. */
export async function missingMigrations(db: Kysely<Database>): Promise<string[]> {
  const known = await new Migrator({ db, provider }).getMigrations();
  return known.filter(({ executedAt }) => executedAt === undefined).map(({ name }) => name);
}

/** Brings the schema to this version; several workers may start at once (Kysely locks). Throws with the step's name. */
export async function migrate(db: Kysely<Database>): Promise<string[]> {
  const { error, results } = await new Migrator({ db, provider }).migrateToLatest();
  const failed = results?.find((result) => result.status === "Error");
  if (error) throw new Error(`migrate the database${failed ? ` (${failed.migrationName})` : ""}`, { cause: error });
  return (results ?? []).map((result) => result.migrationName);
}
