import { describe, expect, it } from "vitest";
import { filesBelow, importsOf, placesOf } from "./source-files.ts";

/**
 * Environment, time, network and SQL are touched in few places. Each exception stands here with its reason; one that is
 * no longer needed fails the test too, so that the lists stay true.
 */
const all = filesBelow("src", /\.(tsx?|js)$/);
const worker = all.filter(({ path }) => !/^src\/(portal|sandbox)\//.test(path));

/** Files that match and are not listed, and listed ones that no longer match. */
function compare(files: typeof all, matches: (file: (typeof all)[number]) => boolean, listed: Record<string, string>) {
  const found = new Set(files.filter(matches).map(({ path }) => path));
  return {
    unlisted: [...found].filter((path) => !(path in listed)),
    needless: Object.keys(listed).filter((path) => !found.has(path)),
  };
}
const NOTHING = { unlisted: [], needless: [] };

describe("the environment", () => {
  const READERS = {
    "src/worker.ts": "hands it to settings.ts",
    "src/doctor/doctor.ts": "hands it to settings.ts, and looks at proxy variables",
    "src/main.ts": "DEBUG=1 adds where an error was thrown",
    "src/sandbox/start.ts": "passes the caller's own variables on to the worker",
    "src/platform/database/embedded.ts": "PATH for the database server's programs",
  };
  it("is read by settings.ts alone, which is given it", () => {
    expect(compare(all, (file) => placesOf(file, /process\.env\b|\bDeno\.env\b/).length > 0, READERS)).toEqual(NOTHING);
  });
});

describe("time", () => {
  const CLOCK =
    /\bDate\.now\b|\bnew Date\(\)|\bset(Timeout|Interval)\(|\bperformance\.now\b|\bTemporal\.Now\b|timers\/promises/;
  const USERS = {
    "src/platform/clock.ts": "the clock itself",
    "src/platform/database/connect.ts": "waits for a starting server, before there is anything to decide",
    "src/platform/database/embedded.ts": "waits for the database server's process",
    "src/platform/database/keep-running.ts": "waits before it starts a dead database server again",
    "src/platform/http/guarded.ts": "cuts a connection that takes too long (W5)",
    "src/channels/outbox.ts": "waits for attempts under way when it stops",
    "src/api/routes/probes.ts": "keeps a health answer for a second of the machine's own time",
    "src/worker.ts": "ends a process that does not end",
  };
  it("comes from platform/clock.ts wherever something is decided", () => {
    expect(compare(worker, (file) => placesOf(file, CLOCK).length > 0, USERS)).toEqual(NOTHING);
  });

  it("and chance comes in from outside, so that a test can seed it", () => {
    const throwers = worker.filter((file) => placesOf(file, /\bMath\.random\b/).length > 0).map(({ path }) => path);
    expect(throwers).toEqual(["src/worker.ts"]);
  });
});

describe("the network (threats W1)", () => {
  const CLIENTS =
    /^(undici|web-push|openid-client|nodemailer|got|axios|node-fetch|ws|@azure\/(?!core-auth$).*|node:(http|https|http2|net|tls|dgram|dns|dns\/promises))$/;
  const USERS = {
    "src/platform/http/azure.ts": "the client for Azure: hosts from the settings",
    "src/platform/http/credential.ts": "tokens for that client",
    "src/platform/http/address-policy.ts": "knows addresses (isIP, BlockList), opens nothing",
    "src/platform/http/guarded-connector.ts": "resolves and checks every address",
    "src/platform/http/guarded.ts": "the client for hosts that users name",
    "src/channels/web-push/web-push.ts": "web-push encrypts and signs only; the guarded client sends",
    "src/api/auth/entra-sign-in.ts": "openid-client is given the fetch of platform/http",
  };
  const hasClient = (file: (typeof all)[number]) =>
    importsOf(file).some(({ to, isType }) => !isType && CLIENTS.test(to)) ||
    placesOf(file, /(?<![.\w])fetch\(/).length > 0;

  it("is reached through two clients in platform/http", () => {
    const listed = { ...USERS, "src/platform/http/entra-fetch.ts": "documents and keys of the configured authority" };
    expect(compare(worker, hasClient, listed)).toEqual(NOTHING);
  });

  it("is listened to by the API's server alone", () => {
    const servers = worker.filter((file) => importsOf(file).some(({ to, isType }) => to === "fastify" && !isType));
    expect(servers.map(({ path }) => path)).toEqual(["src/api/server.ts"]);
    expect(worker.filter((file) => placesOf(file, /\.listen\(/).length > 0).map(({ path }) => path)).toEqual([
      "src/app.ts",
    ]);
  });
});

describe("SQL", () => {
  const SQL = /\.(selectFrom|insertInto|updateTable|deleteFrom)\(|\b(pool|admin|client)\.query\b|\bsql(\.raw\(|`|<)/;
  const HOME = /(^|\/)store\.ts$|^src\/(migrations|platform\/database)\//;
  /** Readers beside a stage's store.ts. They may move into one; nothing that changes an alert may join them. */
  const OUTSIDE = {
    "src/configuration.ts": "reads the whole configuration as one snapshot",
    "src/bootstrap.ts": "writes the first rows of an empty store",
    "src/app.ts": "asks whether the source has a key before it adopts the setting's",
    "src/api/alert-view.ts": "the alert as lists and pages show it",
    "src/api/routes/health.ts": "figures of the health page",
    "src/api/routes/me.ts": "a person's own devices",
    "src/api/routes/probes.ts": "asks the database whether it answers",
    "src/api/routes/raw-events.ts": "what arrived, for administrators",
    "src/api/routes/receipts.ts": "notes that a phone has a message",
  };
  it("stands in store.ts, migrations and platform/database, and in the listed readers", () => {
    const found = compare(worker, (file) => !HOME.test(file.path) && placesOf(file, SQL).length > 0, OUTSIDE);
    expect(found).toEqual(NOTHING);
  });

  it("holds values as parameters only, never in its text (threats D1)", () => {
    const built = worker
      .filter(({ path }) => !(path in FIXED_TEXT))
      .flatMap((file) => interpolationsIn(file.text).map((place) => `${file.path}: ${place}`));
    expect(built).toEqual([]);
    for (const [path, allowed] of Object.entries(FIXED_TEXT)) {
      const file = worker.find((each) => each.path === path)!;
      expect([...new Set(interpolationsIn(file.text))].sort(), path).toEqual([...allowed].sort());
    }
  });
});

/** Constants of the file that may stand in the text of a statement; no value of a request or a row. */
const FIXED_TEXT: Record<string, string[]> = {
  "src/ingest/store.ts": [
    "BODIES",
    "FIRST_PUSH",
    "KNOWN_EXTRA",
    "unnestOf(0)",
    "unnestOf(1)",
    "unnestOf(2)",
    "unnestOf(3)",
    "unnestOf(4)",
  ],
  "src/channels/store.ts": ["CLAIM_ROWS_MAX"],
  "src/migrations/runtime-role.ts": [
    'APPEND_ONLY.join(", ")',
    'DELETABLE.join(", ")',
    "RUNTIME_ROLE",
    'exists.rows.length === 0 ? "create" : "alter"',
    "signIn",
  ],
  "src/store.ts": ["DATABASE"],
};

/** What is interpolated into untagged template texts that look like SQL. `sql` templates bind their values. */
function interpolationsIn(text: string): string[] {
  const statements = text.matchAll(
    /(?<![\w.>]|sql<[^`]{0,60}>)`(\s*(?:with|select|insert|update|delete|create|alter|grant|revoke|drop|\$\{exists)\b[^`]*|\$\{exists[^`]*)`/gi,
  );
  return [...statements]
    .filter(([, statement]) => /\b(select|insert into|update|delete from|create|role|grant|revoke)\b/i.test(statement!))
    .flatMap(([, statement]) => [...statement!.matchAll(/\$\{([^}]*)\}/g)].map(([, value]) => value!));
}
