import { connect } from "node:net";
import Fastify, { type FastifyInstance } from "fastify";
import { afterEach, describe, expect, it } from "vitest";
import type { Authenticator } from "../../../src/api/auth/authenticate.ts";
import { unauthenticated } from "../../../src/api/auth/authenticate.ts";
import { SESSION_COOKIE } from "../../../src/api/auth/cookies.ts";
import type { Caller } from "../../../src/api/auth/rights.ts";
import { callerOf, guardAccess } from "../../../src/api/guards/access.ts";
import { BODY_BYTES_MAX, SERVER_LIMITS } from "../../../src/api/guards/body-limits.ts";
import { createTokenBuckets } from "../../../src/api/guards/rate-limit.ts";
import { createVirtualClock } from "../../../src/platform/clock.ts";
import { ProblemError, toProblemDocument } from "../../../src/platform/errors.ts";
import { NOON_MS } from "./entra-tokens.ts";

const PUBLIC_URL = "https://watchbell.test";
const JSON_TYPE = { "content-type": "application/json" };
const COOKIE = { cookie: `${SESSION_COOKIE}=viewer` };
const ORIGIN = { origin: PUBLIC_URL };

const caller = (name: string, role: Caller["role"]): Caller => ({
  person: { id: name, name },
  role,
  teamIds: ["team"],
  via: "api-token",
  signedInAt: NOON_MS,
  credentialId: name,
});

/** Knows two bearer tokens, `admin` and `viewer`, and the cookie `viewer`. */
const authenticator: Authenticator = {
  authenticate: async ({ headers }) => {
    const text = `${headers.authorization ?? ""}${headers.cookie ?? ""}`;
    if (text.endsWith("admin")) return caller("admin", "Admin");
    if (text.endsWith("viewer")) return caller("viewer", "Viewer");
    throw unauthenticated("none");
  },
  noteRefusal: () => undefined,
};

let app: FastifyInstance;
afterEach(() => app.close());

function createServer() {
  const clock = createVirtualClock(NOON_MS);
  app = Fastify({ ...SERVER_LIMITS });
  app.setErrorHandler((error, _request, reply) => {
    const problem = error instanceof ProblemError ? error : new ProblemError("internal", String(error));
    return reply
      .code(problem.status)
      .headers(problem.headers)
      .type("application/problem+json")
      .send(toProblemDocument(problem));
  });
  guardAccess(app, { clock, publicUrl: PUBLIC_URL, authenticator, bodyBytesMax: BODY_BYTES_MAX });
  app.get("/page", { config: { right: "public" } }, async () => "page");
  app.get("/healthz", { config: { right: "probe" } }, async () => "ok");
  app.get("/api/v1/alerts", { config: { right: "alerts.read" } }, async (request) => callerOf(request).person.name);
  app.post("/api/v1/alerts", { config: { right: "alerts.read" } }, async (request) => callerOf(request).role);
  app.get("/api/v1/raw-events", { config: { right: "raw-events.read" } }, async () => "raw");
  return { clock };
}

const post = (headers: Record<string, string>, payload: string | undefined = "{}") =>
  app.inject({ method: "POST", url: "/api/v1/alerts", headers, ...(payload === undefined ? {} : { payload }) });

describe("a route's right (A1)", () => {
  it("stops the start when it is missing or unknown", () => {
    createServer();
    expect(() => app.get("/forgotten", async () => "")).toThrow("declares no right");
    expect(() => app.get("/misspelt", { config: { right: "alerts.raed" as "alerts.read" } }, async () => "")).toThrow(
      "no right",
    );
  });

  it("is refused as 401 without a credential and as 403 without the role", async () => {
    createServer();
    expect((await app.inject("/api/v1/raw-events")).statusCode).toBe(401);
    const asViewer = await app.inject({ url: "/api/v1/raw-events", headers: { authorization: "Bearer viewer" } });
    expect([asViewer.statusCode, asViewer.json().code]).toEqual([403, "role-missing"]);
    const asAdmin = await app.inject({ url: "/api/v1/raw-events", headers: { authorization: "Bearer admin" } });
    expect(asAdmin.body).toBe("raw");
  });

  it("is not given by the platform's identity headers (J10)", async () => {
    createServer();
    const headers = {
      "x-ms-client-principal": "eyJ9",
      "x-ms-client-principal-id": "admin",
      "x-forwarded-user": "admin",
    };
    expect((await app.inject({ url: "/api/v1/alerts", headers })).statusCode).toBe(401);
  });
});

