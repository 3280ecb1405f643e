import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isPublicAddress } from "../../../src/platform/http/address-policy.ts";
import {
  createGuardedClient,
  type GuardedClient,
  type GuardedClientOptions,
} from "../../../src/platform/http/guarded.ts";
import { createCheckedLookup, RefusedAddressError } from "../../../src/platform/http/guarded-connector.ts";
import { makeServerCertificate } from "../../../src/sandbox/certificate.ts";
import { type FakeReceiver, startFakeReceiver } from "../../support/fake-receiver.ts";

const UNREACHABLE = { kind: "failed", reason: "unreachable", retryable: true, status: null };
const REFUSED = { kind: "failed", reason: "refused-target", retryable: false, status: null };

let receiver: FakeReceiver;
const clients: GuardedClient[] = [];

beforeEach(async () => {
  receiver = await startFakeReceiver();
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await receiver.close();
});

function createClient(options: Partial<GuardedClientOptions> = {}): GuardedClient {
  const client = createGuardedClient({ allow: [receiver.hostPort], ports: [443], now: () => 0, ...options });
  clients.push(client);
  return client;
}

const post = (url: string, more: { timeoutMs?: number; headers?: Record<string, string> } = {}) =>
  ({ method: "POST", url, headers: {}, body: "{}", ...more }) as const;

test("An allowed receiver gets the request as it was asked and its status comes back.", async () => {
  receiver.answer({ status: 202, headers: { "retry-after": "7" }, body: "thanks" });
  const answer = await createClient().request(
    post(`${receiver.origin}/hook?a=b`, { headers: { "content-type": "application/json" } }),
  );
  expect(answer).toEqual({ kind: "answered", status: 202, retryAfterSeconds: 7 });
  expect(receiver.requests).toHaveLength(1);
  expect(receiver.requests[0]).toMatchObject({ method: "POST", path: "/hook?a=b", body: Buffer.from("{}") });
  expect(receiver.requests[0]?.headers["host"]).toBe(receiver.hostPort);
});

test("A cookie that a receiver sets is not sent back (W7).", async () => {
  receiver.answer({ status: 200, headers: { "set-cookie": "a=b" } });
  const client = createClient();
  await client.request(post(receiver.origin));
  await client.request(post(receiver.origin));
  expect(receiver.requests[1]?.headers).not.toHaveProperty("cookie");
});

test("Without an allowance no connection to loopback is made (W4).", async () => {
  const client = createClient({ allow: [] });
  expect(await client.request(post(receiver.origin))).toEqual(REFUSED);
  expect(receiver.connections()).toBe(0);
});

test.each([301, 302, 303, 307, 308])("A redirect %d is a failure and is not followed (W5).", async (status) => {
  receiver.answer({ status, headers: { location: `${receiver.origin}/other` } });
  const answer = await createClient().request(post(receiver.origin));
  expect(answer).toEqual({ kind: "failed", reason: "redirected", retryable: false, status });
  expect(receiver.requests).toHaveLength(1);
});

test("A receiver that never answers is a timeout.", async () => {
  receiver.answer("silent");
  const answer = await createClient().request(post(receiver.origin, { timeoutMs: 50 }));
  expect(answer).toEqual({ kind: "failed", reason: "timeout", retryable: true, status: null });
});

test("An answer that trickles for ever counts by its status.", async () => {
  receiver.answer("trickle");
  const answer = await createClient().request(post(receiver.origin, { timeoutMs: 50 }));
  expect(answer).toEqual({ kind: "answered", status: 200, retryAfterSeconds: null });
});

test("An answer longer than 16 KiB is cut off and counts by its status (W5).", async () => {
  receiver.answer({ status: 500, body: Buffer.alloc(5_000_000) });
  const answer = await createClient().request(post(receiver.origin));
  expect(answer).toEqual({ kind: "answered", status: 500, retryAfterSeconds: null });
});

test("Refused, closed, filtered and unresolvable targets are told in the same words (W5).", async () => {
  const closing = createServer((socket) => socket.destroy());
  await new Promise<void>((listening) => closing.listen(0, "127.0.0.1", listening));
  const { port } = closing.address() as { port: number };
  const gone = await startFakeReceiver();
  await gone.close();
  receiver.answer("cut");
  const client = createClient({
    allow: [receiver.hostPort, gone.hostPort, `127.0.0.1:${port}`, "filtered.example.com:443"],
    resolve: (host) => (host.startsWith("filtered") ? new Promise(() => {}) : Promise.reject(new Error("ENOTFOUND"))),
  });
  const answers = await Promise.all([
    client.request(post(receiver.origin)),
    client.request(post(gone.origin)),
    client.request(post(`http://127.0.0.1:${port}`)),
    client.request(post("https://filtered.example.com", { timeoutMs: 50 })),
    client.request(post("https://nowhere.example.com")),
  ]);
  closing.close();
  expect(answers).toEqual(answers.map(() => UNREACHABLE));
});

test("A name that leads to a private address is refused, even when another address is public (W3).", async () => {
  const port = Number(new URL(receiver.origin).port);
  const client = createClient({ allow: [], ports: [port], resolve: async () => ["93.184.216.34", "127.0.0.1"] });
  expect(await client.request(post(`https://hooks.example.com:${port}/`))).toEqual(REFUSED);
  expect(receiver.connections()).toBe(0);
});

