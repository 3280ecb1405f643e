import { createPublicKey } from "node:crypto";
import { jwtVerify } from "jose";
import { expect, test } from "vitest";
import { visibleText } from "../../../src/alert/text.ts";
import { isPushHost, pushContactSchema } from "../../../src/channels/web-push/push-contact.ts";
import { createVapidKeys } from "../../../src/channels/web-push/vapid.ts";
import { createWebPushChannel, type WebPushOptions } from "../../../src/channels/web-push/web-push.ts";
import { createVirtualClock } from "../../../src/platform/clock.ts";
import { createGuardedClient } from "../../../src/platform/http/guarded.ts";
import { Secret } from "../../../src/platform/secret.ts";
import { buildMessage, describeChannel, KIT_NOW } from "../../support/channel-kit.ts";
import { startFakeReceiver } from "../../support/fake-receiver.ts";
import { createPushBrowser } from "../../support/push-browser.ts";

const vapid = { ...createVapidKeys(), subject: "mailto:operator@example.com" };
const browser = createPushBrowser();
const pushHosts = ["127.0.0.1", "10.0.0.1", "*.push.example.com"];

describeChannel({
  name: "web-push",
  createChannel: ({ client, clock }) => createWebPushChannel({ client, clock, vapid, pushHosts }),
  contactConfig: (origin) => browser.subscription(`${origin}/push/1`),
  readTitle: ({ body }) => JSON.parse(browser.decrypt(body)).notification.title,
  expectedTitle: (title) => `Critical: ${visibleText(title, 200)}`,
  secrets: [vapid.privateKey.reveal(), browser.subscription("").keys.auth],
  deadStatuses: [404, 410],
});

async function sendOne(
  changes: Parameters<typeof buildMessage>[0] = {},
  options: Partial<WebPushOptions> & { lockScreen?: "title" | "hidden" } = {},
) {
  const { lockScreen = "title", ...more } = options;
  await using receiver = await startFakeReceiver();
  const client = createGuardedClient({ allow: [receiver.hostPort], ports: [443], now: () => KIT_NOW });
  const channel = createWebPushChannel({ client, clock: createVirtualClock(KIT_NOW), vapid, pushHosts, ...more });
  const config = { ...browser.subscription(`${receiver.origin}/push/1`), lockScreen };
  const outcome = await channel.send(buildMessage(changes), { id: "c", personId: "p", channel: "web-push", config });
  await client.close();
  const [request] = receiver.requests;
  if (!request) throw new Error(`nothing was sent: ${JSON.stringify(outcome)}`);
  const text = browser.decrypt(request.body);
  return { request, text, notice: JSON.parse(text), origin: receiver.origin };
}

const alertWith = (changes: object) => ({ alert: { ...buildMessage().alert, ...changes } });
const titleOf = async (...parameters: Parameters<typeof sendOne>) =>
  (await sendOne(...parameters)).notice.notification.title;

test("The notice is declarative, with our own data beside it.", async () => {
  const { notice, request } = await sendOne({}, { createReceipt: async () => "receipt-1", countWaiting: () => 3 });
  expect(notice).toEqual({
    web_push: 8030,
    mutable: true,
    app_badge: 3,
    notification: {
      title: "Critical: CPU above 90%",
      body: "On duty in Operations, step 1 of 2",
      navigate: "https://watchbell.example/alerts/alert-1",
      tag: "alert-1",
      lang: "en",
      dir: "auto",
      app_badge: "3",
      data: {
        alertId: "alert-1",
        severity: "critical",
        state: "open",
        messageId: buildMessage().id,
        kind: "call-out",
        receipt: "receipt-1",
      },
    },
  });
  expect(request.headers["content-encoding"]).toBe("aes128gcm");
  expect(Number(request.headers["content-length"])).toBe(request.body.length);
});

test("Without receipts and a count the notice carries neither.", async () => {
  const { notice } = await sendOne();
  expect(notice).not.toHaveProperty("app_badge");
  expect(notice.notification.data).not.toHaveProperty("receipt");
});