describe("a browser's unsafe request (B2)", () => {
  const cases: [title: string, headers: Record<string, string>, status: number][] = [
    ["origin and JSON", { ...COOKIE, ...ORIGIN, ...JSON_TYPE }, 200],
    ["no origin", { ...COOKIE, ...JSON_TYPE }, 403],
    ["the origin null", { ...COOKIE, origin: "null", ...JSON_TYPE }, 403],
    ["another origin", { ...COOKIE, origin: "https://evil.test", ...JSON_TYPE }, 403],
    ["our host by http", { ...COOKIE, origin: "http://watchbell.test", ...JSON_TYPE }, 403],
    ["our origin as a prefix", { ...COOKIE, origin: `${PUBLIC_URL}.evil.test`, ...JSON_TYPE }, 403],
    ["a form's type", { ...COOKIE, ...ORIGIN, "content-type": "text/plain" }, 415],
    ["a bearer token beside the cookie", { ...COOKIE, ...ORIGIN, ...JSON_TYPE, authorization: "Bearer admin" }, 400],
  ];
  it.each(cases)("with %s", async (_title, headers, status) => {
    createServer();
    expect((await post(headers)).statusCode).toBe(status);
  });

  it("needs JSON even without a body", async () => {
    createServer();
    const answer = await app.inject({ method: "POST", url: "/api/v1/alerts", headers: { ...COOKIE, ...ORIGIN } });
    expect(answer.statusCode).toBe(415);
  });

  it("is refused for a read with two credentials too", async () => {
    createServer();
    const headers = { ...COOKIE, authorization: "Bearer admin" };
    expect((await app.inject({ url: "/api/v1/alerts", headers })).json().code).toBe("two-credentials");
  });
});

