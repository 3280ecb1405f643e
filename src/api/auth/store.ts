import type { Kysely } from "kysely";
import type { PersonRef } from "../../alert/alert.ts";
import type { Database } from "../../migrations/tables.ts";

/**
 * SQL of people, sessions, API tokens and source keys. Digests only: no cookie, token or key is stored. Instants are
 * `Date`. People, sessions and API tokens are reference tables without a team; source keys are read for all teams at
 * once, because the key is what names the team.
 */
type Db = Kysely<Database>;

/** A person with the role of the last sign-in and their teams. */
export interface PersonStanding {
  person: PersonRef;
  /** Entra's object id. */
  objectId: string;
  role: string | null;
  teamIds: string[];
}

export interface SignedInPerson {
  /** Id to use if the person is new. */
  id: string;
  tenantId: string;
  objectId: string;
  name: string;
  role: string | null;
}

/** Inserts or updates the person of (tenant, object id) and gives their id. */
export async function upsertPerson(db: Db, person: SignedInPerson, now: Date): Promise<string> {
  const { id, tenantId, objectId, name, role } = person;
  const row = await db
    .insertInto("person")
    .values({ id, tenant_id: tenantId, object_id: objectId, name, role, role_read_at: now, created_at: now })
    .onConflict((conflict) =>
      conflict.columns(["tenant_id", "object_id"]).doUpdateSet({ name, role, role_read_at: now }),
    )
    .returning("id")
    .executeTakeFirstOrThrow();
  return row.id;
}

