import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROLES, type Role } from "../../src/api/contract.ts";
import { pushBody } from "../support/push-body.ts";
import { type Call, startWatchbell, type Watchbell } from "../support/watchbell.ts";

/** Threats A1–A3 and table row 6: all routes × roles × (own team, other team, anonymous). */
let watchbell: Watchbell;
let otherTeamsAlert: string;
const calls = new Map<Role, Call>();
const NAMES: Record<Role, string> = {
  Viewer: "Elif Arslan",
  Responder: "Ana Ribeiro",
  Manager: "Cem Yıldız",
  Admin: "Dana Weiss",
};
beforeAll(async () => {
  watchbell = await startWatchbell({ webhook: false });
  for (const role of ROLES) calls.set(role, await watchbell.signInAs(NAMES[role]));
  otherTeamsAlert = await alertOfAnotherTeam();
});
afterAll(() => watchbell.dispose());

async function newAlert(): Promise<string> {
  return (await watchbell.push(pushBody({ rule: "rights" }))).body.alertIds[0]!;
}

/** A copy of an alert under a team that has no members. */
async function alertOfAnotherTeam(): Promise<string> {
  const { db, pool } = watchbell.store;
  const [teamId, id] = [randomUUID(), randomUUID()];
  await db
    .insertInto("team")
    .values({ id: teamId, name: "Other", created_at: new Date(watchbell.now()) })
    .execute();
  await pool.query(
    `insert into alert select (jsonb_populate_record(a, jsonb_build_object('id', $1::uuid, 'team_id', $2::uuid))).*
     from alert a where a.id = $3`,
    [id, teamId, await newAlert()],
  );
  return id;
}

const RESPOND = ["Responder", "Manager", "Admin"];
const ALL = [...ROLES];
/** Method, path (`:id` an own alert), body, who may, status when allowed. */
const ROUTES: [method: string, path: string, body: object | undefined, roles: string[], status: number][] = [
  ["GET", "/api/v1/alerts", undefined, ALL, 200],
  ["GET", "/api/v1/alerts/:id", undefined, ALL, 200],
  ["POST", "/api/v1/alerts/:id/acknowledge", { takeOver: true }, RESPOND, 200],
  ["POST", "/api/v1/alerts/:id/take", {}, RESPOND, 200],
  ["POST", "/api/v1/alerts/:id/close", {}, RESPOND, 200],
  ["POST", "/api/v1/alerts/:id/comments", { text: "x" }, RESPOND, 201],
  ["GET", "/api/v1/me", undefined, ALL, 200],
  ["GET", "/api/v1/me/devices", undefined, ALL, 200],
  ["GET", "/api/v1/tokens", undefined, ALL, 200],
  ["GET", "/api/v1/health", undefined, ALL, 200],
  ["GET", "/api/v1/raw-events", undefined, ["Admin"], 200],
];

describe.each(ROUTES)("%s %s", (method, path, body, roles, allowed) => {
  test.each(ROLES)("as %s", async (role) => {
    const id = await newAlert();
    const options = { method, ...(body === undefined ? {} : { body }) };
    const answer = await calls.get(role)!<{ code?: string }>(path.replace(":id", id), options);
    if (roles.includes(role)) expect(answer.status).toBe(allowed);
    else expect([answer.status, answer.body.code]).toEqual([403, "role-missing"]);
  });

  test("without a credential", async () => {
    const options = { method, ...(body === undefined ? {} : { body }) };
    const answer = await watchbell.anonymous<{ code: string }>(path.replace(":id", randomUUID()), options);
    expect([answer.status, answer.body.code]).toEqual([401, "unauthenticated"]);
  });
});

test.each(ROUTES.filter(([, path]) => path.includes(":id")))(
  "%s %s: an alert of another team is as absent as one that never was (A3)",
  async (method, path, body) => {
    const options = { method, ...(body === undefined ? {} : { body }) };
    for (const id of [otherTeamsAlert, randomUUID()]) {
      const answer = await calls.get("Responder")!<{ code: string }>(path.replace(":id", id), options);
      expect([answer.status, answer.body.code]).toEqual([404, "not-found"]);
    }
  },
);

test("every route of the description is walked above, or is somebody's own", async () => {
  const { body } = await watchbell.anonymous<{ paths: Record<string, Record<string, unknown>> }>("/openapi.json");
  const described = Object.entries(body.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path.replace("{id}", ":id")}`),
  );
  const walked = ROUTES.map(([method, path]) => `${method} ${path}`);
  const own = [
    "POST /api/v1/alerts/:id/unacknowledge",
    "POST /api/v1/alerts/:id/reopen",
    "POST /api/v1/me/devices",
    "DELETE /api/v1/me/devices/:id",
    "POST /api/v1/tokens",
    "DELETE /api/v1/tokens/:id",
    "GET /api/v1/events",
    "POST /api/v1/intake/azure-monitor",
  ];
  for (const route of described.filter((each) => each.includes("/api/v1/")))
    expect([...walked, ...own]).toContain(route);
});

describe("API tokens", () => {
  const inAnHour = () => new Date(watchbell.now() + 3_600_000).toISOString();
  const make = (call: Call, more: object = {}) =>
    call<{ id: string; token: string; code?: string }>("/api/v1/tokens", {
      method: "POST",
      body: { name: "script", role: "Responder", expiresAt: inAnHour(), ...more },
    });
  const withToken = (token: string, path: string) =>
    watchbell.anonymous<{ person: { name: string }; role: string }>(path, {
      headers: { authorization: `Bearer ${token}` },
    });

  test("a token acts as the person who made it, with its role, until it is revoked", async () => {
    const made = await make(calls.get("Manager")!);
    expect(made.status).toBe(201);
    expect((await withToken(made.body.token, "/api/v1/me")).body).toMatchObject({
      person: { name: "Cem Yıldız" },
      role: "Responder",
    });
    expect((await withToken(made.body.token, "/api/v1/raw-events")).status).toBe(403);
    const listed = await calls.get("Manager")!<{ tokens: object[] }>("/api/v1/tokens");
    expect(listed.body.tokens).toMatchObject([{ id: made.body.id, name: "script", role: "Responder" }]);
    expect(JSON.stringify(listed.body)).not.toContain(made.body.token);
    const revoked = await calls.get("Manager")!(`/api/v1/tokens/${made.body.id}`, { method: "DELETE", body: {} });
    expect(revoked.status).toBe(204);
    expect((await withToken(made.body.token, "/api/v1/me")).status).toBe(401);
  });

  test("nobody makes a token above the own role, without an end, or revokes another person's", async () => {
    const above = await make(calls.get("Viewer")!);
    expect([above.status, above.body.code]).toEqual([403, "role-missing"]);
    expect((await make(calls.get("Admin")!, { expiresAt: "2099-01-01T00:00:00Z" })).status).toBe(400);
    expect((await make(calls.get("Admin")!, { by: "somebody" })).status).toBe(400);
    const made = await make(calls.get("Admin")!);
    const stolen = await calls.get("Responder")!(`/api/v1/tokens/${made.body.id}`, { method: "DELETE", body: {} });
    expect(stolen.status).toBe(404);
  });
});

test("a request with the session's cookie from another origin is refused", async () => {
  const id = await newAlert();
  const answer = await calls.get("Responder")!<{ code: string }>(`/api/v1/alerts/${id}/close`, {
    method: "POST",
    body: {},
    headers: { origin: "https://evil.example" },
  });
  expect([answer.status, answer.body.code]).toEqual([403, "origin-refused"]);
});