test("The VAPID token is for the push service's origin, signed with our key, valid for at most a day (C10).", async () => {
  const { request, origin } = await sendOne();
  const [, token = "", key = ""] = /^vapid t=([^,]+), k=(.+)$/.exec(request.headers["authorization"] ?? "") ?? [];
  expect(key).toBe(vapid.publicKey);
  const point = Buffer.from(key, "base64url");
  const coordinate = (from: number) => point.subarray(from, from + 32).toString("base64url");
  const publicKey = createPublicKey({
    key: { kty: "EC", crv: "P-256", x: coordinate(1), y: coordinate(33) },
    format: "jwk",
  });
  const { payload } = await jwtVerify(token, publicKey, { algorithms: ["ES256"], audience: origin });
  expect(payload.sub).toBe("mailto:operator@example.com");
  expect(payload.exp).toBeLessThanOrEqual(Math.floor(Date.now() / 1_000) + 86_400);
});

test.each([
  ["critical", "high"],
  ["high", "high"],
  ["medium", "normal"],
  ["low", "normal"],
  ["info", "normal"],
] as const)("A %s alert has urgency %s.", async (severity, urgency) => {
  expect((await sendOne(alertWith({ severity }))).request.headers["urgency"]).toBe(urgency);
});

test.each([
  ["without an end", null, "3600"],
  ["until the end of the step", KIT_NOW + 300_000, "300"],
  ["with a broken second", KIT_NOW + 1, "1"],
  ["past its end", KIT_NOW - 1, "0"],
  ["with an end in a year", KIT_NOW + 365 * 86_400_000, "86400"],
])("A message %s lives that long at the push service.", async (_, expiresAt, seconds) => {
  expect((await sendOne({ expiresAt })).request.headers["ttl"]).toBe(seconds);
});

test("The topic is a hash of the alert, the same for each of its messages (C10).", async () => {
  const first = (await sendOne()).request.headers["topic"];
  const again = (await sendOne({ id: "another-message", kind: "re-alert" })).request.headers["topic"];
  const other = (await sendOne(alertWith({ id: "alert-2" }))).request.headers["topic"];
  expect(first).toMatch(/^[A-Za-z0-9_-]{32}$/);
  expect(again).toBe(first);
  expect(other).not.toBe(first);
});

test("The affected resource is named unless the title does.", async () => {
  const resourceId =
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm-payments-prod-03";
  const { source } = buildMessage().alert;
  expect(await titleOf(alertWith({ source: { ...source, resourceId } }))).toBe(
    "Critical: CPU above 90% on vm-payments-prod-03",
  );
  const title = "vm-payments-prod-03 is down";
  expect(await titleOf(alertWith({ title, source: { ...source, resourceId } }))).toBe(`Critical: ${title}`);
});

test.each([
  ["four minutes", 4 * 60_000 + 59_000, "Still open, 4 min: Critical: CPU above 90%"],
  ["some seconds", 20_000, "Still open, 1 min: Critical: CPU above 90%"],
  ["an hour", 65 * 60_000, "Still open, 1 h 5 min: Critical: CPU above 90%"],
])("A re-alert after %s says so first.", async (_, elapsedMs, title) => {
  const createdAt = new Date(KIT_NOW - elapsedMs).toISOString();
  expect(await titleOf({ kind: "re-alert", ...alertWith({ createdAt }) })).toBe(title);
});

test("A bundle counts the rest, and a test says that it is one.", async () => {
  expect(await titleOf({ bundled: 1 })).toBe("Critical: CPU above 90%, and 1 more alert");
  expect(await titleOf({ bundled: 12 })).toBe("Critical: CPU above 90%, and 12 more alerts");
  expect(await titleOf({ kind: "test" })).toBe("Test: Critical: CPU above 90%");
});

test("A security alert, or a person's wish, keeps title and reason off the lock screen (C10).", async () => {
  const { source } = buildMessage().alert;
  const security = await sendOne(alertWith({ source: { ...source, kind: "sentinel" } }));
  const wished = await sendOne({}, { lockScreen: "hidden" });
  for (const { notice, text } of [security, wished]) {
    expect(notice.notification.title).toBe("Critical alert");
    expect(text).not.toContain("CPU");
    expect(text).not.toContain("Operations");
  }
});

test.each(["漢".repeat(10_000), "\u202e".repeat(10_000), "💥".repeat(10_000), '"\\'.repeat(10_000)])(
  "No text makes a notice of more than 3,000 bytes (run %#).",
  async (text) => {
    const { source } = buildMessage().alert;
    const resourceId = `/${text}`;
    const sent = await sendOne({ reason: text, ...alertWith({ title: text, source: { ...source, resourceId } }) });
    expect(Buffer.byteLength(sent.text)).toBeLessThanOrEqual(3_000);
  },
);

