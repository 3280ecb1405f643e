import { randomBytes, randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { checkDatabase } from "../../../src/doctor/database-checks.ts";
import { type DatabaseAddress, openStore } from "../../../src/platform/database/connect.ts";
import { createTestStore, type TestStore } from "../../support/test-store.ts";
import { byId, failedOf } from "./doctor-sandbox.ts";

const server = inject("databaseServer");
const check = (address: DatabaseAddress | undefined, boundMs = 10_000) =>
  checkDatabase({ address, dataFolder: "data", boundMs });

let store: TestStore;
beforeEach(async () => {
  store = await createTestStore(2);
});
afterEach(() => store.close());

const admin = () => openStore<unknown>({ ...server, database: store.database }, { connectionsMax: 1 });

test("A database of this version passes, and a superuser is warned of (D2).", async () => {
  const results = await check({ ...server, database: store.database });
  expect(failedOf(results)).toEqual([]);
  expect(byId(results).get("database")?.finding).toMatch(/^PostgreSQL 1[6-9]\.\d+$/);
  expect(byId(results).get("database-schema")?.finding).toBe("up to date");
  expect(byId(results).get("database-role")).toMatchObject({ status: "warn", finding: "watchbell is a superuser" });
  expect(byId(results).get("database-tls")).toMatchObject({ status: "ok", finding: "a Unix socket" });
});

test("Migrations that are missing are named.", async () => {
  const database = `empty_${randomBytes(6).toString("hex")}`;
  const connection = admin();
  await connection.pool.query(`create database ${database}`);
  const results = await check({ ...server, database });
  await connection.pool.query(`drop database ${database} with (force)`);
  await connection.close();
  expect(failedOf(results)).toEqual(["database-schema"]);
  expect(byId(results).get("database-schema")?.finding).toContain("2026-11-24-first-slice");
  expect(byId(results).get("azure-monitor-grant")?.finding).toMatch(/^not checked because/);
});

test("A role without the superuser's right passes.", async () => {
  const role = `reader_${randomBytes(6).toString("hex")}`;
  const connection = admin();
  await connection.pool.query(`create role ${role} login password 'p'`);
  await connection.pool.query(`grant select on all tables in schema public to ${role}`);
  const results = await check({ ...server, user: role, password: "p", database: store.database });
  await connection.pool.query(`drop owned by ${role}`);
  await connection.pool.query(`drop role ${role}`);
  await connection.close();
  expect(failedOf(results)).toEqual([]);
  expect(byId(results).get("database-role")?.status).toBe("ok");
});

test("Azure Monitor's grant is proved by a push that Entra signed, and by no other.", async () => {
  expect(byId(await check({ ...server, database: store.database })).get("azure-monitor-grant")).toMatchObject({
    status: "warn",
    advice: expect.stringContaining("ActionGroupsSecureWebhook"),
  });
  const connection = admin();
  const at = "2026-11-24T10:00:00.000Z";
  const teamId = randomUUID();
  await connection.pool.query("insert into team (id, name, created_at) values ($1, 'Team', now())", [teamId]);
  const insert = (via: string) =>
    connection.pool.query(
      `insert into raw_event (team_id, digest, source_id, via, verdict, count, received_at, last_received_at, body)
       values ($1, $2, $3, $4, 'accepted', 1, $5, $5, '')`,
      [teamId, randomBytes(32), randomUUID(), via, at],
    );
  await insert("key");
  expect(byId(await check({ ...server, database: store.database })).get("azure-monitor-grant")?.status).toBe("warn");
  await insert("entra");
  expect(byId(await check({ ...server, database: store.database })).get("azure-monitor-grant")).toMatchObject({
    status: "ok",
    finding: `a push signed by Entra was accepted at ${at}`,
  });
  await connection.close();
});

test.each([
  ["a wrong password", { password: "wrong" }, /the password is refused/],
  ["a database that does not exist", { database: "absent" }, /the database does not exist/],
])("The server's refusal of %s becomes advice, and the rest is not checked.", async (_, change, finding) => {
  const results = await check({ ...server, database: store.database, ...change });
  expect(failedOf(results)).toEqual(["database"]);
  expect(byId(results).get("database")?.finding).toMatch(finding);
  expect(byId(results).get("database-schema")?.finding).toBe("not checked because the database cannot be reached");
});

test("A server that does not run is told, and no password with it.", async () => {
  const results = await check({ connectionString: "postgres://user:canary-password@127.0.0.1:9/watchbell" });
  expect(byId(results).get("database")?.finding).toContain("ECONNREFUSED");
  expect(JSON.stringify(results)).not.toContain("canary");
});

test("Without an address nothing is started: the database starts with the worker.", async () => {
  const results = await check(undefined);
  expect(results.map(({ status }) => status)).toEqual(["warn", "warn", "warn", "warn", "warn"]);
  expect(results[0]?.finding).toContain("it starts with the worker");
});
