import { createHash, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ApiTokens, createApiTokens } from "../../../src/api/auth/api-tokens.ts";
import { createSourceKeys } from "../../../src/api/auth/source-keys.ts";
import { NO_ROLE } from "../../../src/api/auth/standing.ts";
import type { Role } from "../../../src/api/contract.ts";
import { type AuthWorld, createAuthWorld } from "./auth-world.ts";

let world: AuthWorld;
beforeAll(async () => {
  world = await createAuthWorld();
});
afterAll(() => world.store.close());

const DAY_MS = 24 * 60 * 60_000;
const inDays = (days: number) => new Date(world.clock.now() + days * DAY_MS).toISOString();

describe("source keys (J11)", () => {
  async function addSource(): Promise<string> {
    const id = randomUUID();
    const times = { cursor_at: null, last_poll_at: null, last_success_at: null, last_push_at: null };
    const row = {
      team_id: world.teamId,
      id,
      kind: "azure-monitor",
      name: "Azure",
      subscriptions: [],
      created_at: new Date(0),
    };
    await world.parts.db
      .insertInto("source")
      .values({ ...row, ...times, last_error: null, last_advice: null })
      .execute();
    return id;
  }
  const readKey = (id: string) =>
    world.parts.db.selectFrom("source_key").selectAll().where("id", "=", id).executeTakeFirstOrThrow();

  it("name team and source, and are kept as digests", async () => {
    const keys = createSourceKeys(world.parts);
    const source = { teamId: world.teamId, sourceId: await addSource() };
    const { id, key } = await keys.create({ ...source, actor: "admin" });
    expect(key).toMatch(/^wb_[\w-]{43}$/);
    expect(keys.find(key)).toEqual({ ...source, keyId: id });
    expect((await readKey(id)).digest).toEqual(createHash("sha256").update(key).digest());
    expect(keys.find(`${key}x`)).toBeUndefined();
    expect(keys.find("")).toBeUndefined();
    expect(keys.find("x".repeat(100_000))).toBeUndefined();
  });

  it("are two at a time for rotation, and end at once when revoked", async () => {
    const keys = createSourceKeys(world.parts);
    const source = { teamId: world.teamId, sourceId: await addSource(), actor: "admin" };
    const first = await keys.create(source);
    const second = await keys.create({ ...source, value: "a-key-of-the-settings" });
    expect(second.key).toBe("a-key-of-the-settings");
    await expect(keys.create(source)).rejects.toThrow("two valid keys");
    expect(await keys.revoke({ ...source, keyId: first.id })).toBe(true);
    expect(keys.find(first.key)).toBeUndefined();
    expect(keys.find(second.key)).toBeDefined();
    await keys.create(source);
  });

  it("are read again every 30 s, so that other replicas' changes arrive", async () => {
    const [here, there] = [createSourceKeys(world.parts), createSourceKeys(world.parts)];
    const stop = await there.start();
    const { key } = await here.create({ teamId: world.teamId, sourceId: await addSource(), actor: "admin" });
    expect(there.find(key)).toBeUndefined();
    await world.clock.advance(30_000);
    await expect.poll(() => there.find(key)).toBeDefined();
    stop();
  });

  it("have their last use written once a minute", async () => {
    const keys = createSourceKeys(world.parts);
    const { id, key } = await keys.create({ teamId: world.teamId, sourceId: await addSource(), actor: "admin" });
    const usedAt = async () => (await readKey(id)).last_used_at?.getTime();
    const first = world.clock.now();
    keys.find(key);
    await expect.poll(usedAt).toBe(first);
    await world.clock.advance(59_999);
    keys.find(key);
    await world.clock.advance(1);
    expect(await usedAt()).toBe(first);
    keys.find(key);
    await expect.poll(usedAt).toBe(first + 60_000);
    await expect.poll(() => world.audited()).toContain("source-key-used");
  });
});

