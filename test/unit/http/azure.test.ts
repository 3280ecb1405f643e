import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";
import { gzipSync } from "node:zlib";
import { AuthenticationError } from "@azure/identity";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type AzureClientOptions, createAzureClient } from "../../../src/platform/http/azure.ts";
import { createCredential } from "../../../src/platform/http/credential.ts";
import { Secret } from "../../../src/platform/secret.ts";
import { makeServerCertificate } from "../../../src/sandbox/certificate.ts";
import { type FakeReceiver, startFakeReceiver } from "../../support/fake-receiver.ts";

const SCOPE = "https://management.azure.com/.default";
const TENANT = "11111111-1111-4111-8111-111111111111";
const CLIENT = "22222222-2222-4222-8222-222222222222";

let certificate: { key: string; cert: string };
let azure: FakeReceiver;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "azure-"));
  const made = await makeServerCertificate(folder, Date.now());
  tls.setDefaultCACertificates([readFileSync(made.caFile, "utf8")]);
  rmSync(folder, { recursive: true });
  certificate = { key: made.key, cert: made.certificate };
});
beforeEach(async () => {
  azure = await startFakeReceiver({ tls: certificate });
});
afterEach(async () => {
  delete process.env["IDENTITY_ENDPOINT"];
  delete process.env["IDENTITY_HEADER"];
  await azure.close();
});

const credential = { getToken: async () => ({ token: "canary-token", expiresOnTimestamp: Date.now() + 3_600_000 }) };
const createClient = (options: Partial<AzureClientOptions> = {}) =>
  createAzureClient({ credential, scope: SCOPE, endpoint: azure.origin, now: () => 0, ...options });
const json = (status: number, body: unknown, headers = {}) => ({ status, headers, body: JSON.stringify(body) });

test("A read carries the token and gives status, body and request id.", async () => {
  azure.answer(json(200, { value: [1] }, { "x-ms-request-id": "r1" }));
  const answer = await createClient({ userAgent: "watchbell/1" }).get("/subscriptions/s", { "api-version": "v" });
  expect(answer).toEqual({ status: 200, body: { value: [1] }, retryAfterSeconds: null, requestId: "r1" });
  const [request] = azure.requests;
  expect(request).toMatchObject({ method: "GET", path: "/subscriptions/s?api-version=v" });
  expect(request?.headers["authorization"]).toBe("Bearer canary-token");
  expect(request?.headers["user-agent"]).toMatch(/^watchbell\/1 /);
});

test("A post sends JSON, and an empty answer is null.", async () => {
  azure.answer({ status: 202, headers: { "retry-after": "9" } });
  const answer = await createClient().post("/a", {}, { comments: "done" });
  expect(answer).toEqual({ status: 202, body: null, retryAfterSeconds: 9, requestId: null });
  expect(azure.requests[0]?.body.toString()).toBe('{"comments":"done"}');
  expect(azure.requests[0]?.headers["content-type"]).toBe("application/json");
});

test("A compressed answer is read.", async () => {
  azure.answer({ status: 200, headers: { "content-encoding": "gzip" }, body: gzipSync('{"a":1}') });
  expect((await createClient().get("/a")).body).toEqual({ a: 1 });
});

test("A next link on the endpoint is followed, and a foreign one gets no request and no token (I3).", async () => {
  await using foreign = await startFakeReceiver({ tls: certificate });
  azure.answer(json(200, {}));
  await createClient().getNextLink(`${azure.origin}/a?$skiptoken=x`);
  expect(azure.requests[0]?.path).toBe("/a?$skiptoken=x");
  await expect(createClient().getNextLink(`${foreign.origin}/a`)).rejects.toMatchObject({ code: "ForeignNextLink" });
  await expect(createClient().get("//evil.example")).rejects.toMatchObject({ code: "BadPath" });
  expect(foreign.connections()).toBe(0);
});

test("A redirect is a failure and takes the token nowhere (I3).", async () => {
  await using foreign = await startFakeReceiver({ tls: certificate });
  azure.answer({ status: 307, headers: { location: `${foreign.origin}/steal` } });
  await expect(createClient().get("/a")).rejects.toMatchObject({ code: "Redirected", status: 307, retryable: false });
  expect(foreign.connections()).toBe(0);
});

test.each([
  [
    403,
    false,
    { error: { code: "AuthorizationFailed", message: "The client does not have authorization" } },
    "AuthorizationFailed",
  ],
  [404, false, { error: { code: "ResourceNotFound", message: "gone" } }, "ResourceNotFound"],
  [409, false, { code: "Conflict", message: "flat envelope" }, "Conflict"],
  [429, true, { error: { code: "TooManyRequests", message: "slow down" } }, "TooManyRequests"],
  [500, true, { error: {} }, "Http500"],
  [502, true, "no envelope", "Http502"],
  [503, true, null, "Http503"],
])("An answer %d is an error in ARM's words, retryable %s.", async (status, retryable, body, code) => {
  azure.answer(json(status, body, { "retry-after": "17" }));
  const call = createClient().get("/a");
  await expect(call).rejects.toMatchObject({ name: "AzureError", status, code, retryable, retryAfterSeconds: 17 });
  expect(azure.requests).toHaveLength(1);
});

test("An error's text is bounded.", async () => {
  azure.answer(json(400, { error: { code: "x".repeat(5_000), message: "y".repeat(50_000) } }));
  const error = await createClient()
    .get("/a")
    .catch((thrown) => thrown);
  expect([error.code.length, error.message.length]).toEqual([100, 1_000]);
});

