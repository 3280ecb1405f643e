import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Channel, ContactMethod, OutgoingMessage } from "../../src/channels/channel.ts";
import { createVirtualClock, type VirtualClock } from "../../src/platform/clock.ts";
import { createGuardedClient, type GuardedClient } from "../../src/platform/http/guarded.ts";
import { type FakeReceiver, type ReceivedRequest, startFakeReceiver } from "./fake-receiver.ts";

/** 24 November 2026, 08:00 UTC. */
export const KIT_NOW = Date.UTC(2026, 10, 24, 8);

/** What an adapter's test gives the kit. */
export interface ChannelKitOptions {
  name: string;
  createChannel(parts: { client: GuardedClient; clock: VirtualClock; receiver: FakeReceiver }): Channel;
  /** The config of a contact whose target is `origin`. */
  contactConfig(origin: string): unknown;
  /** Reads a request with something independent of the adapter; throws when the request is malformed. */
  readTitle(request: ReceivedRequest): string | Promise<string>;
  /** What `readTitle` must give for an alert of this title. */
  expectedTitle(title: string): string;
  /** Strings that no outcome may hold. */
  secrets: readonly string[];
  /** Statuses by which the receiver declares the contact dead. */
  deadStatuses: readonly number[];
}

/** A message with defaults, so that every value in a test matters to it. */
export function buildMessage(changes: Partial<OutgoingMessage> = {}, title = "CPU above 90%"): OutgoingMessage {
  return {
    id: "0199b5a0-0000-7000-8000-000000000001",
    teamId: "01890000-0000-7000-8000-000000000001",
    kind: "call-out",
    alert: {
      id: "alert-1",
      title,
      severity: "critical",
      state: "open",
      owner: null,
      createdAt: new Date(KIT_NOW).toISOString(),
      updatedAt: new Date(KIT_NOW).toISOString(),
      source: {
        kind: "azure-monitor",
        alertId: "/subscriptions/s/providers/Microsoft.AlertsManagement/alerts/a",
        rule: "CPU above 90%",
        resourceId: null,
        severity: "Sev0",
      },
    },
    person: { id: "person-1", name: "Ann Example" },
    reason: "On duty in Operations, step 1 of 2",
    url: "https://watchbell.example/alerts/alert-1",
    createdAt: KIT_NOW,
    attempt: 1,
    expiresAt: null,
    bundled: 0,
    ...changes,
  };
}

/** Text of attackers: whatever a format could take for its own syntax. */
export const HOSTILE_TITLES = [
  ["a line break", "a\r\nx-evil: 1\r\n\r\nGET / HTTP/1.1"],
  ["a NUL", "a\0b"],
  ["every control character", String.fromCharCode(...Array.from({ length: 160 }, (_, code) => code))],
  ["a bidi override", "safe\u202egnp.exe\u2066x\u2069"],
  ["a script", '<script>alert(1)</script>"><img src=x onerror=alert(1)>'],
  ["quotes and a backslash", `"}],"evil":[{"a":"\\`],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholder is the attack
  ["a template", "{{7*7}} ${process.env} %s %n {0}"],
  ["half a character", "a\ud800b\udc00"],
  ["line separators", "a\u2028b\u2029c"],
  ["10 kB", "x".repeat(10_240)],
  ["10 kB of astral characters", "💥".repeat(2_560)],
  ["nothing", ""],
] as const;

