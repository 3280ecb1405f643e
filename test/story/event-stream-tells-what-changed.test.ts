import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually, startWatchbell, type Watchbell } from "../support/watchbell.ts";

let watchbell: Watchbell;
let token: string;
beforeAll(async () => {
  watchbell = await startWatchbell({ clock: "virtual" });
  const body = { name: "stream", role: "Viewer", expiresAt: new Date(watchbell.now() + 3_600_000).toISOString() };
  token = (await watchbell.api<{ token: string }>("/api/v1/tokens", { method: "POST", body })).body.token;
});
afterAll(() => watchbell.dispose());

interface StreamEvent {
  event: string;
  id: string | undefined;
  data: { id: string; title: string; state: string; called: { name: string }[] };
}

/** An event stream by the format of the HTML Living Standard: fields of one block, comments apart. */
async function openStream(lastEventId?: string) {
  const events: StreamEvent[] = [];
  const comments: string[] = [];
  const ending = new AbortController();
  const headers = {
    authorization: `Bearer ${token}`,
    ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }),
  };
  const response = await fetch(`${watchbell.url}/api/v1/events`, { headers, signal: ending.signal });
  const reading = (async () => {
    let text = "";
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const blocks = text.split("\n\n");
      text = blocks.pop()!;
      for (const block of blocks) {
        const fields = new Map<string, string>();
        for (const line of block.split("\n")) {
          if (line.startsWith(":")) comments.push(line.slice(1).trim());
          else fields.set(line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trimStart());
        }
        const data = fields.get("data");
        if (data !== undefined)
          events.push({ event: fields.get("event") ?? "", id: fields.get("id"), data: JSON.parse(data) });
      }
    }
  })().catch(() => undefined);
  const close = async () => {
    ending.abort();
    await reading;
  };
  /** What is gathered for 50 ms is sent now. */
  const told = (count: number) =>
    eventually(async () => {
      await watchbell.advance(60, 60);
      return events.length >= count ? events : undefined;
    });
  return { status: response.status, type: response.headers.get("content-type"), events, comments, told, close };
}

const act = (id: string, action: string) =>
  watchbell.api(`/api/v1/alerts/${id}/${action}`, { method: "POST", body: {} });
async function fireAndNotify(rule: string) {
  const { id } = await watchbell.alertOf(await watchbell.fire({ rule }));
  await watchbell.notified(id);
  return id;
}

test("each change is one event with the list item and a rising id", async () => {
  const stream = await openStream();
  expect([stream.status, stream.type]).toEqual([200, "text/event-stream; charset=utf-8"]);
  const id = await fireAndNotify("streamed");
  await stream.told(1);
  await act(id, "acknowledge");
  await stream.told(2);
  await act(id, "close");
  await stream.told(3);
  const own = stream.events.filter(({ data }) => data.id === id);
  expect(own.map(({ data }) => data.state)).toEqual(expect.arrayContaining(["open", "acknowledged", "closed"]));
  expect(own.every(({ event }) => event === "alert")).toBe(true);
  const ids = stream.events.map((event) => Number(event.id));
  expect(ids.every(Number.isSafeInteger)).toBe(true);
  expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
  const listed = (await watchbell.list()).find((alert) => alert.id === id);
  await watchbell.round();
  await stream.told(3);
  expect(Object.keys(own[0]!.data).sort()).toEqual(Object.keys(listed!).sort());
  await stream.close();
});

test("Last-Event-ID brings what changed since, and nothing older", async () => {
  const first = await openStream();
  const seen = await fireAndNotify("seen-before");
  const lastId = (await first.told(1)).at(-1)!.id!;
  await first.close();
  const missed = [await fireAndNotify("missed-1"), await fireAndNotify("missed-2")];
  await act(seen, "close");
  await watchbell.settle();
  const second = await openStream(lastId);
  await second.told(3);
  expect(new Set(second.events.map(({ data }) => data.id))).toEqual(new Set([...missed, seen]));
  expect(second.events.find(({ data }) => data.id === seen)?.data.state).toBe("closed");
  await second.close();
  for (const id of missed) await act(id, "close");
});

test("a new step of the escalation is told, with an id that a replay knows", async () => {
  const id = await fireAndNotify("escalates");
  const before = await openStream("0");
  await before.told(1);
  const lastId = before.events.findLast((event) => event.id !== undefined)!.id!;
  await before.close();
  await watchbell.advance(5 * 60_000);
  await watchbell.notified(id);
  const stream = await openStream(lastId);
  await stream.told(1);
  const last = stream.events.findLast(({ data }) => data.id === id);
  expect(last?.data.called.length).toBeGreaterThan(1);
  await stream.close();
  await act(id, "close");
});

test("more than a thousand missed changes are all told", async () => {
  const team = await watchbell.store.db.selectFrom("team").select("id").executeTakeFirstOrThrow();
  const template = await watchbell.store.db.selectFrom("alert").selectAll().executeTakeFirstOrThrow();
  const before = Number(template.change_id) + 1_000_000;
  await watchbell.store.pool.query(
    `insert into alert select (jsonb_populate_record(a, jsonb_build_object('id', gen_random_uuid(),
       'dedup_key', '\\x' || md5(n::text), 'change_id', $1::bigint + n, 'state', 'closed'))).*
     from alert a, generate_series(1, 2300) n where a.id = $2 and a.team_id = $3`,
    [before, template.id, team.id],
  );
  const ids = new Set<string>();
  let lastId = String(before);
  // A stream that is too slow is ended and goes on where it was: so does a browser.
  for (let turn = 0; turn < 5 && ids.size < 2_300; turn += 1) {
    const stream = await openStream(lastId);
    await eventually(() => stream.events.length > 0);
    let count = -1;
    while (count !== stream.events.length) {
      count = stream.events.length;
      await watchbell.advance(60, 60);
    }
    for (const { data } of stream.events) ids.add(data.id);
    lastId = stream.events.at(-1)!.id!;
    await stream.close();
    if (turn === 0) expect(ids.size).toBeGreaterThan(1_000);
  }
  expect(ids.size).toBe(2_300);
  await watchbell.store.pool.query("delete from alert where change_id > $1", [before]);
});

test("a heartbeat comes every 15 seconds", async () => {
  const stream = await openStream();
  await watchbell.advance(31_000, 1_000);
  await eventually(() => stream.comments.filter((text) => text === "heartbeat").length >= 2);
  await stream.close();
});

test("the stream ends with the token that opened it", async () => {
  const body = { name: "revoked", role: "Viewer", expiresAt: new Date(watchbell.now() + 3_600_000).toISOString() };
  const made = (await watchbell.api<{ id: string; token: string }>("/api/v1/tokens", { method: "POST", body })).body;
  const response = await fetch(`${watchbell.url}/api/v1/events`, {
    headers: { authorization: `Bearer ${made.token}` },
  });
  const ended = response.text();
  await watchbell.api(`/api/v1/tokens/${made.id}`, { method: "DELETE" });
  expect(await ended).toContain(": connected");
});

test("without a credential, and with a Last-Event-ID that is none, it is refused", async () => {
  expect((await watchbell.anonymous("/api/v1/events")).status).toBe(401);
  expect((await watchbell.api("/api/v1/events", { headers: { "last-event-id": "x" } })).status).toBe(400);
});
