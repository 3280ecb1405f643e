import { afterAll, beforeAll, expect, test } from "vitest";
import type { AlertPage } from "../../src/api/contract.ts";
import { pushBody } from "../support/push-body.ts";
import { type Call, startWatchbell, type Watchbell } from "../support/watchbell.ts";

let watchbell: Watchbell;
let ids: string[];
beforeAll(async () => {
  watchbell = await startWatchbell({ webhook: false });
  ids = [];
  for (let index = 0; index < 25; index += 1) {
    const { body } = await watchbell.push(pushBody({ rule: `listed ${index}` }));
    ids.unshift(body.alertIds[0]!);
  }
  await watchbell.api(`/api/v1/alerts/${ids[3]}/close`, { method: "POST", body: {} });
  await watchbell.api(`/api/v1/alerts/${ids[4]}/acknowledge`, { method: "POST", body: {} });
});
afterAll(() => watchbell.dispose());

const page = (query: string, call: Call = watchbell.api) => call<AlertPage>(`/api/v1/alerts?${query}`);

test("pages are newest first, without gap or overlap, also when alerts come meanwhile", async () => {
  const seen: string[] = [];
  let query = "limit=10";
  for (let turn = 0; turn < 5; turn += 1) {
    const { body } = await page(query);
    seen.push(...body.alerts.map(({ id }) => id));
    if (body.next === undefined) break;
    query = `limit=10&cursor=${body.next}`;
    if (turn === 0) await watchbell.push(pushBody({ rule: "came meanwhile" }));
  }
  expect(seen).toEqual(ids);
});

test("state takes one or several words", async () => {
  const idsOf = async (query: string) => (await page(query)).body.alerts.map(({ id }) => id);
  expect(await idsOf("state=closed")).toEqual([ids[3]]);
  expect(await idsOf("state=closed,acknowledged")).toEqual([ids[3], ids[4]]);
  expect(await idsOf("state=open&limit=200")).not.toContain(ids[3]);
});

test("limit is 50 by default and 200 at most", async () => {
  expect((await page("limit=200")).status).toBe(200);
  for (const limit of ["0", "201", "-1", "x", "1.5"]) expect((await page(`limit=${limit}`)).status).toBe(400);
});

test("a cursor of another filter, of another person, or made up is refused", async () => {
  const { body } = await page("limit=5");
  const ben = await watchbell.signInAs("Ben Okafor");
  const refusals = [
    await page(`limit=5&state=open&cursor=${body.next}`),
    await page(`limit=5&cursor=${body.next}`, ben),
    await page(`cursor=${Buffer.from("made up by a stranger").toString("base64url")}`),
    await page("cursor=x"),
  ];
  for (const { status, body: problem } of refusals)
    expect([status, problem]).toMatchObject([400, { code: "bad-cursor" }]);
  expect((await page(`limit=7&cursor=${body.next}`)).status).toBe(200);
});

test("unknown members are an error that names them", async () => {
  const { status, body } = await watchbell.api<{ issues: { received?: string }[] }>("/api/v1/alerts?stat=open");
  expect(status).toBe(400);
  expect(JSON.stringify(body.issues)).toContain("stat");
});

test("raw events are paged by cursors of their own", async () => {
  type Page = { events: { id: string }[]; next?: string };
  const seen: string[] = [];
  let query = "limit=10";
  for (;;) {
    const { body } = await watchbell.api<Page>(`/api/v1/raw-events?${query}`);
    seen.push(...body.events.map(({ id }) => id));
    if (body.next === undefined) break;
    query = `limit=10&cursor=${body.next}`;
  }
  expect(new Set(seen).size).toBe(26);
  const alerts = (await page("limit=5")).body.next;
  expect((await watchbell.api(`/api/v1/raw-events?cursor=${alerts}`)).status).toBe(400);
});