test("An answer that is no JSON, or larger than 10 MiB, is an error.", async () => {
  azure.answer({ status: 200, body: "<html>" });
  await expect(createClient().get("/a")).rejects.toMatchObject({ code: "AnswerUnreadable", retryable: true });
  azure.answer({ status: 200, headers: { "content-encoding": "gzip" }, body: gzipSync(Buffer.alloc(10_485_761, " ")) });
  await expect(createClient().get("/a")).rejects.toMatchObject({ code: "AnswerTooLarge", retryable: false });
});

test("A broken connection is tried again for a read and told for a post.", async () => {
  let calls = 0;
  azure.answer(() => {
    calls += 1;
    return calls === 1 ? "cut" : json(200, {});
  });
  expect((await createClient().get("/a")).status).toBe(200);
  expect(calls).toBe(2);
  azure.answer("cut");
  await expect(createClient().post("/a", {}, {})).rejects.toMatchObject({ code: "Unreachable", retryable: true });
  expect(azure.requests).toHaveLength(3);
});

test("An aborted call throws the reason of its signal.", async () => {
  azure.answer("silent");
  const abort = new AbortController();
  const call = createClient().get("/a", {}, { signal: abort.signal });
  await azure.received(1);
  abort.abort(new Error("stopping"));
  await expect(call).rejects.toThrow("stopping");
});

test.each([
  [7000222, "secret-expired", false],
  [7000215, "secret-wrong", false],
  [700016, "application-unknown", false],
  [90002, "tenant-wrong", false],
  [700213, "federation-mismatch", true],
  [700024, "clock-wrong", true],
  [65001, "consent-missing", false],
  [999999, null, false],
])("AADSTS%d is told with the advice %s.", async (number, advice, retryable) => {
  const description = `AADSTS${number}: what Entra says. Trace ID: t\r\nTimestamp: 2026-11-24`;
  const failing = {
    getToken: () =>
      Promise.reject(new AuthenticationError(401, { error: "invalid_client", error_description: description })),
  };
  const call = createClient({ credential: failing }).get("/a");
  await expect(call).rejects.toMatchObject({ code: `AADSTS${number}`, advice, retryable });
  await expect(call).rejects.toThrow(/^AADSTS\d+: what Entra says\. Trace ID: t/);
  expect(azure.requests).toHaveLength(0);
});

test("A sign-in endpoint that cannot be reached is told apart from Azure.", async () => {
  const failing = { getToken: () => Promise.reject(new Error("getaddrinfo ENOTFOUND")) };
  const call = createClient({ credential: failing }).get("/a");
  await expect(call).rejects.toMatchObject({ code: "TokenUnavailable", retryable: true });
});

/** Answers as Entra: its OpenID document, and `token` for every sign-in. */
function answerAsEntra(entra: FakeReceiver, token: ReturnType<typeof json>): void {
  const tenant = `${entra.origin}/${TENANT}`;
  const document = json(200, {
    issuer: `${tenant}/v2.0`,
    authorization_endpoint: `${tenant}/oauth2/v2.0/authorize`,
    token_endpoint: `${tenant}/oauth2/v2.0/token`,
    jwks_uri: `${tenant}/discovery/v2.0/keys`,
  });
  entra.answer(({ path }) => (path.includes("/.well-known/") ? document : token));
}

test("The federated credential sends the managed identity's token as client assertion.", async () => {
  await using platform = await startFakeReceiver();
  platform.answer(
    json(200, { access_token: "identity-token", expires_on: "4102444800", resource: "r", token_type: "Bearer" }),
  );
  process.env["IDENTITY_ENDPOINT"] = `${platform.origin}/msi/token`;
  process.env["IDENTITY_HEADER"] = "canary-header";
  answerAsEntra(azure, json(200, { token_type: "Bearer", expires_in: 3_600, access_token: "access-token" }));
  const federated = createCredential({
    kind: "federated",
    tenantId: TENANT,
    clientId: CLIENT,
    managedIdentityClientId: CLIENT,
    authorityHost: azure.origin,
  });
  expect((await federated.getToken(SCOPE))?.token).toBe("access-token");
  expect(platform.requests[0]?.path).toContain(`resource=${encodeURIComponent("api://AzureADTokenExchange")}`);
  expect(platform.requests[0]?.headers["x-identity-header"]).toBe("canary-header");
  const form = new URLSearchParams(azure.requests.at(-1)?.body.toString());
  expect(azure.requests.at(-1)?.path).toContain(`/${TENANT}/oauth2/v2.0/token`);
  expect(form.get("client_assertion")).toBe("identity-token");
  expect(form.get("client_id")).toBe(CLIENT);
});

test("The secret credential sends its secret and its failure names the code.", async () => {
  const options = { kind: "secret", tenantId: TENANT, clientId: CLIENT, authorityHost: azure.origin } as const;
  expect(() => createCredential(options)).toThrow("needs a client secret");
  const secret = createCredential({ ...options, clientSecret: new Secret("canary-secret") });
  const expired = { error: "invalid_client", error_description: "AADSTS7000222: The client secret keys are expired." };
  answerAsEntra(azure, json(401, expired));
  const error = await createClient({ credential: secret })
    .get("/a")
    .catch((thrown) => thrown);
  expect(error).toMatchObject({ code: "AADSTS7000222", advice: "secret-expired" });
  expect(azure.requests.at(-1)?.body.toString()).toContain("client_secret=canary-secret");
  expect(JSON.stringify([error, error.message, String(error.stack)])).not.toContain("canary-secret");
});
