import { randomUUID } from "node:crypto";
import type { Caller } from "../../../src/api/auth/rights.ts";
import type { Role } from "../../../src/api/contract.ts";
import { createVirtualClock, type VirtualClock } from "../../../src/platform/clock.ts";
import { createIds } from "../../../src/platform/ids.ts";
import { createLogger } from "../../../src/platform/log.ts";
import { createTestStore, type TestStore } from "../../support/test-store.ts";
import { NOON_MS, TENANT } from "../../unit/auth/entra-tokens.ts";

/** A store with two teams, for tests of authentication. */
export interface AuthWorld {
  store: TestStore;
  clock: VirtualClock;
  /** What the parts under test are made of. */
  parts: {
    db: TestStore["db"];
    clock: VirtualClock;
    ids: ReturnType<typeof createIds>;
    log: ReturnType<typeof createLogger>;
  };
  teamId: string;
  otherTeamId: string;
  /** A person of the first team. */
  addPerson(role: Role | null): Promise<{ id: string; objectId: string }>;
  callerFor(personId: string, role: Role): Caller;
  /** Actions of the first team's audit log, oldest first. */
  audited(): Promise<string[]>;
}

export async function createAuthWorld(): Promise<AuthWorld> {
  const store = await createTestStore();
  const clock = createVirtualClock(NOON_MS);
  const { db } = store;
  const [teamId, otherTeamId] = [randomUUID(), randomUUID()];
  const created_at = new Date(NOON_MS);
  await db
    .insertInto("team")
    .values([
      { id: teamId, name: "Operations", created_at },
      { id: otherTeamId, name: "Security", created_at },
    ])
    .execute();
  const addPerson: AuthWorld["addPerson"] = async (role) => {
    const [id, objectId] = [randomUUID(), randomUUID()];
    const row = { id, tenant_id: TENANT, object_id: objectId, name: `Person ${id.slice(0, 4)}`, created_at };
    await db
      .insertInto("person")
      .values({ ...row, role, role_read_at: role === null ? null : created_at })
      .execute();
    await db.insertInto("team_member").values({ team_id: teamId, person_id: id, created_at }).execute();
    return { id, objectId };
  };
  const callerFor: AuthWorld["callerFor"] = (personId, role) => ({
    person: { id: personId, name: "Person" },
    role,
    teamIds: [teamId],
    via: "session",
    signedInAt: clock.now(),
    credentialId: "session",
  });
  const audited: AuthWorld["audited"] = async () => {
    const rows = await db
      .selectFrom("audit")
      .select("action")
      .where("team_id", "=", teamId)
      .orderBy("sequence")
      .execute();
    return rows.map((row) => row.action);
  };
  const parts = { db, clock, ids: createIds(), log: createLogger("silent") };
  return { store, clock, parts, teamId, otherTeamId, addPerson, callerFor, audited };
}