test("A name allowed by host:port still never leads to the metadata service (W6).", async () => {
  const client = createClient({ allow: ["hooks.example.com:80"], resolve: async () => ["169.254.169.254"] });
  expect(await client.request(post("http://hooks.example.com/"))).toEqual(REFUSED);
});

test("A rebinding name server is asked once per connection and its second answer is refused (W3).", async () => {
  // A name server whose first answer passes (as a public one would) and whose second names the metadata service.
  const asked: string[] = [];
  const answers = [["127.0.0.1"], ["169.254.169.254"]];
  const port = Number(new URL(receiver.origin).port);
  const client = createClient({
    allow: [`rebinding.example.com:${port}`],
    resolve: async (host) => {
      asked.push(host);
      return answers[asked.length - 1] ?? [];
    },
  });
  receiver.answer({ status: 200, headers: { connection: "close" } });
  const url = `http://rebinding.example.com:${port}/`;
  expect(await client.request(post(url))).toMatchObject({ kind: "answered", status: 200 });
  expect(receiver.requests[0]?.headers["host"]).toBe(`rebinding.example.com:${port}`);
  expect(await client.request(post(url))).toEqual(REFUSED);
  expect(asked).toEqual(["rebinding.example.com", "rebinding.example.com"]);
  expect(receiver.requests).toHaveLength(1);
});

test("A public answer first and a private one second: the second connection gets no address (W3).", async () => {
  const answers = [["93.184.216.34"], ["93.184.216.34", "10.0.0.1"]];
  const lookup = createCheckedLookup(async () => answers.shift() ?? [], isPublicAddress);
  const ask = () =>
    new Promise((settle) => {
      lookup("rebinding.example.com", { all: true }, (error, addresses) => settle(error ?? addresses));
    });
  expect(await ask()).toEqual([{ address: "93.184.216.34", family: 4 }]);
  expect(await ask()).toBeInstanceOf(RefusedAddressError);
  expect(await ask()).toBeInstanceOf(Error);
});

test("A literal in the allow list is reached without asking a name server.", async () => {
  const resolve = () => Promise.reject(new Error("nobody should ask"));
  expect(await createClient({ resolve }).request(post(receiver.origin))).toMatchObject({ kind: "answered" });
});

test("Connections are kept alive and limited per destination; the rest waits without timing out.", async () => {
  receiver.answer({ status: 200 });
  const client = createClient({ connectionsPerHost: 4 });
  const answers = await Promise.all(Array.from({ length: 100 }, () => client.request(post(receiver.origin))));
  expect(answers.every((answer) => answer.kind === "answered")).toBe(true);
  expect(receiver.connections()).toBeLessThanOrEqual(4);
});

test("A burst at a closed port is answered completely.", async () => {
  await receiver.close();
  const client = createClient({ connectionsPerHost: 4 });
  const answers = await Promise.all(Array.from({ length: 50 }, () => client.request(post(receiver.origin))));
  expect(answers).toEqual(answers.map(() => UNREACHABLE));
});

test.each(["Host", "Cookie", "Connection", "Transfer-Encoding", "Proxy-Authorization", "Content-Length"])(
  "The header %s is not ours to set (W7).",
  async (name) => {
    await expect(createClient().request(post(receiver.origin, { headers: { [name]: "1" } }))).rejects.toThrow(
      TypeError,
    );
  },
);

test.each([
  ["a line break", "a\r\nx-evil: 1"],
  ["a NUL", "a\0"],
  ["nothing", ""],
  ["a leading blank", " a"],
  ["a letter beyond ASCII", "ä"],
])("A header value with %s is no field content (W7).", async (_, value) => {
  const asked = post(receiver.origin, { headers: { "x-own": value } });
  await expect(createClient().request(asked)).rejects.toThrow(/^header x-own/);
});

test("Closing ends what hangs and refuses what comes later.", async () => {
  receiver.answer("silent");
  const client = createClient({ connectionsPerHost: 1 });
  const hanging = client.request(post(receiver.origin));
  const waiting = client.request(post(receiver.origin));
  await receiver.received(1);
  await client.close();
  expect(await hanging).toEqual(UNREACHABLE);
  expect(await waiting).toEqual(UNREACHABLE);
  expect(await client.request(post(receiver.origin))).toEqual(UNREACHABLE);
  expect(receiver.requests).toHaveLength(1);
});

test("The URL rules can be asked without sending.", () => {
  const client = createClient();
  expect(client.permits("https://hooks.example.com/")).toBe(true);
  expect(client.permits("https://10.0.0.1/")).toBe(false);
});

test("TLS keeps the name while the connection goes to the checked address; a wrong name fails (W3).", async () => {
  const folder = mkdtempSync(join(tmpdir(), "guarded-"));
  const { key, certificate, caFile } = await makeServerCertificate(folder, Date.now());
  tls.setDefaultCACertificates([readFileSync(caFile, "utf8")]);
  rmSync(folder, { recursive: true });
  await using secure = await startFakeReceiver({ tls: { key, cert: certificate } });
  const { port } = new URL(secure.origin);
  const client = createClient({
    allow: [secure.hostPort, `wrong.example.com:${port}`],
    resolve: async () => ["127.0.0.1"],
  });
  expect(await client.request(post(secure.origin))).toMatchObject({ kind: "answered", status: 204 });
  expect(await client.request(post(`https://wrong.example.com:${port}`))).toEqual(UNREACHABLE);
});
