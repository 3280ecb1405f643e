import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AuditEntry, appendAudit, verifyAuditChain } from "../../../src/platform/database/audit.ts";
import { createTestStore, type TestStore } from "../../support/test-store.ts";
import { NOON_MS } from "../../unit/auth/entra-tokens.ts";

let store: TestStore;
beforeAll(async () => {
  store = await createTestStore(10);
});
afterAll(() => store.close());

const audit = () => store.db.$pickTables<"audit">();
const entry = (teamId: string, data: Record<string, unknown> = {}): AuditEntry => ({
  teamId,
  at: NOON_MS,
  actor: "somebody",
  action: "sign-in",
  target: "something",
  data,
});

/** What an attacker with the owner's rights could do: the trigger that refuses changes is switched off. */
async function tamper(statement: ReturnType<typeof sql>): Promise<void> {
  await sql`alter table audit disable trigger audit_append_only`.execute(store.db);
  await statement.execute(store.db);
  await sql`alter table audit enable trigger audit_append_only`.execute(store.db);
}

describe("the audit log (D3)", () => {
  it("chains entries per team, however many come at once", async () => {
    const [team, other] = [randomUUID(), randomUUID()];
    await Promise.all(
      Array.from({ length: 40 }, (_, at) => appendAudit(audit(), entry(at % 4 === 0 ? other : team, { at }))),
    );
    expect(await verifyAuditChain(audit(), team)).toMatchObject({ intact: true, entries: 30 });
    expect(await verifyAuditChain(audit(), other)).toMatchObject({ intact: true, entries: 10 });
    expect(await verifyAuditChain(audit(), randomUUID())).toMatchObject({ intact: true, entries: 0 });
  });

  it("verifies whatever JSON the entries hold", async () => {
    const team = randomUUID();
    const data = {
      z: 1,
      a: { "10": null, "9": [1.5, -0, 1e21, "ü"], b: true },
      gone: undefined,
      text: 'quote " and \\',
    };
    await appendAudit(audit(), entry(team, data));
    expect(await verifyAuditChain(audit(), team)).toMatchObject({ intact: true, entries: 1 });
  });

  it("is part of the caller's transaction when there is one", async () => {
    const team = randomUUID();
    const undone = store.db.transaction().execute(async (transaction) => {
      await appendAudit(transaction.$pickTables<"audit">(), entry(team));
      throw new Error("undone");
    });
    await expect(undone).rejects.toThrow("undone");
    expect(await verifyAuditChain(audit(), team)).toMatchObject({ entries: 0 });
  });

  it("refuses changes and deletions", async () => {
    await appendAudit(audit(), entry(randomUUID()));
    await expect(sql`update audit set actor = 'x'`.execute(store.db)).rejects.toThrow("append-only");
    await expect(sql`delete from audit`.execute(store.db)).rejects.toThrow("append-only");
  });

  it.each([
    [
      "an actor",
      "hash",
      (team: string) => sql`update audit set actor = 'other' where team_id = ${team} and sequence = 2`,
    ],
    [
      "one byte of the data",
      "hash",
      (team: string) => sql`update audit set data = '{"a": 2}' where team_id = ${team} and sequence = 2`,
    ],
    [
      "the time",
      "hash",
      (team: string) => sql`update audit set at = at + interval '1 ms' where team_id = ${team} and sequence = 2`,
    ],
    [
      "a hash",
      "previous-hash",
      (team: string) => sql`update audit set previous_hash = hash where team_id = ${team} and sequence = 2`,
    ],
    ["a missing entry", "sequence", (team: string) => sql`delete from audit where team_id = ${team} and sequence = 2`],
  ] as const)("shows %s that was changed past the trigger", async (_title, reason, change) => {
    const team = randomUUID();
    for (let at = 0; at < 3; at++) await appendAudit(audit(), entry(team, { a: 1 }));
    await tamper(change(team));
    expect(await verifyAuditChain(audit(), team)).toEqual({ intact: false, brokenAt: 2, reason });
  });
});
