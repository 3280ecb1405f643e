import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pushBody } from "../support/push-body.ts";
import { startWatchbell, type Watchbell } from "../support/watchbell.ts";

/** Threats I1, I4: an authentic body is never lost, and one bad body never costs its neighbours. */
let watchbell: Watchbell;
beforeAll(async () => {
  watchbell = await startWatchbell();
});
afterAll(() => watchbell.dispose());

interface RawEvent {
  alertId: string | null;
  verdict: string;
  problem: string | null;
  body: string;
  encoding: string;
  count: number;
}
const rawOf = async (alertId: string) => {
  const { body } = await watchbell.api<{ events: RawEvent[] }>("/api/v1/raw-events?verdict=unreadable&limit=100");
  return body.events.find((event) => event.alertId === alertId);
};
const nested = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
const withEscape = (text: string) => JSON.stringify(pushBody({ description: "MARK" })).replace("MARK", text);

const POISON: [name: string, body: string | Buffer][] = [
  ["is no JSON", "this is no JSON {"],
  ["is empty", ""],
  ["is JSON but no object", '"text"'],
  ["is of an unknown schema", JSON.stringify({ schemaId: "somethingNew", data: { x: 1 } })],
  ["nests 65 levels deep", nested(65)],
  ["nests 20,000 levels deep", nested(20_000)],
  ["holds U+0000", withEscape("a\\u0000b")],
  ["holds half a surrogate pair", withEscape("a\\ud800b")],
  ["holds a number beyond all bounds", '{"schemaId":"azureMonitorCommonAlertSchema","data":{"x":1e400000}}'],
  ["is not UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])],
  ["has a member __proto__", '{"__proto__":{"admin":true},"schemaId":"x"}'],
  ["has no alert id", JSON.stringify({ schemaId: "azureMonitorCommonAlertSchema", data: { essentials: {} } })],
];

test.each(POISON)("a body that %s is answered 202, kept raw, and is an alert of its own", async (_, body) => {
  const { status, body: answer } = await watchbell.push(body);
  expect(status).toBe(202);
  const id = answer.alertIds[0]!;
  const [notification] = await watchbell.notified(id);
  expect(notification?.data.alert.title).toBe("An event of Azure Monitor could not be read");
  const alert = await watchbell.detail(id);
  expect(alert).toMatchObject({ state: "open", severity: "high", azure: { sync: "off" } });
  const raw = await rawOf(id);
  expect(raw).toMatchObject({ verdict: "unreadable" });
  expect(Buffer.from(raw!.body, raw!.encoding as BufferEncoding)).toEqual(Buffer.from(body));
});

test("the same unreadable bytes again are the same alert", async () => {
  const first = await watchbell.push("again and again");
  await watchbell.notified(first.body.alertIds[0]!);
  const second = await watchbell.push("again and again");
  expect(second.body).toEqual(first.body);
  expect(await rawOf(first.body.alertIds[0]!)).toMatchObject({ count: 2 });
});

describe("amid fifty good events in one batch", () => {
  test.each(POISON)("one that %s fails none of them", async (name, body) => {
    const good = Array.from({ length: 50 }, (_, index) => pushBody({ rule: `good ${index} beside: ${name}` }));
    const marked = typeof body === "string" && body.startsWith("{") ? ` ${body}` : body;
    const sent = [...good.slice(0, 25), marked, ...good.slice(25)].map((each) => watchbell.push(each));
    const answers = await Promise.all(sent);
    expect(answers.map(({ status }) => status)).toEqual(Array(51).fill(202));
    const ids = answers.map((answer) => answer.body.alertIds[0]!);
    await watchbell.settle();
    const told = new Set(watchbell.notifications.take().map(({ data }) => data.alert.id));
    // A body that was pushed before is known already and notified no more.
    for (const id of ids.toSpliced(25, 1)) expect(told.has(id)).toBe(true);
  });
});

test("texts of attackers stay text, with their hidden characters made visible", async () => {
  const rule = "safe\u202egnp.exe <script>alert(1)</script> \u0007";
  const { body } = await watchbell.push(pushBody({ rule, description: "a\u2028b\r\n=cmd()" }));
  const id = body.alertIds[0]!;
  await watchbell.notified(id);
  const alert = await watchbell.detail(id);
  expect(alert.title).not.toMatch(/[\u0000-\u001f\u202e]/);
  expect(alert.title).toContain("<script>alert(1)</script>");
  expect(alert.description).not.toContain("\u2028");
});

test("an unreadable alert is acknowledged here and never written to Azure", async () => {
  const { body } = await watchbell.push("acknowledge me");
  const id = body.alertIds[0]!;
  await watchbell.notified(id);
  const { status } = await watchbell.api(`/api/v1/alerts/${id}/acknowledge`, { method: "POST", body: {} });
  expect(status).toBe(200);
  await watchbell.round();
  expect(await watchbell.detail(id)).toMatchObject({ state: "acknowledged", azure: { sync: "off" } });
});
