import Fastify, { type FastifyInstance, type InjectOptions } from "fastify";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createApiTokens } from "../../../src/api/auth/api-tokens.ts";
import { createAuthenticator } from "../../../src/api/auth/authenticate.ts";
import { SESSION_COOKIE, SIGN_IN_COOKIE } from "../../../src/api/auth/cookies.ts";
import { createEntraSignIn } from "../../../src/api/auth/entra-sign-in.ts";
import { createKeySet } from "../../../src/api/auth/key-set.ts";
import { createSessions, type Sessions } from "../../../src/api/auth/sessions.ts";
import { registerSignInRoutes } from "../../../src/api/auth/sign-in.ts";
import { createTokenValidators } from "../../../src/api/auth/token-validators.ts";
import { callerOf, guardAccess } from "../../../src/api/guards/access.ts";
import { ProblemError, toProblemDocument } from "../../../src/platform/errors.ts";
import {
  ACTION_GROUPS,
  AUTHORITY,
  apiClaims,
  DAEMON,
  INTAKE_ROLE,
  ISSUERS,
  NOON_MS,
  PERSON,
  PORTAL,
  signToken,
  TENANT,
} from "../../unit/auth/entra-tokens.ts";
import { type AuthWorld, createAuthWorld } from "./auth-world.ts";
import { createFakeEntra, type FakeEntra, SECRET_ASSERTION } from "./fake-entra.ts";

const PUBLIC_URL = "http://127.0.0.1:8080";
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

let world: AuthWorld;
let entra: FakeEntra;
let app: FastifyInstance;
let sessions: Sessions;
let ended: string[];

beforeEach(async () => {
  world = await createAuthWorld();
  const { clock, log } = world.parts;
  entra = createFakeEntra(() => clock.now());
  ended = [];
  const { fetchJson } = entra.documents;
  const keySet = createKeySet({ authority: AUTHORITY, tenantId: TENANT, issuers: ISSUERS, fetchJson, clock, log });
  const validators = createTokenValidators({
    keySet,
    clock,
    tenantId: TENANT,
    issuers: ISSUERS,
    intake: { clientId: DAEMON, audiences: [], callers: [ACTION_GROUPS], role: INTAKE_ROLE },
    portalClientId: PORTAL,
  });
  const client = createEntraSignIn({
    authority: AUTHORITY,
    browserAuthority: "http://127.0.0.1:9090",
    tenantId: TENANT,
    issuer: ISSUERS["2.0"],
    clientId: PORTAL,
    credential: { assertion: async () => SECRET_ASSERTION },
    fetchJson,
    fetch: entra.fetch,
    validators,
    clock,
  });
  const defaultTeamId = () => world.teamId;
  const limits = { idleDays: 7, absoluteDays: 30, recheckMinutes: 60 };
  const onSessionEnded = (personId: string) => ended.push(personId);
  sessions = createSessions({ ...world.parts, limits, refresh: client.refresh, defaultTeamId, onSessionEnded });
  const apiTokens = createApiTokens({ ...world.parts, defaultTeamId });
  const callers = { ...world.parts, tenantId: TENANT, sessions, apiTokens, validators, defaultTeamId };
  const authenticator = createAuthenticator(callers);
  app = Fastify();
  app.setErrorHandler((error, _request, reply) => {
    if (!(error instanceof ProblemError)) throw error;
    return reply.code(error.status).headers(error.headers).send(toProblemDocument(error));
  });
  guardAccess(app, { clock, publicUrl: PUBLIC_URL, authenticator, bodyBytesMax: 1_048_576 });
  await registerSignInRoutes(app, {
    ...world.parts,
    publicUrl: PUBLIC_URL,
    tenantId: TENANT,
    absoluteDays: 30,
    entra: client,
    sessions,
    defaultTeamId,
  });
  app.get("/api/v1/me", { config: { right: "alerts.read" } }, async (request) => callerOf(request));
});
afterEach(async () => {
  await app.close();
  await world.store.close();
});