/** Joins `teamId` unless the person already is in a team. */
export async function joinFirstTeam(db: Db, personId: string, teamId: string, now: Date): Promise<void> {
  const values = db
    .selectFrom("person")
    .select((eb) => [
      eb.val(teamId).$castTo<string>().as("team_id"),
      "person.id as person_id",
      eb.val(now).as("created_at"),
    ])
    .where("person.id", "=", personId)
    .where((eb) =>
      eb.not(eb.exists(eb.selectFrom("team_member").select("team_id").where("team_member.person_id", "=", personId))),
    );
  await db
    .insertInto("team_member")
    .columns(["team_id", "person_id", "created_at"])
    .expression(values)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export async function setPersonRole(db: Db, personId: string, role: string, now: Date): Promise<void> {
  await db.updateTable("person").set({ role, role_read_at: now }).where("id", "=", personId).execute();
}

export async function readStanding(db: Db, personId: string): Promise<PersonStanding | undefined> {
  const person = await db
    .selectFrom("person")
    .select(["id", "name", "object_id", "role"])
    .where("id", "=", personId)
    .executeTakeFirst();
  if (!person) return undefined;
  const teams = await db.selectFrom("team_member").select("team_id").where("person_id", "=", personId).execute();
  return {
    person: { id: person.id, name: person.name },
    objectId: person.object_id,
    role: person.role,
    teamIds: teams.map((team) => team.team_id),
  };
}

export async function readAllTeamIds(db: Db): Promise<string[]> {
  return (await db.selectFrom("team").select("id").orderBy("id").execute()).map((team) => team.id);
}

export interface SessionRow {
  digest: Buffer;
  person_id: string;
  role: string;
  label: string;
  created_at: Date;
  last_used_at: Date;
  role_read_at: Date;
  ends_at: Date;
  refresh_token: Buffer | null;
}

export async function insertSession(db: Db, row: SessionRow): Promise<void> {
  await db.insertInto("session").values(row).execute();
}

export function findSession(db: Db, digest: Buffer): Promise<SessionRow | undefined> {
  return db.selectFrom("session").selectAll().where("digest", "=", digest).executeTakeFirst();
}

export async function touchSession(db: Db, digest: Buffer, now: Date): Promise<void> {
  await db.updateTable("session").set({ last_used_at: now }).where("digest", "=", digest).execute();
}

export async function renewSession(
  db: Db,
  digest: Buffer,
  change: { role: string; role_read_at: Date; refresh_token?: Buffer },
): Promise<void> {
  await db.updateTable("session").set(change).where("digest", "=", digest).execute();
}

/** Sessions of a person, newest use first. */
export function listSessions(db: Db, personId: string): Promise<SessionRow[]> {
  return db
    .selectFrom("session")
    .selectAll()
    .where("person_id", "=", personId)
    .orderBy("last_used_at", "desc")
    .limit(200)
    .execute();
}

/** Deletes and says how many. */
export async function deleteSession(db: Db, digest: Buffer): Promise<number> {
  const result = await db.deleteFrom("session").where("digest", "=", digest).executeTakeFirst();
  return Number(result.numDeletedRows);
}

export async function deleteSessionsOf(db: Db, personId: string): Promise<number> {
  const result = await db.deleteFrom("session").where("person_id", "=", personId).executeTakeFirst();
  return Number(result.numDeletedRows);
}

/** Housekeeping: sessions past their end, or unused since `idleSince`. */
export async function deleteEndedSessions(db: Db, now: Date, idleSince: Date): Promise<number> {
  const result = await db
    .deleteFrom("session")
    .where((eb) => eb.or([eb("ends_at", "<=", now), eb("last_used_at", "<=", idleSince)]))
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}

export interface ApiTokenRow {
  id: string;
  digest: Buffer;
  person_id: string;
  name: string;
  role: string;
  team_id: string | null;
  created_at: Date;
  expires_at: Date;
  last_used_at: Date | null;
  revoked_at: Date | null;
}

export async function insertApiToken(db: Db, row: ApiTokenRow): Promise<void> {
  await db.insertInto("api_token").values(row).execute();
}

/** Inserts, or gives a token of the same digest a new life; says which id it has. */
export async function upsertApiToken(db: Db, row: ApiTokenRow): Promise<string> {
  const { person_id, role, created_at, expires_at } = row;
  const kept = await db
    .insertInto("api_token")
    .values(row)
    .onConflict((conflict) =>
      conflict.column("digest").doUpdateSet({ person_id, role, created_at, expires_at, revoked_at: null }),
    )
    .returning("id")
    .executeTakeFirstOrThrow();
  return kept.id;
}

export function findApiToken(db: Db, digest: Buffer): Promise<ApiTokenRow | undefined> {
  return db.selectFrom("api_token").selectAll().where("digest", "=", digest).executeTakeFirst();
}

export function findApiTokenById(db: Db, id: string): Promise<ApiTokenRow | undefined> {
  return db.selectFrom("api_token").selectAll().where("id", "=", id).executeTakeFirst();
}

/** Tokens that are not revoked, newest first. */
export function listApiTokens(db: Db, personId: string): Promise<ApiTokenRow[]> {
  return db
    .selectFrom("api_token")
    .selectAll()
    .where("person_id", "=", personId)
    .where("revoked_at", "is", null)
    .orderBy("created_at", "desc")
    .limit(200)
    .execute();
}

export async function revokeApiToken(db: Db, id: string, now: Date): Promise<void> {
  await db
    .updateTable("api_token")
    .set({ revoked_at: now })
    .where("id", "=", id)
    .where("revoked_at", "is", null)
    .execute();
}

export async function touchApiToken(db: Db, id: string, now: Date): Promise<void> {
  await db.updateTable("api_token").set({ last_used_at: now }).where("id", "=", id).execute();
}

export interface SourceKeyRow {
  team_id: string;
  source_id: string;
  id: string;
  digest: Buffer;
  created_at: Date;
  expires_at: Date | null;
  revoked_at: Date | null;
  last_used_at: Date | null;
}

/** Keys of all teams that are valid at `now`: the intake learns the team from the key. */
export function listValidSourceKeys(db: Db, now: Date): Promise<SourceKeyRow[]> {
  return db
    .selectFrom("source_key")
    .selectAll()
    .where("revoked_at", "is", null)
    .where((eb) => eb.or([eb("expires_at", "is", null), eb("expires_at", ">", now)]))
    .orderBy("created_at")
    .execute();
}

export async function insertSourceKey(db: Db, row: SourceKeyRow): Promise<void> {
  await db.insertInto("source_key").values(row).execute();
}

export async function revokeSourceKey(
  db: Db,
  teamId: string,
  sourceId: string,
  id: string,
  now: Date,
): Promise<number> {
  const result = await db
    .updateTable("source_key")
    .set({ revoked_at: now })
    .where("team_id", "=", teamId)
    .where("source_id", "=", sourceId)
    .where("id", "=", id)
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

export async function touchSourceKey(db: Db, teamId: string, sourceId: string, id: string, now: Date): Promise<void> {
  await db
    .updateTable("source_key")
    .set({ last_used_at: now })
    .where("team_id", "=", teamId)
    .where("source_id", "=", sourceId)
    .where("id", "=", id)
    .execute();
}
