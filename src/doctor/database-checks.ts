import { missingMigrations } from "../migrations/migrate.ts";
import type { Database } from "../migrations/tables.ts";
import { type DatabaseAddress, openStore, type Store } from "../platform/database/connect.ts";
import { bounded, type CheckResult, type Explanation, lineOf, runCheck } from "./check.ts";
import { explainNetwork } from "./network-failure.ts";
import { lastEntraPush, readServerFacts, type ServerFacts } from "./store.ts";

/** The database as the worker reaches it. Nothing is started, made or changed. */

export interface DatabaseOptions {
  /** Undefined: none is given, and no server runs in the data folder. */
  address: DatabaseAddress | undefined;
  dataFolder: string;
  boundMs: number;
}

/** PostgreSQL 16 (settings: `database.url`). */
const VERSION_NUMBER_MIN = 160_000;

const lines = {
  server: lineOf("database", "Database"),
  schema: lineOf("database-schema", "Database schema"),
  role: lineOf("database-role", "Database role"),
  tls: lineOf("database-tls", "Database connection"),
  grant: lineOf("azure-monitor-grant", "Azure Monitor's right to push"),
};

export async function checkDatabase({ address, dataFolder, boundMs }: DatabaseOptions): Promise<CheckResult[]> {
  if (address === undefined) {
    const finding = `DATABASE_URL is not set and no server runs in ${dataFolder}: it starts with the worker`;
    const advice = "Run the doctor beside a running worker, or set DATABASE_URL to a PostgreSQL 16 or later";
    return [lines.server.warn(finding, advice), ...skipFrom("no database runs")];
  }
  const store = openStore<Database>(address, { connectionsMax: 2 });
  try {
    return await checkStore(store, boundMs);
  } finally {
    // A server that does not answer would keep us waiting here too.
    await bounded(boundMs, () => store.close()).catch(() => undefined);
  }
}

const skipFrom = (because: string) =>
  [lines.schema, lines.role, lines.tls, lines.grant].map((line) => line.notChecked(because));

async function checkStore({ db }: Store<Database>, boundMs: number): Promise<CheckResult[]> {
  let facts: ServerFacts;
  try {
    facts = await bounded(boundMs, () => readServerFacts(db));
  } catch (error) {
    const { finding, advice } = explainDatabase(error);
    return [lines.server.fail(finding, advice), ...skipFrom("the database cannot be reached")];
  }
  const schema = await runCheck(
    lines.schema,
    boundMs,
    async () => judgeSchema(await missingMigrations(db)),
    explainDatabase,
  );
  const grant =
    schema.status === "ok"
      ? await runCheck(lines.grant, boundMs, async () => judgeGrant(await lastEntraPush(db)), explainDatabase)
      : lines.grant.notChecked("the database's schema is not up to date");
  return [judgeServer(facts), schema, judgeRole(facts), judgeTls(facts), grant];
}

function judgeServer({ versionNumber }: ServerFacts): CheckResult {
  const version = `PostgreSQL ${Math.floor(versionNumber / 10_000)}.${versionNumber % 10_000}`;
  if (versionNumber >= VERSION_NUMBER_MIN) return lines.server.ok(version);
  return lines.server.fail(`${version} is too old`, "Upgrade the server to PostgreSQL 16 or later");
}

function judgeSchema(missing: readonly string[]): CheckResult {
  if (missing.length === 0) return lines.schema.ok("up to date");
  const advice = "Start the worker of this version: it brings the schema up to date (its role must own the tables)";
  return lines.schema.fail(`these migrations are missing: ${missing.join(", ")}`, advice);
}

/** Threats D2. */
function judgeRole({ role, isSuperuser }: ServerFacts): CheckResult {
  if (!isSuperuser) return lines.role.ok(`${role} is no superuser`);
  return lines.role.warn(
    `${role} is a superuser`,
    "Give the worker a role of its own without that right (docs/deploy.md)",
  );
}

/** Threats D2. */
function judgeTls({ via, isEncrypted }: ServerFacts): CheckResult {
  if (isEncrypted) return lines.tls.ok("TLS");
  if (via !== "network") return lines.tls.ok(via === "socket" ? "a Unix socket" : "this machine only");
  return lines.tls.warn("not encrypted", "Add sslmode=verify-full to DATABASE_URL");
}

/**
 * Whether Azure Monitor holds the role `ActionGroupsSecureWebhook` can only be read with rights in Graph that the worker
 * does not have: a push that was accepted with it is the proof.
 */
function judgeGrant(lastPush: Date | null): CheckResult {
  if (lastPush !== null) return lines.grant.ok(`a push signed by Entra was accepted at ${lastPush.toISOString()}`);
  const advice =
    "Send one: Azure portal > Monitor > Action groups > Test. If nothing arrives, give “Azns AAD Webhook” the app role ActionGroupsSecureWebhook of the daemon's registration (deploy again does it)";
  return lines.grant.warn("no push signed by Entra has arrived yet, and the worker may not read grants", advice);
}

/** By SQLSTATE (PostgreSQL, appendix A). */
const REFUSALS: Readonly<Record<string, Explanation>> = {
  "28P01": { finding: "the password is refused", advice: "Check user and password in DATABASE_URL" },
  "28000": {
    finding: "the server does not let this user in from here",
    advice: "Check the user in DATABASE_URL, and pg_hba.conf or the server's firewall and TLS rules",
  },
  "3D000": { finding: "the database does not exist", advice: "Make it, or correct its name in DATABASE_URL" },
  "42501": { finding: "the role may not read the tables", advice: "Grant them to the worker's role (docs/deploy.md)" },
  "53300": {
    finding: "the server has no connection free",
    advice: "Lower WATCHBELL_DATABASE_POOL, or raise max_connections",
  },
  "57P03": { finding: "the server is starting or stopping", advice: "Run the doctor again in a minute" },
};

function explainDatabase(error: unknown): Explanation {
  const { code } = error as { code?: unknown };
  const known = typeof code === "string" && Object.hasOwn(REFUSALS, code) ? REFUSALS[code] : undefined;
  if (known !== undefined) return known;
  const network = explainNetwork(error);
  if (network !== undefined) return network;
  const finding = error instanceof Error ? error.message : String(error);
  return { finding, advice: "Check DATABASE_URL and that the server accepts connections from here" };
}
