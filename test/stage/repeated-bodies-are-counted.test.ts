import { afterEach, beforeEach, expect, test } from "vitest";
import type { SourceEvent } from "../../src/alert/event.ts";
import type { Arrival, NewAlertPlan } from "../../src/ingest/intake.ts";
import { createIngest, type Ingest } from "../../src/ingest/stage.ts";
import { createIds } from "../../src/platform/ids.ts";
import { createTestStore, type TestStore } from "../support/test-store.ts";
import { buildEvent } from "../unit/sources/azure-monitor/event-builder.ts";

/** What has been stored before takes a shorter way through the ingest; nobody must be able to tell by its outcome. */
const NOW = Date.UTC(2026, 10, 24, 18, 0);
const ids = createIds();
const TEAM = ids.next(NOW);
const SOURCE = ids.next(NOW);

const PLAN: NewAlertPlan = {
  state: "open",
  heldUntil: null,
  sync: "in-step",
  syncAdvice: null,
  closedUnconfirmed: false,
  entries: [],
  escalation: null,
  callOuts: [],
};

interface World {
  ingest: Ingest;
  /** Bodies for which a plan was made, and bodies that were applied to an alert we hold. */
  decided: string[];
  applied: string[];
}

let store: TestStore;
beforeEach(async () => {
  store = await createTestStore();
});
afterEach(() => store.close());

function createWorld(changes: (event: SourceEvent) => boolean = () => false): World {
  const decided: string[] = [];
  const applied: string[] = [];
  const ingest = createIngest(
    {
      pool: store.pool,
      ids,
      decideNew: ({ body }) => {
        decided.push(String(body));
        return PLAN;
      },
      changesKnown: (_known, event) => changes(event),
      applyToKnown: async (_known, { body }) => {
        applied.push(String(body));
        return "done";
      },
      onFresh: () => undefined,
    },
    1_000,
  );
  return { ingest, decided, applied };
}

const arrival = (body: string, event: Partial<SourceEvent> = {}, receivedAt = NOW): Arrival => ({
  teamId: TEAM,
  sourceId: SOURCE,
  receivedAt,
  contentType: "application/json",
  body: Buffer.from(body),
  count: 1,
  event: buildEvent(event),
  problem: null,
});

const alertCounts = async () =>
  (await store.db.selectFrom("alert").select(["source_alert_id", "count"]).orderBy("source_alert_id").execute()).map(
    ({ source_alert_id, count }) => [source_alert_id, Number(count)],
  );
const bodyCounts = async () =>
  (await store.db.selectFrom("raw_event").select(["body", "count"]).orderBy("body").execute()).map(
    ({ body, count }) => [String(body), Number(count)],
  );

test("the same body again is counted and answered as the same alert, without a decision", async () => {
  const { ingest, decided } = createWorld();
  const first = await ingest.push(arrival("a"));
  const again = await ingest.push(arrival("a", {}, NOW + 5_000));
  expect(again).toEqual({ alertId: first!.alertId, fresh: false });
  expect(decided).toEqual(["a"]);
  expect((await alertCounts()).map(([, count]) => count)).toEqual([2]);
  expect(await bodyCounts()).toEqual([["a", 2]]);
  const kept = await store.db
    .selectFrom("raw_event")
    .select(["received_at", "last_received_at"])
    .executeTakeFirstOrThrow();
  expect([kept.received_at.getTime(), kept.last_received_at.getTime()]).toEqual([NOW, NOW + 5_000]);
});

test("repeats of several alerts and new bodies in one batch are each counted right", async () => {
  const { ingest } = createWorld();
  const a = { nativeId: "a", alertId: "a" };
  const b = { nativeId: "b", alertId: "b" };
  await Promise.all([ingest.push(arrival("a", a)), ingest.push(arrival("b", b))]);
  const pushes = [
    ...Array.from({ length: 40 }, () => ingest.push(arrival("a", a))),
    ...Array.from({ length: 30 }, () => ingest.push(arrival("b", b))),
    // Another body of a known alert, and the same body by another way: not folded with its like.
    ...Array.from({ length: 20 }, () => ingest.push(arrival("a, told differently", a))),
    ...Array.from({ length: 10 }, () => ingest.push(arrival("a", { ...a, via: "entra" }))),
    ingest.push(arrival("c", { nativeId: "c", alertId: "c" })),
  ];
  const results = await Promise.all(pushes);
  expect(results.filter((result) => result?.fresh)).toHaveLength(1);
  expect(await alertCounts()).toEqual([
    ["a", 71],
    ["b", 31],
    ["c", 1],
  ]);
  expect(await bodyCounts()).toEqual([
    ["a", 51],
    ["a, told differently", 20],
    ["b", 31],
    ["c", 1],
  ]);
});

test("a repeat still changes the alert when it differs from what we hold", async () => {
  const { ingest, applied } = createWorld((event) => event.condition === "resolved");
  await ingest.push(arrival("fired"));
  await ingest.push(arrival("resolved", { condition: "resolved" }));
  await ingest.push(arrival("resolved", { condition: "resolved" }));
  expect(applied).toEqual(["resolved", "resolved"]);
});

test("a body that is no longer kept is kept again", async () => {
  const { ingest, decided } = createWorld();
  await ingest.push(arrival("a"));
  await store.db.deleteFrom("raw_event").execute();
  await ingest.push(arrival("a"));
  expect(decided).toEqual(["a", "a"]);
  expect((await alertCounts()).map(([, count]) => count)).toEqual([2]);
  expect(await bodyCounts()).toEqual([["a", 1]]);
});

test("a repeat is refused, not lost, while the store is away", async () => {
  const { ingest } = createWorld();
  await ingest.push(arrival("a"));
  await store.db.schema.alterTable("raw_event").renameTo("raw_event_away").execute();
  await expect(ingest.push(arrival("a"))).rejects.toThrow("raw_event");
  await store.db.schema
    .alterTable("raw_event_away" as "raw_event")
    .renameTo("raw_event")
    .execute();
  await ingest.push(arrival("a"));
  expect(await bodyCounts()).toEqual([["a", 2]]);
});
