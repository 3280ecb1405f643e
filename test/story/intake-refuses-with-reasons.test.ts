import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pushBody } from "../support/push-body.ts";
import { startWatchbell, type Watchbell } from "../support/watchbell.ts";

/** Threats I1, L1, J1–J11: who may not push gets a reason, and nothing is stored. */
let watchbell: Watchbell;
beforeAll(async () => {
  watchbell = await startWatchbell();
});
afterAll(async () => {
  const { count } = await watchbell.store.db
    .selectFrom("raw_event")
    .select((e) => e.fn.countAll<string>().as("count"))
    .executeTakeFirstOrThrow();
  await watchbell.dispose();
  expect(count, "refused pushes left rows").toBe("2");
});

const PATH = "/api/v1/intake/azure-monitor";
const key = () => ({ "x-watchbell-key": watchbell.intakeKey });

test.each([
  ["no credential", {}, "received neither"],
  ["an unknown key", { "x-watchbell-key": `wb_${"A".repeat(43)}` }, "unknown, expired or revoked"],
  ["a key that is none", { "x-watchbell-key": "guess" }, "unknown, expired or revoked"],
  ["an unsigned token", { authorization: "Bearer eyJhbGciOiJub25lIn0.e30." }, ""],
])("%s: 401 with what was expected", async (_, headers, words) => {
  const { status, body, headers: answered } = await watchbell.push(pushBody(), headers);
  expect(status).toBe(401);
  expect(body).toMatchObject({ code: "unauthenticated", detail: expect.stringContaining(words) });
  expect(answered.get("www-authenticate")).toMatch(/^Bearer\b/);
  expect(answered.get("content-type")).toBe("application/problem+json");
});

test("an administrator's API token is no credential of the intake", async () => {
  const { status } = await watchbell.api(PATH, { method: "POST", body: pushBody() });
  expect(status).toBe(401);
});

test("a token of another application of the same tenant is refused", async () => {
  const { clientId } = watchbell.outputs;
  const token = await watchbell.sandbox.core.issueToken({ clientId, resource: "https://management.azure.com" });
  const { status } = await watchbell.push(pushBody(), { authorization: `Bearer ${token}` });
  expect(status).toBe(401);
});

test("two credentials are refused", async () => {
  const { status, body } = await watchbell.push(pushBody(), { ...key(), authorization: "Bearer x" });
  expect([status, body]).toMatchObject([400, { code: "two-credentials" }]);
});

test.each([
  ["text/plain", "text/plain"],
  ["application/json; charset=utf-16", "charset=utf-16"],
  ["application/x-www-form-urlencoded", "x-www-form-urlencoded"],
])("Content-Type %s: 415 that names what came", async (type, received) => {
  const { status, body } = await watchbell.push(JSON.stringify(pushBody()), { ...key(), "content-type": type });
  expect(status).toBe(415);
  expect(body).toMatchObject({
    code: "unsupported-media-type",
    issues: [{ path: "Content-Type", received: expect.stringContaining(received), expected: expect.any(String) }],
  });
});

test("a compressed body: 415, it hides its size", async () => {
  const packed = gzipSync(JSON.stringify(pushBody()));
  const { status, body } = await watchbell.push(packed, { ...key(), "content-encoding": "gzip" });
  expect([status, body]).toMatchObject([415, { issues: [{ path: "Content-Encoding", received: "gzip" }] }]);
});

test("a body over 1 MiB: 413 that names the limit; one of exactly 1 MiB is taken", async () => {
  const exact = " ".repeat(1_048_576);
  const tooLarge = await watchbell.push(`${exact} `, key());
  expect([tooLarge.status, tooLarge.body]).toMatchObject([
    413,
    { code: "too-large", issues: [{ expected: "at most 1048576 bytes", received: "1048577 bytes" }] },
  ]);
  const taken = await watchbell.push(exact, key());
  expect(taken.status).toBe(202);
  await watchbell.notified(taken.body.alertIds[0]!);
});

test("?key= works for senders that can only be given an address", async () => {
  const { status, body } = await watchbell.anonymous<{ alertIds: string[] }>(`${PATH}?key=${watchbell.intakeKey}`, {
    method: "POST",
    body: pushBody(),
  });
  expect(status).toBe(202);
  await watchbell.notified(body.alertIds[0]!);
});

test("another method: 405 with Allow", async () => {
  const { status, headers } = await watchbell.anonymous(PATH);
  expect([status, headers.get("allow")]).toEqual([405, "POST"]);
});