const setCookies = (answer: { headers: Record<string, unknown> }) =>
  [answer.headers["set-cookie"] ?? []].flat() as string[];
const cookieOf = (answer: { headers: Record<string, unknown> }, name: string) =>
  setCookies(answer)
    .find((text) => text.startsWith(`${name}=`))
    ?.slice(name.length + 1)
    .split(";")[0];

/** The sign-in's first half: the page that the browser is sent to, and the cookie it holds. */
async function begin(path = "/alerts/7") {
  const answer = await app.inject(`/auth/sign-in?return=${encodeURIComponent(path)}`);
  return { answer, page: new URL(String(answer.headers.location)), cookie: cookieOf(answer, SIGN_IN_COOKIE)! };
}

function callBack(back: URL, cookies: Record<string, string>) {
  return app.inject({ url: back.pathname + back.search, cookies, headers: { host: "evil.test" } });
}

/** A whole sign-in; gives the session's cookie. */
async function signIn(): Promise<string> {
  const { page, cookie } = await begin();
  return cookieOf(await callBack(entra.approve(page), { [SIGN_IN_COOKIE]: cookie }), SESSION_COOKIE)!;
}

const askAs = (session: string, options: InjectOptions = {}) =>
  app.inject({ url: "/api/v1/me", cookies: { [SESSION_COOKIE]: session }, ...options });