test.each([
  ["a line break", "a\nb", "a b"],
  ["a NUL", "a\0b", "a␀b"],
  ["DEL", "a\u007fb", "a␡b"],
  ["a C1 control", "a\u009bb", "a⟨U+009B⟩b"],
  ["a bidi override", "a\u202eb", "a⟨U+202E⟩b"],
  ["an isolate", "a\u2066b\u2069", "a⟨U+2066⟩b⟨U+2069⟩"],
  ["half a character", "a\ud800b", "a\ufffdb"],
  ["a whole astral character", "a💥b", "a💥b"],
  ["a joined emoji", "👩‍💻", "👩‍💻"],
])("A person sees %s as something that does nothing (C3).", (_, text, shown) => {
  expect(visibleText(text, 100)).toBe(shown);
});

test("A long text is cut between characters.", () => {
  expect(visibleText("💥💥💥💥", 3)).toBe("💥💥…");
  expect(visibleText("abc", 3)).toBe("abc");
});

const schema = pushContactSchema(["push.example.com", "*.notify.example.com"], (url) => url.startsWith("https:"));
const valid = browser.subscription("https://push.example.com/1");

test("A browser's subscription is taken as it comes.", () => {
  expect(schema.parse(valid)).toMatchObject({ endpoint: valid.endpoint, lockScreen: "title" });
});

const flipped = (() => {
  const point = Buffer.from(valid.keys.p256dh, "base64url");
  point.writeUInt8(point.readUInt8(64) ^ 1, 64);
  return point.toString("base64url");
})();

test.each([
  ["http", { ...valid, endpoint: "http://push.example.com/1" }],
  ["a foreign host", { ...valid, endpoint: "https://evil.example/1" }],
  ["a host that ends alike", { ...valid, endpoint: "https://evilpush.example.com/1" }],
  ["a point off the curve", { ...valid, keys: { ...valid.keys, p256dh: flipped } }],
  ["the point at infinity", { ...valid, keys: { ...valid.keys, p256dh: "AA" } }],
  ["a compressed point", { ...valid, keys: { ...valid.keys, p256dh: Buffer.alloc(33, 2).toString("base64url") } }],
  ["15 bytes of auth", { ...valid, keys: { ...valid.keys, auth: Buffer.alloc(15).toString("base64url") } }],
  ["17 bytes of auth", { ...valid, keys: { ...valid.keys, auth: Buffer.alloc(17).toString("base64url") } }],
  ["an unknown member", { ...valid, extra: 1 }],
  ["no keys", { endpoint: valid.endpoint }],
])("A subscription with %s is refused (W9).", (_, config) => {
  expect(schema.safeParse(config).success).toBe(false);
});

test.each([
  ["fcm.googleapis.com", true],
  ["fcm.googleapis.com.", true],
  ["evil-fcm.googleapis.com", false],
  ["fcm.googleapis.com.evil.example", false],
  ["web.push.apple.com", true],
  ["a.web.push.apple.com", true],
  ["push.apple.com", false],
  ["evilpush.apple.com", false],
])("Whether %s is a push service: %s (W9).", (host, expected) => {
  expect(isPushHost(host, ["fcm.googleapis.com", "*.push.apple.com"])).toBe(expected);
});

test("Keys that are no pair, or a subject that is none, stop the start.", () => {
  const client = createGuardedClient({ allow: [], ports: [443], now: () => 0 });
  const create = (changes: object) =>
    createWebPushChannel({ client, clock: createVirtualClock(0), vapid: { ...vapid, ...changes }, pushHosts });
  expect(() => create({ publicKey: createVapidKeys().publicKey })).toThrow("not a pair");
  expect(() => create({ subject: "operator" })).toThrow("subject");
  expect(() => create({ privateKey: new Secret("") })).toThrow();
});

test("New keys are a point and a scalar of full length, every time.", () => {
  for (let run = 0; run < 600; run += 1) {
    const keys = createVapidKeys();
    const lengths = [keys.publicKey, keys.privateKey.reveal()].map((text) => Buffer.from(text, "base64url").length);
    expect(lengths).toEqual([65, 32]);
  }
});
