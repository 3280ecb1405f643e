import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { createLogger } from "../../src/platform/log.ts";
import { readSettings } from "../../src/settings.ts";
import { type OpenedStore, openWorkerStore } from "../../src/store.ts";
import { createTestStore, type TestStore } from "../support/test-store.ts";

let owner: TestStore;
let opened: OpenedStore;
beforeAll(async () => {
  owner = await createTestStore();
  const { socketFolder, user, password } = inject("databaseServer");
  const url = `postgres://${user}:${encodeURIComponent(password)}@/${owner.database}?host=${encodeURIComponent(socketFolder)}`;
  const settings = readSettings({
    WATCHBELL_PUBLIC_URL: "https://watchbell.example",
    WATCHBELL_ENTRA_TENANT_ID: randomUUID(),
    WATCHBELL_ENTRA_CLIENT_ID: randomUUID(),
    WATCHBELL_ENTRA_PORTAL_CLIENT_ID: randomUUID(),
    DATABASE_URL: url,
  });
  opened = await openWorkerStore(settings, { log: createLogger("silent") });
});
afterAll(async () => {
  await opened.stop();
  await owner.close();
});

const run = (statement: string) => opened.store.pool.query(statement);

describe("the worker on a given database (threats D2, D3)", () => {
  it("runs as the role that holds rows and nothing else", async () => {
    expect((await run("select current_user as role")).rows).toEqual([{ role: "watchbell_runtime" }]);
    await run(`insert into team (id, name, created_at) values ('${randomUUID()}', 'Operations', now())`);
    expect((await run("select name from team")).rows).toEqual([{ name: "Operations" }]);
  });

  it.each([
    ["make a table", "create table loot (id int)"],
    ["alter a table", "alter table alert add column loot int"],
    ["drop a table", "drop table alert"],
    ["delete alerts", "delete from alert"],
    ["change history", "update timeline set text = 'x'"],
    ["delete history", "delete from timeline"],
    ["switch the trigger off", "alter table timeline disable trigger all"],
    ["read passwords", "select * from pg_authid"],
  ])("cannot %s", async (_what, statement) => {
    await expect(run(statement)).rejects.toThrow(/permission denied|must be owner/);
  });

  it("can let retention run, and only beyond a day", async () => {
    expect((await run("select delete_expired(now() - interval '90 days') as gone")).rows).toEqual([{ gone: "0" }]);
    await expect(run("select delete_expired(now())")).rejects.toThrow("at least one day");
  });
});