describe("signing in (B1)", () => {
  it("leads over Entra's page back to where the person wanted to go", async () => {
    const { answer, page, cookie } = await begin();
    expect(answer.statusCode).toBe(303);
    expect(page.origin).toBe("http://127.0.0.1:9090");
    expect(Object.fromEntries(page.searchParams)).toMatchObject({
      response_type: "code",
      response_mode: "query",
      client_id: PORTAL,
      code_challenge_method: "S256",
      redirect_uri: `${PUBLIC_URL}/auth/callback`,
      scope: "openid profile offline_access",
    });
    expect(setCookies(answer)[0]).toMatch(/; Path=\/; Max-Age=600; Secure; HttpOnly; SameSite=Lax$/);
    const done = await callBack(entra.approve(page), { [SIGN_IN_COOKIE]: cookie });
    expect([done.statusCode, done.headers.location]).toEqual([303, "/alerts/7"]);
    expect(cookieOf(done, SIGN_IN_COOKIE)).toBe("");
    const session = cookieOf(done, SESSION_COOKIE)!;
    expect((await askAs(session)).json()).toMatchObject({
      person: { name: "Ada Quist" },
      role: "Responder",
      teamIds: [world.teamId],
      via: "session",
    });
    expect(await world.audited()).toEqual(["sign-in"]);
  });

  it("proves the worker by the managed identity's assertion and keeps no token readable", async () => {
    await signIn();
    expect(entra.received[0]?.get("client_assertion_type")).toBe(
      "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    );
    const [row] = await world.parts.db.selectFrom("session").selectAll().execute();
    expect(row?.refresh_token?.toString("latin1")).not.toContain("refresh-");
  });

  it("knows the same person again by tenant and object id, not by name (J8)", async () => {
    await signIn();
    entra.claims = { name: "Ada Married", preferred_username: "someone.else@contoso.com" };
    const second = (await askAs(await signIn())).json();
    expect(second.person.name).toBe("Ada Married");
    entra.claims = { oid: "77777777-7777-4777-8777-777777777777", preferred_username: "someone.else@contoso.com" };
    expect((await askAs(await signIn())).json().person.id).not.toBe(second.person.id);
  });

  it("gives a new session each time and ends the browser's old one", async () => {
    const first = await signIn();
    const { page, cookie } = await begin();
    const done = await callBack(entra.approve(page), { [SIGN_IN_COOKIE]: cookie, [SESSION_COOKIE]: first });
    expect(cookieOf(done, SESSION_COOKIE)).not.toBe(first);
    expect((await askAs(first)).statusCode).toBe(401);
    expect(ended).toHaveLength(1);
  });

  it("is refused on another browser, without a cookie, twice, and after ten minutes", async () => {
    const [one, other] = [await begin(), await begin()];
    const swapped = await callBack(entra.approve(one.page), { [SIGN_IN_COOKIE]: other.cookie });
    expect(swapped.headers.location).toBe("/sign-in?problem=expired");
    const bare = await callBack(entra.approve(one.page), {});
    expect(bare.headers.location).toBe("/sign-in?problem=cookie-blocked");
    const good = await callBack(entra.approve(one.page), { [SIGN_IN_COOKIE]: one.cookie });
    expect(good.headers.location).toBe("/alerts/7");
    const again = await callBack(entra.approve(one.page), { [SIGN_IN_COOKIE]: one.cookie });
    expect(again.headers.location).toBe("/sign-in?problem=expired");
    await world.clock.advance(10 * MINUTE_MS + 1);
    const late = await callBack(entra.approve(other.page), { [SIGN_IN_COOKIE]: other.cookie });
    expect(late.headers.location).toBe("/sign-in?problem=expired");
    expect((await callBack(entra.approve(other.page), {})).headers.location).toBe("/sign-in?problem=expired");
    expect(cookieOf(late, SESSION_COOKIE)).toBeUndefined();
  });

  it("ends on a page that says why", async () => {
    const attempt = async () => {
      const { page, cookie } = await begin();
      const done = await callBack(entra.approve(page), { [SIGN_IN_COOKIE]: cookie });
      expect(cookieOf(done, SESSION_COOKIE)).toBeUndefined();
      return done.headers.location;
    };
    entra.claims = { roles: undefined };
    expect(await attempt()).toBe("/not-allowed");
    entra.claims = { exp: Math.floor(NOON_MS / 1_000) - 1_000 };
    expect(await attempt()).toBe("/sign-in?problem=clock");
    entra.claims = { iss: `https://login.microsoftonline.com/other/v2.0` };
    expect(await attempt()).toBe("/sign-in?problem=refused");
    entra.claims = { nonce: "another" };
    expect(await attempt()).toBe("/sign-in?problem=refused");
    entra.claims = { tid: "88888888-8888-4888-8888-888888888888" };
    expect(await attempt()).toBe("/sign-in?problem=refused");
    entra.claims = {};
    entra.refusal = ["invalid_client", "AADSTS7000222: the secret is expired"];
    expect(await attempt()).toBe("/sign-in?problem=configuration");
    entra.refusal = undefined;
    entra.isDown = true;
    expect(await attempt()).toBe("/sign-in?problem=unreachable");
    expect(await world.audited()).toEqual(["sign-in-refused"]);
  });

  it("repeats nothing of Entra's error in the address, and needs the cookie for it too", async () => {
    const { page, cookie } = await begin();
    const back = entra.approve(page);
    back.search = `?state=${page.searchParams.get("state")}&error=access_denied&error_description=AADSTS65001%3A+<script>`;
    expect((await callBack(back, {})).headers.location).toBe("/sign-in?problem=cookie-blocked");
    expect((await callBack(back, { [SIGN_IN_COOKIE]: cookie })).headers.location).toBe("/sign-in?problem=consent");
  });

  it("says so when Entra's document cannot be read or names another issuer (J1)", async () => {
    entra.documents.changes = { issuer: "https://evil.test" };
    expect((await app.inject("/auth/sign-in")).headers.location).toBe("/sign-in?problem=unreachable");
  });

  it("refuses an ID token that another key signed although it came from Entra's address", async () => {
    entra.documents.keys = [];
    const { page, cookie } = await begin();
    const done = await callBack(entra.approve(page), { [SIGN_IN_COOKIE]: cookie });
    expect(done.headers.location).toBe("/sign-in?problem=unreachable");
  });
});

describe("signing out (B4)", () => {
  const signOut = (session: string, headers: Record<string, string>) =>
    app.inject({
      method: "POST",
      url: "/auth/sign-out",
      cookies: { [SESSION_COOKIE]: session },
      headers,
      payload: "{}",
    });

  it("needs our own origin and JSON, and ends the session", async () => {
    const session = await signIn();
    expect(
      (await signOut(session, { "content-type": "application/json", origin: "https://evil.test" })).statusCode,
    ).toBe(403);
    expect((await askAs(session)).statusCode).toBe(200);
    const done = await signOut(session, { "content-type": "application/json", origin: PUBLIC_URL });
    expect([done.statusCode, cookieOf(done, SESSION_COOKIE)]).toEqual([204, ""]);
    expect((await askAs(session)).statusCode).toBe(401);
    expect(ended).toHaveLength(1);
    expect(await world.audited()).toEqual(["sign-in", "sign-out"]);
  });
});

describe("a session (B5)", () => {
  it("ends after seven days without use and thirty days in any case", async () => {
    const [idle, busy] = [await signIn(), await signIn()];
    for (let day = 0; day < 29; day++) {
      await world.clock.advance(DAY_MS);
      expect((await askAs(busy)).statusCode).toBe(200);
      if (day === 7) expect((await askAs(idle)).statusCode).toBe(401);
    }
    await world.clock.advance(DAY_MS);
    expect((await askAs(busy)).statusCode).toBe(401);
  });

  it("asks Entra for the role after an hour, once for many requests", async () => {
    const session = await signIn();
    await world.clock.advance(HOUR_MS - 1);
    await askAs(session);
    expect(entra.received).toHaveLength(1);
    entra.claims = { roles: ["Manager"] };
    await world.clock.advance(1);
    const answers = await Promise.all([askAs(session), askAs(session), askAs(session)]);
    expect(answers.map((answer) => answer.json().role)).toEqual(["Manager", "Manager", "Manager"]);
    expect(entra.received).toHaveLength(2);
    expect(await world.audited()).toEqual(["sign-in", "role-changed"]);
    await world.clock.advance(HOUR_MS);
    expect((await askAs(session)).statusCode).toBe(200);
  });

  it("ends with all others of the person when Entra names no role any more", async () => {
    const [one, two] = [await signIn(), await signIn()];
    entra.claims = { roles: [] };
    await world.clock.advance(HOUR_MS);
    expect((await askAs(one)).statusCode).toBe(401);
    expect((await askAs(two)).statusCode).toBe(401);
    expect(ended).toHaveLength(1);
    const person = await world.parts.db
      .selectFrom("person")
      .select("role")
      .where("object_id", "=", PERSON)
      .executeTakeFirst();
    expect(person?.role).toBe("none");
  });

  it("ends alone when Entra refuses its token, and with the person when the account is disabled", async () => {
    const [one, two] = [await signIn(), await signIn()];
    await world.clock.advance(HOUR_MS);
    entra.refusal = ["invalid_grant", "AADSTS700082: the refresh token has expired"];
    expect((await askAs(one)).statusCode).toBe(401);
    entra.refusal = undefined;
    expect((await askAs(two)).statusCode).toBe(200);
    await world.clock.advance(HOUR_MS);
    entra.refusal = ["invalid_grant", "AADSTS50057: the user account is disabled"];
    expect((await askAs(two)).statusCode).toBe(401);
    expect((await world.audited()).slice(2)).toEqual(["session-refused", "role-removed"]);
  });

  it("goes on with the last role for 12 h while Entra is away, noted once, and again when it is back", async () => {
    const session = await signIn();
    entra.isDown = true;
    await world.clock.advance(HOUR_MS);
    expect((await askAs(session)).json().role).toBe("Responder");
    for (let minute = 0; minute < 5; minute++) {
      await world.clock.advance(MINUTE_MS);
      expect((await askAs(session)).statusCode).toBe(200);
    }
    expect(await world.audited()).toEqual(["sign-in", "role-not-rechecked"]);
    await world.clock.advance(11 * HOUR_MS);
    const refused = await askAs(session);
    expect([refused.statusCode, refused.headers["retry-after"]]).toEqual([503, "60"]);
    entra.isDown = false;
    expect((await askAs(session)).statusCode).toBe(200);
  });

  it("is listed per device and revoked one by one", async () => {
    const [one, two] = [await signIn(), await signIn()];
    const { person } = (await askAs(one)).json();
    const list = await sessions.list(person.id);
    expect(list).toHaveLength(2);
    expect(list[0]).toMatchObject({ label: "A browser", createdAt: NOON_MS });
    const id = (await askAs(one)).json().credentialId;
    await sessions.revoke(person.id, id);
    expect((await askAs(one)).statusCode).toBe(401);
    expect((await askAs(two)).statusCode).toBe(200);
    await expect(sessions.revoke("00000000-0000-4000-8000-000000000000", id)).rejects.toMatchObject({
      code: "not-found",
    });
    await world.clock.advance(31 * DAY_MS);
    expect(await sessions.clean()).toBe(1);
  });
});

describe("authenticating a request", () => {
  const bearer = (token: string) => app.inject({ url: "/api/v1/me", headers: { authorization: `Bearer ${token}` } });

  it("takes Entra's access tokens of people and apps as persons of ours", async () => {
    const asPerson = (await bearer(signToken(entra.key, apiClaims()))).json();
    expect(asPerson).toMatchObject({ role: "Responder", via: "entra", teamIds: [world.teamId] });
    const app = apiClaims({
      scp: undefined,
      idtyp: "app",
      oid: PORTAL,
      sub: PORTAL,
      roles: ["Admin"],
      name: undefined,
    });
    const asApp = (await bearer(signToken(entra.key, app))).json();
    expect(asApp.teamIds).toHaveLength(2);
    expect(asApp.person.id).not.toBe(asPerson.person.id);
    const without = await bearer(signToken(entra.key, apiClaims({ roles: [] })));
    expect([without.statusCode, without.json().code]).toEqual([403, "role-missing"]);
  });

  it("answers 401 with a challenge and what was expected, never with the token", async () => {
    const none = await app.inject("/api/v1/me");
    expect([none.statusCode, none.headers["www-authenticate"]]).toEqual([401, "Bearer"]);
    const inAddress = await app.inject("/api/v1/me?access_token=abcdef");
    expect(inAddress.json().detail).toContain("a token in the address is not accepted");
    expect(inAddress.body).not.toContain("abcdef");
    const wrong = await bearer(signToken(entra.key, apiClaims({ aud: DAEMON })));
    expect(wrong.json().issues).toEqual([{ code: "token", path: "aud", expected: PORTAL, received: "another string" }]);
    const basic = await app.inject({ url: "/api/v1/me", headers: { authorization: "Basic YTpi" } });
    expect(basic.statusCode).toBe(401);
  });

  it("takes one Authorization header only (J9)", async () => {
    await app.listen({ host: "127.0.0.1", port: 0 });
    const { port } = app.server.address() as { port: number };
    const { request } = await import("node:http");
    const status = await new Promise((resolve) => {
      const sent = request({ port, host: "127.0.0.1", path: "/api/v1/me" }, (answer) => resolve(answer.statusCode));
      sent.setHeader("authorization", ["Bearer a", "Bearer b"]);
      sent.end();
    });
    expect(status).toBe(400);
  });

  it("slows guessing from one address without refusing a valid credential from it (L3)", async () => {
    const valid = signToken(entra.key, apiClaims());
    const guesses = Array.from({ length: 12 }, (_, at) => `wb_guess${String(at).padStart(38, "0")}`);
    const statuses = [];
    for (const guess of guesses) statuses.push((await bearer(guess)).statusCode);
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429]);
    expect((await bearer(valid)).statusCode).toBe(200);
    expect((await bearer(`wb_other${"0".repeat(38)}`)).statusCode).toBe(401);
    await world.clock.advance(MINUTE_MS);
    expect((await bearer(guesses[0]!)).statusCode).toBe(401);
    await expect.poll(() => world.audited()).toEqual(["credential-refused", "credential-refused"]);
  });
});