describe("a body (L1)", () => {
  const bearer = { authorization: "Bearer admin" };
  const types: [type: string, status: number][] = [
    ["application/json", 200],
    ["application/json; charset=utf-8", 200],
    ['Application/JSON;charset="UTF-8"', 200],
    ["application/json; charset=utf-16", 415],
    ["application/json; charset=utf-8; x=y", 415],
    ["application/jsonp", 415],
    ["text/json", 415],
    ["multipart/form-data; boundary=x", 415],
  ];
  it.each(types)("of type %s is answered with %i", async (type, status) => {
    createServer();
    const answer = await post({ ...bearer, "content-type": type });
    expect(answer.statusCode).toBe(status);
    if (status === 415)
      expect(answer.json().issues[0]).toMatchObject({
        expected: expect.stringContaining("application/json"),
        received: type,
      });
  });

  it("in any encoding is refused by name", async () => {
    createServer();
    for (const encoding of ["gzip", "identity", "br"]) {
      const answer = await post({ ...bearer, ...JSON_TYPE, "content-encoding": encoding });
      expect([answer.statusCode, answer.json().issues[0].received]).toEqual([415, encoding]);
    }
  });

  it("that is announced too large is refused before it is read, and the connection closes", async () => {
    createServer();
    await app.listen({ host: "127.0.0.1", port: 0 });
    const head = `POST /api/v1/alerts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer admin\r\nContent-Type: application/json\r\nContent-Length: ${BODY_BYTES_MAX + 1}\r\n\r\n`;
    const answer = await exchange(head);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toMatch(/connection: close/i);
  });

  it("may be left out with a bearer token", async () => {
    createServer();
    expect((await app.inject({ method: "POST", url: "/api/v1/alerts", headers: bearer })).statusCode).toBe(200);
  });

  it("with Transfer-Encoding and Content-Length is 400 and ends the connection", async () => {
    createServer();
    await app.listen({ host: "127.0.0.1", port: 0 });
    const head =
      "POST /api/v1/alerts HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
    expect(await exchange(head)).toMatch(/^HTTP\/1\.1 400 /);
  });

  it("needs headers of at most 16 KiB, else 431", async () => {
    createServer();
    await app.listen({ host: "127.0.0.1", port: 0 });
    expect(await exchange(`GET /page HTTP/1.1\r\nHost: x\r\nX: ${"y".repeat(17_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 /,
    );
  });
});

describe("an address (L1)", () => {
  it("has at most 8 KiB and 100 query members", async () => {
    createServer();
    expect((await app.inject(`/page?${"a=1&".repeat(99)}a=1`)).statusCode).toBe(200);
    expect((await app.inject(`/page?${"a=1&".repeat(100)}a=1`)).statusCode).toBe(400);
    expect((await app.inject(`/page?${"a".repeat(8_192)}`)).statusCode).toBe(400);
  });
});

describe("the rate (L3)", () => {
  it("of a stranger's address is 100 at once and 20 a second, probes apart", async () => {
    const { clock } = createServer();
    for (let request = 0; request < 100; request++) expect((await app.inject("/page")).statusCode).toBe(200);
    const refused = await app.inject("/page");
    expect([refused.statusCode, refused.headers["retry-after"]]).toEqual([429, "1"]);
    expect((await app.inject("/healthz")).statusCode).toBe(200);
    const authentic = await app.inject({ url: "/api/v1/alerts", headers: { authorization: "Bearer admin" } });
    expect(authentic.statusCode).toBe(200);
    await clock.advance(1_000);
    const statuses = await Promise.all(Array.from({ length: 21 }, async () => (await app.inject("/page")).statusCode));
    expect(statuses.filter((status) => status === 200)).toHaveLength(20);
  });

  it("of one caller is 500 at once and leaves others alone", async () => {
    createServer();
    const ask = async (name: string) =>
      (await app.inject({ url: "/api/v1/alerts", headers: { authorization: `Bearer ${name}` } })).statusCode;
    for (let request = 0; request < 500; request++) expect(await ask("admin")).toBe(200);
    expect(await ask("admin")).toBe(429);
    expect(await ask("viewer")).toBe(200);
  });

  it("forgets the least used buckets first and survives a clock set back", () => {
    const buckets = createTokenBuckets({ perSecond: 1, burst: 1 }, 2);
    expect(buckets.take("a", 1_000)).toBe(true);
    expect(buckets.take("a", 0)).toBe(false);
    expect([buckets.take("b", 0), buckets.take("c", 0), buckets.take("a", 0)]).toEqual([true, true, true]);
  });
});

describe("every answer (B3)", () => {
  it("carries the content policy and is not stored when it is the API's", async () => {
    createServer();
    const page = await app.inject("/page");
    expect(page.headers["content-security-policy"]).toContain("default-src 'none'; script-src 'self'");
    expect(page.headers["content-security-policy"]).toContain(
      "require-trusted-types-for 'script'; trusted-types watchbell",
    );
    expect(page.headers["content-security-policy"]).not.toContain("unsafe");
    expect(page.headers["cache-control"]).toBeUndefined();
    const api = await app.inject("/api/v1/alerts");
    expect(api.headers).toMatchObject({
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "referrer-policy": "same-origin",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
      "strict-transport-security": "max-age=31536000",
    });
    expect(Object.keys(api.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  });
});

/** Sends bytes as they are and gives what came back until the server closed. */
function exchange(bytes: string): Promise<string> {
  const { port } = app.server.address() as { port: number };
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    let answer = "";
    socket.on("data", (chunk) => {
      answer += chunk;
    });
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
  });
}
