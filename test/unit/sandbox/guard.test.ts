import { request as plainRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestSandbox, type TestSandbox } from "./test-sandbox.ts";

/** Threats F6, over real sockets: `fetch` would not let a test choose Host. */
let sandbox: TestSandbox;
beforeAll(async () => {
  sandbox = await startTestSandbox();
});
afterAll(() => sandbox.end());

function statusOf(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<number> {
  const { port } = new URL(sandbox.origins.plain);
  return new Promise((resolve, reject) => {
    const outgoing = plainRequest({ host: "127.0.0.1", port, path, method, headers }, (incoming) => {
      incoming.resume();
      resolve(incoming.statusCode ?? 0);
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}

describe("the sandbox answers nobody but this machine (F6)", () => {
  test("both listeners are bound to loopback", () => {
    expect(sandbox.origins.secure).toMatch(/^https:\/\/localhost:\d+$/);
    expect(sandbox.origins.plain).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  test.each(["evil.example", "localhost.evil.example:80", "127.0.0.1:1"])("Host %j is refused", async (host) => {
    expect(await statusOf("/sandbox/faults", { host })).toBe(403);
  });

  test("both of its own names are answered on its own port", async () => {
    const { port } = new URL(sandbox.origins.plain);
    expect(await statusOf("/sandbox/faults", { host: `localhost:${port}` })).toBe(200);
    expect(await statusOf("/sandbox/faults", { host: `127.0.0.1:${port}` })).toBe(200);
  });

  test.each(["https://evil.example", "null", "http://127.0.0.1:1"])("Origin %j is refused", async (origin) => {
    expect(await statusOf("/sandbox/faults", { origin }, "DELETE")).toBe(403);
  });

  test("its own origin is answered", async () => {
    expect(await statusOf("/sandbox/faults", { origin: sandbox.origins.plain }, "DELETE")).toBe(204);
  });

  test("ARM, tokens and keys are not served without TLS", async () => {
    const { tenantId } = sandbox.world.directory;
    for (const path of [
      "/subscriptions?api-version=2022-12-01",
      `/${tenantId}/oauth2/v2.0/token`,
      `/${tenantId}/discovery/v2.0/keys`,
    ]) {
      expect(await statusOf(path)).toBe(404);
    }
  });

  test("a body over 4 MiB is answered with 413", async () => {
    const response = await fetch(`${sandbox.origins.plain}/sandbox/faults`, {
      method: "POST",
      body: Buffer.alloc(4 * 1024 * 1024 + 1),
    });
    expect(response.status).toBe(413);
  });
});
