import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { takeFault } from "../../../src/sandbox/faults.ts";
import type { SandboxPart } from "../../../src/sandbox/world.ts";
import { startTestSandbox, type TestSandbox } from "./test-sandbox.ts";

let performed = 0;
/** A part with one operation that needs a role, as the alert parts have them. */
const bellPart = (core: TestSandbox["core"]): SandboxPart => ({
  operationOf: ({ url }) => (url.pathname === "/providers/Bells/ring" ? "Bells.ring" : undefined),
  async handle(request) {
    if (request.url.pathname !== "/providers/Bells/ring") return undefined;
    const { principal, response } = await core.authenticate(request, "arm");
    if (principal === undefined) return response;
    const denied = core.authorize(principal, "Bells/ring/action", "/subscriptions/s");
    if (denied !== undefined) return denied;
    performed += 1;
    return { status: 200, body: { performed } };
  },
});

let sandbox: TestSandbox;
let token: string;
beforeAll(async () => {
  sandbox = await startTestSandbox({ parts: (core) => [bellPart(core)] });
  token = await sandbox.token("owner");
});
afterAll(() => sandbox.end());
afterEach(async () => {
  performed = 0;
  await fetch(`${sandbox.origins.plain}/sandbox/faults`, { method: "DELETE" });
});

const switchOn = (fault: unknown) =>
  fetch(`${sandbox.origins.plain}/sandbox/faults`, { method: "POST", body: JSON.stringify(fault) });
const ring = () =>
  fetch(`${sandbox.origins.secure}/providers/Bells/ring`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
  });

describe("fault switches", () => {
  test("429 answers with Retry-After as often as asked, and then the work is done again", async () => {
    await switchOn({ operation: "Bells.ring", fault: 429, times: 2, retryAfterSeconds: 7 });
    for (let call = 0; call < 2; call += 1) {
      const refused = await ring();
      expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "7"]);
    }
    expect((await ring()).status).toBe(200);
    expect(performed).toBe(1);
  });

  test("5xx answers without doing the work, until it is cleared", async () => {
    await switchOn({ operation: "bells.RING", fault: "5xx" });
    expect([(await ring()).status, (await ring()).status, performed]).toEqual([503, 503, 0]);
    await fetch(`${sandbox.origins.plain}/sandbox/faults`, { method: "DELETE" });
    expect((await ring()).status).toBe(200);
  });

  test("403 denies even the owner, in ARM's words with client, action and scope", async () => {
    await switchOn({ operation: "Bells.ring", fault: "403", times: 1 });
    const refused = await ring();
    expect(refused.status).toBe(403);
    expect(await refused.json()).toEqual({
      error: {
        code: "AuthorizationFailed",
        message: expect.stringMatching(
          /^The client '[0-9a-f-]{36}' with object id '[0-9a-f-]{36}' does not have authorization to perform action 'Bells\/ring\/action' over scope '\/subscriptions\/s' or the scope is invalid\./,
        ),
      },
    });
    expect(performed).toBe(0);
  });

  test("lostAnswer does the work and breaks the connection", async () => {
    await switchOn({ operation: "Bells.ring", fault: "lostAnswer", times: 1 });
    await expect(ring()).rejects.toThrow();
    expect(performed).toBe(1);
  });

  test("duplicate does the work twice and answers once", async () => {
    await switchOn({ operation: "Bells.ring", fault: "duplicate", times: 1 });
    expect(await (await ring()).json()).toEqual({ performed: 2 });
  });

  test("slow does the work after the wait", async () => {
    await switchOn({ operation: "Bells.ring", fault: "slow", times: 1, afterMs: 30 });
    const startedAt = performance.now();
    expect((await ring()).status).toBe(200);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(29);
  });

  test("staleEtag is 412", async () => {
    await switchOn({ operation: "Bells.ring", fault: "staleEtag", times: 1 });
    expect((await ring()).status).toBe(412);
  });

  test("outbound calls take their faults by name", () => {
    const fault = {
      operation: "ActionGroup.webhook",
      fault: "5xx" as const,
      timesLeft: 1,
      afterMs: 0,
      retryAfterSeconds: null,
    };
    sandbox.world.faults.push(fault);
    expect(takeFault(sandbox.world, "Bells.ring")).toBeUndefined();
    expect(takeFault(sandbox.world, "ActionGroup.webhook")).toMatchObject({ fault: "5xx" });
    expect(takeFault(sandbox.world, "ActionGroup.webhook")).toBeUndefined();
  });
});

describe("the control API", () => {
  test("lists the faults that are on", async () => {
    await switchOn({ operation: "Bells.ring", fault: "slow" });
    const listed = await fetch(`${sandbox.origins.plain}/sandbox/faults`);
    expect(await listed.json()).toEqual([
      { operation: "Bells.ring", fault: "slow", timesLeft: null, afterMs: 5_000, retryAfterSeconds: null },
    ]);
  });

  test.each([
    ["an unknown fault", { operation: "Bells.ring", fault: "thunder" }, "fault"],
    ["no operation", { fault: "slow" }, "operation"],
    ["an unknown member", { operation: "Bells.ring", fault: "slow", often: 3 }, ""],
  ])("%s is a 400 that says where", async (_, body, path) => {
    const refused = await switchOn(body);
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ issues: [{ path }] });
  });

  test("a body that is no JSON is a 400", async () => {
    const refused = await fetch(`${sandbox.origins.plain}/sandbox/faults`, { method: "POST", body: "{" });
    expect(refused.status).toBe(400);
  });

  test("the request log names caller and status and keeps secrets out", async () => {
    const since = new Date().toISOString();
    await ring();
    await fetch(`${sandbox.origins.secure}/subscriptions?api-version=2022-12-01&key=hidden`);
    const listed = await fetch(`${sandbox.origins.plain}/sandbox/requests?since=${since}`);
    expect(await listed.json()).toEqual([
      {
        at: expect.any(String),
        method: "POST",
        path: "/providers/Bells/ring",
        principal: "Subscription owner",
        status: 200,
      },
      {
        at: expect.any(String),
        method: "GET",
        path: "/subscriptions?api-version=2022-12-01&key=%5Bsecret%5D",
        principal: null,
        status: 401,
      },
    ]);
  });

  test("since must be an instant", async () => {
    const refused = await fetch(`${sandbox.origins.plain}/sandbox/requests?since=yesterday`);
    expect(refused.status).toBe(400);
  });

  test("a token of the worker needs a deployed role", async () => {
    const ask = () =>
      fetch(`${sandbox.origins.plain}/sandbox/token`, {
        method: "POST",
        body: JSON.stringify({ principal: "worker", resource: "https://management.azure.com/.default" }),
      });
    expect((await ask()).status).toBe(409);
    sandbox.allow("Bells/ring/action");
    expect(await (await ask()).json()).toEqual({ token: expect.stringMatching(/^ey/) });
  });
});