/** Runs what every adapter promises: one outcome per answer, hostile text harmless, secrets untold. */
export function describeChannel(options: ChannelKitOptions): void {
  describe(`the ${options.name} channel`, () => {
    let receiver: FakeReceiver;
    let client: GuardedClient;
    let channel: Channel;
    let contact: ContactMethod;
    const seen: unknown[] = [];

    beforeEach(async () => {
      receiver = await startFakeReceiver();
      client = createGuardedClient({ allow: [receiver.hostPort], ports: [443], now: () => KIT_NOW });
      channel = options.createChannel({ client, clock: createVirtualClock(KIT_NOW), receiver });
      const config = options.contactConfig(receiver.origin);
      contact = { id: "contact-1", personId: "person-1", channel: channel.kind, config };
      seen.length = 0;
    });
    afterEach(async () => {
      await client.close();
      await receiver.close();
      for (const secret of options.secrets) expect(JSON.stringify(seen)).not.toContain(secret);
    });

    const send = async (message = buildMessage(), to = contact) => {
      const outcome = await channel.send(message, to);
      seen.push(outcome);
      return outcome;
    };
    const failure = (reason: string, more = {}) => ({
      ...{ kind: "failed", retryable: false, reason, status: null, retryAfterSeconds: null, retire: false },
      ...more,
    });

    test.each([200, 201, 202, 204])("is done after %d", async (status) => {
      receiver.answer({ status });
      expect(await send()).toEqual({ kind: "delivered", status });
    });

    test.each([
      [408, "timeout"],
      [425, "throttled"],
      [429, "throttled"],
      [500, "server-error"],
      [502, "server-error"],
      [503, "server-error"],
      [504, "server-error"],
      [599, "server-error"],
    ])("may try again after %d as long as Retry-After says", async (status, reason) => {
      receiver.answer({ status, headers: { "retry-after": "30" } });
      expect(await send()).toEqual(failure(reason, { status, retryable: true, retryAfterSeconds: 30 }));
      receiver.answer({ status, headers: { "retry-after": "Tue, 24 Nov 2026 08:01:00 GMT" } });
      expect(await send()).toEqual(failure(reason, { status, retryable: true, retryAfterSeconds: 60 }));
      receiver.answer({ status });
      expect(await send()).toEqual(failure(reason, { status, retryable: true }));
    });

    const rejections = [400, 401, 403, 404, 413, 415, 422].filter((status) => !options.deadStatuses.includes(status));
    test.each(rejections)("gives up after %d and keeps the contact", async (status) => {
      receiver.answer({ status, headers: { "retry-after": "30" } });
      expect(await send()).toEqual(failure("rejected", { status }));
    });

    test.each(options.deadStatuses)("retires the contact after %d", async (status) => {
      receiver.answer({ status });
      expect(await send()).toEqual(failure("gone", { status, retire: true }));
    });

    test.each([301, 302, 307, 308])("does not follow a %d", async (status) => {
      receiver.answer({ status, headers: { location: `${receiver.origin}/elsewhere` } });
      expect(await send()).toEqual(failure("redirected", { status }));
      expect(receiver.requests).toHaveLength(1);
    });

    test("may try again after a broken connection", async () => {
      receiver.answer("cut");
      expect(await send()).toEqual(failure("unreachable", { retryable: true }));
    });

    test("may try again when nobody listens", async () => {
      await receiver.close();
      expect(await send()).toEqual(failure("unreachable", { retryable: true }));
    });

    test("may try again when the receiver does not answer in time", async () => {
      receiver.answer("silent");
      const impatient: GuardedClient = {
        ...client,
        request: (request) => client.request({ ...request, timeoutMs: 50 }),
      };
      channel = options.createChannel({ client: impatient, clock: createVirtualClock(KIT_NOW), receiver });
      expect(await send()).toEqual(failure("timeout", { retryable: true }));
    });

    test("makes one attempt, never a second by itself", async () => {
      receiver.answer({ status: 503 });
      await send();
      expect(receiver.requests).toHaveLength(1);
    });

    test.each([null, undefined, {}, "x", { url: 1 }, { endpoint: "https://hooks.example.com" }])(
      "refuses the unusable config %j without sending",
      async (config) => {
        expect(await send(buildMessage(), { ...contact, config })).toEqual(failure("bad-contact"));
        expect(receiver.connections()).toBe(0);
      },
    );

    test("refuses a private target that is not allowed (W4)", async () => {
      const config = options.contactConfig("https://10.0.0.1");
      expect(await send(buildMessage(), { ...contact, config })).toEqual(failure("bad-contact"));
    });

    test.each(HOSTILE_TITLES)("keeps a title with %s text", async (_, title) => {
      expect(await send(buildMessage({}, title))).toMatchObject({ kind: "delivered" });
      const [request] = receiver.requests;
      expect(request?.headers).not.toHaveProperty("x-evil");
      expect(await options.readTitle(request as ReceivedRequest)).toBe(options.expectedTitle(title));
    });

    test.each(HOSTILE_TITLES)("keeps a reason and a name with %s harmless", async (_, text) => {
      const message = buildMessage({ reason: text, person: { id: "person-1", name: text } });
      expect(await send(message)).toMatchObject({ kind: "delivered" });
      expect(await options.readTitle(receiver.requests[0] as ReceivedRequest)).toBe(
        options.expectedTitle("CPU above 90%"),
      );
    });
  });
}