describe("API tokens (J11)", () => {
  const create = () => createApiTokens({ ...world.parts, defaultTeamId: () => world.teamId });
  const make = async (tokens: ApiTokens, personId: string, role: Role, mine: Role = "Admin") =>
    tokens.create(world.callerFor(personId, mine), { name: "script", role, expiresAt: inDays(30) });

  it("act as the person who made them, in their role and teams", async () => {
    const tokens = create();
    const { id } = await world.addPerson("Manager");
    const { token } = await make(tokens, id, "Responder", "Manager");
    expect(token).toMatch(/^wb_[\w-]{43}$/);
    const caller = await tokens.verify(token);
    expect(caller).toMatchObject({ person: { id }, role: "Responder", teamIds: [world.teamId], via: "api-token" });
    const stored = await world.parts.db.selectFrom("api_token").selectAll().where("person_id", "=", id).execute();
    expect(JSON.stringify(stored)).not.toContain(token);
  });

  it("see all teams as an Admin's, one team when made for it, and none after the person left it", async () => {
    const tokens = create();
    const { id } = await world.addPerson("Admin");
    const all = await make(tokens, id, "Admin");
    expect((await tokens.verify(all.token))?.teamIds.toSorted()).toEqual([world.teamId, world.otherTeamId].toSorted());
    const request = { name: "one", role: "Viewer" as const, team: world.teamId, expiresAt: inDays(1) };
    const one = await tokens.create(world.callerFor(id, "Admin"), request);
    expect((await tokens.verify(one.token))?.teamIds).toEqual([world.teamId]);
    await world.parts.db.deleteFrom("team_member").where("person_id", "=", id).execute();
    await world.clock.advance(10_000);
    expect((await tokens.verify(one.token))?.teamIds).toEqual([]);
  });

  it("have at most their maker's role and teams, and a year", async () => {
    const tokens = create();
    const { id } = await world.addPerson("Responder");
    const caller = world.callerFor(id, "Responder");
    const request = { name: "script", role: "Responder" as const, expiresAt: inDays(1) };
    await expect(tokens.create(caller, { ...request, role: "Manager" })).rejects.toMatchObject({
      code: "role-missing",
    });
    await expect(tokens.create(caller, { ...request, team: world.otherTeamId })).rejects.toMatchObject({
      code: "not-found",
    });
    for (const expiresAt of [inDays(-1), inDays(367), "never"]) {
      await expect(tokens.create(caller, { ...request, expiresAt })).rejects.toMatchObject({ code: "bad-request" });
    }
    const stale = { ...caller, signedInAt: world.clock.now() - 12 * 3_600_000 - 1 };
    await expect(tokens.create(stale, request)).rejects.toMatchObject({ code: "sign-in-too-old" });
  });

  it("lose what their maker lost", async () => {
    const tokens = create();
    const { id } = await world.addPerson("Admin");
    const { token } = await make(tokens, id, "Admin");
    const setRole = async (role: string) => {
      await world.parts.db.updateTable("person").set({ role }).where("id", "=", id).execute();
      await world.clock.advance(10_000);
    };
    await setRole("Viewer");
    expect((await tokens.verify(token))?.role).toBe("Viewer");
    await setRole(NO_ROLE);
    expect(await tokens.verify(token)).toBeUndefined();
  });

  it("end by their date and at once when revoked, by their maker or an Admin only", async () => {
    const tokens = create();
    const { id } = await world.addPerson("Responder");
    const [mine, brief] = [await make(tokens, id, "Viewer"), await make(tokens, id, "Viewer")];
    expect(await tokens.verify(mine.token)).toBeDefined();
    const stranger = await world.addPerson("Manager");
    await expect(tokens.revoke(world.callerFor(stranger.id, "Manager"), mine.id)).rejects.toMatchObject({
      code: "not-found",
    });
    await expect(tokens.revoke(world.callerFor(id, "Viewer"), "no-uuid")).rejects.toMatchObject({ code: "not-found" });
    await tokens.revoke(world.callerFor(id, "Viewer"), mine.id);
    expect(await tokens.verify(mine.token)).toBeUndefined();
    await tokens.revoke(world.callerFor(stranger.id, "Admin"), brief.id);
    expect(await tokens.list(world.callerFor(id, "Viewer"))).toEqual([]);
    const third = await make(tokens, id, "Viewer");
    await world.clock.advance(30 * DAY_MS);
    expect(await tokens.verify(third.token)).toBeUndefined();
  });

  it("are listed without their value, with their last use", async () => {
    const tokens = create();
    const { id } = await world.addPerson("Admin");
    const { token, id: tokenId } = await make(tokens, id, "Viewer");
    const list = () => tokens.list(world.callerFor(id, "Admin"));
    expect(await list()).toMatchObject([{ id: tokenId, name: "script", role: "Viewer", team: null, lastUsedAt: null }]);
    await tokens.verify(token);
    await expect.poll(async () => (await list())[0]?.lastUsedAt).toBe(new Date(world.clock.now()).toISOString());
  });

  it("are not asked of the store again within 10 s, nor when they have another form", async () => {
    const tokens = create();
    const { id } = await world.addPerson("Admin");
    const { token } = await make(tokens, id, "Viewer");
    await tokens.verify(token);
    await world.parts.db
      .updateTable("api_token")
      .set({ revoked_at: new Date(world.clock.now()) })
      .where("person_id", "=", id)
      .execute();
    await world.clock.advance(9_999);
    expect(await tokens.verify(token)).toBeDefined();
    await world.clock.advance(1);
    expect(await tokens.verify(token)).toBeUndefined();
    expect(await tokens.verify("wb_short")).toBeUndefined();
  });

  it("of the bootstrap setting are an Admin's for 24 h, whatever role the person has", async () => {
    const tokens = create();
    const { id } = await world.addPerson(null);
    const token = `wb_${"b".repeat(43)}`;
    await tokens.adoptBootstrapToken(token, id, world.clock.now());
    expect((await tokens.verify(token))?.role).toBe("Admin");
    await world.parts.db.updateTable("person").set({ role: "Responder" }).where("id", "=", id).execute();
    await world.clock.advance(DAY_MS - 1);
    expect((await tokens.verify(token))?.role).toBe("Admin");
    await world.clock.advance(1);
    expect(await tokens.verify(token)).toBeUndefined();
    await tokens.adoptBootstrapToken(token, id, world.clock.now());
    expect((await tokens.verify(token))?.role).toBe("Admin");
    await expect(tokens.adoptBootstrapToken("weak", id, world.clock.now())).rejects.toThrow("43 characters");
  });
});
