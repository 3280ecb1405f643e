import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { createWebhookChannel } from "../../../src/channels/webhook/webhook.ts";
import { webhookContactSchema } from "../../../src/channels/webhook/webhook-contact.ts";
import { createVirtualClock } from "../../../src/platform/clock.ts";
import { createGuardedClient } from "../../../src/platform/http/guarded.ts";
import { buildMessage, describeChannel, KIT_NOW } from "../../support/channel-kit.ts";
import { type ReceivedRequest, startFakeReceiver } from "../../support/fake-receiver.ts";

const secretOf = (letter: string) => `whsec_${Buffer.alloc(32, letter).toString("base64")}`;
const SECRET = secretOf("a");
const OLD_SECRET = secretOf("b");

/** The independent library verifies the signature and parses the body; its clock is the machine's, so ours is too. */
const verify = (secret: string, { body, headers }: ReceivedRequest) =>
  new Webhook(secret).verify(body.toString("utf8"), headers) as { data: { alert: { title: string } } };

describeChannel({
  name: "webhook",
  createChannel: ({ client }) => createWebhookChannel({ client, clock: createVirtualClock(Date.now()) }),
  contactConfig: (origin) => ({ url: `${origin}/hook`, secret: SECRET }),
  readTitle: (request) => verify(SECRET, request).data.alert.title,
  expectedTitle: (title) => title,
  secrets: [SECRET, SECRET.slice("whsec_".length)],
  deadStatuses: [410],
});

async function sendOnce(config: { secret: string; previousSecret?: string }, clock = createVirtualClock(Date.now())) {
  await using receiver = await startFakeReceiver();
  const client = createGuardedClient({ allow: [receiver.hostPort], ports: [443], now: clock.now });
  const channel = createWebhookChannel({ client, clock });
  const url = `${receiver.origin}/hook`;
  const contact = { id: "c", personId: "p", channel: "webhook", config: { url, ...config } } as const;
  await channel.send(buildMessage(), contact);
  await clock.advance(60_000);
  await channel.send(buildMessage({ attempt: 2 }), { ...contact, config: { url, ...config } });
  await client.close();
  const [first, second] = receiver.requests;
  if (!first || !second) throw new Error("two requests were expected");
  return [first, second] as const;
}

test("The body is the documented one.", async () => {
  const [request] = await sendOnce({ secret: SECRET });
  expect(request.method).toBe("POST");
  expect(request.headers["content-type"]).toBe("application/json");
  expect(JSON.parse(request.body.toString())).toEqual({
    type: "alert.notification",
    timestamp: "2026-11-24T08:00:00.000Z",
    data: {
      alert: {
        id: "alert-1",
        title: "CPU above 90%",
        severity: "critical",
        state: "open",
        url: "https://watchbell.example/alerts/alert-1",
        source: {
          kind: "azure-monitor",
          alertId: "/subscriptions/s/providers/Microsoft.AlertsManagement/alerts/a",
          rule: "CPU above 90%",
        },
      },
      person: { id: "person-1", name: "Ann Example" },
      reason: "On duty in Operations, step 1 of 2",
    },
  });
});

test("The id and the body stay the same over retries, the timestamp is the attempt's.", async () => {
  const [first, second] = await sendOnce({ secret: SECRET }, createVirtualClock(KIT_NOW));
  expect(first.headers["webhook-id"]).toBe(buildMessage().id);
  expect(second.headers["webhook-id"]).toBe(buildMessage().id);
  expect(second.body).toEqual(first.body);
  expect(first.headers["webhook-timestamp"]).toBe(String(KIT_NOW / 1_000));
  expect(second.headers["webhook-timestamp"]).toBe(String(KIT_NOW / 1_000 + 60));
});

test("While a secret is being changed, receivers with the new and with the old one accept.", async () => {
  const [request] = await sendOnce({ secret: SECRET, previousSecret: OLD_SECRET });
  expect(request.headers["webhook-signature"]).toMatch(/^v1,\S{44} v1,\S{44}$/);
  expect(verify(SECRET, request).data.alert.title).toBe("CPU above 90%");
  expect(verify(OLD_SECRET, request).data.alert.title).toBe("CPU above 90%");
  expect(() => verify(secretOf("c"), request)).toThrow();
});

test("A changed body is not accepted.", async () => {
  const [request] = await sendOnce({ secret: SECRET });
  const changed = { ...request, body: Buffer.from(request.body.toString().replace("critical", "info")) };
  expect(() => verify(SECRET, changed)).toThrow();
});

test("A contact whose secret is changed signs with the new one at once.", async () => {
  await using receiver = await startFakeReceiver();
  const client = createGuardedClient({ allow: [receiver.hostPort], ports: [443], now: Date.now });
  const channel = createWebhookChannel({ client, clock: createVirtualClock(Date.now()) });
  for (const secret of [OLD_SECRET, SECRET]) {
    const config = { url: receiver.origin, secret };
    await channel.send(buildMessage(), { id: "c", personId: "p", channel: "webhook", config });
  }
  await client.close();
  const [before, after] = receiver.requests as [ReceivedRequest, ReceivedRequest];
  expect(() => verify(OLD_SECRET, before)).not.toThrow();
  expect(() => verify(SECRET, after)).not.toThrow();
});

test.each([
  ["no prefix", SECRET.slice("whsec_".length)],
  ["23 bytes", `whsec_${Buffer.alloc(23).toString("base64")}`],
  ["65 bytes", `whsec_${Buffer.alloc(65).toString("base64")}`],
  ["no base64", "whsec_canary!canary!canary!canary!canary!"],
  ["nothing", ""],
])("A secret with %s is refused, and the refusal does not repeat it (S1).", (_, secret) => {
  const result = webhookContactSchema(() => true).safeParse({ url: "https://hooks.example.com", secret });
  expect(result.success).toBe(false);
  if (secret !== "") expect(JSON.stringify(result.error)).not.toContain(secret);
});

test("A parsed contact shows no key.", () => {
  const parsed = webhookContactSchema(() => true).parse({ url: "https://hooks.example.com", secret: SECRET });
  expect(JSON.stringify(parsed)).not.toContain(Buffer.alloc(32, "a").toString("base64"));
});
