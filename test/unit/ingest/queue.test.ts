import { describe, expect, test } from "vitest";
import type { Arrival } from "../../../src/ingest/intake.ts";
import { type CommitBatch, createIngestQueue } from "../../../src/ingest/queue.ts";
import { buildEvent } from "../sources/azure-monitor/event-builder.ts";

const arrival = (sourceId: string, body: string | Buffer): Arrival => ({
  teamId: "team",
  sourceId,
  receivedAt: 0,
  contentType: null,
  body: Buffer.from(body),
  count: 1,
  event: buildEvent(),
  problem: null,
});
const answer = (each: Arrival) => ({ alertId: each.body.toString("utf8", 0, 40), fresh: true });

/** A store whose commits wait until the test lets them end. */
function heldStore(fail?: (batch: readonly Arrival[]) => unknown) {
  const batches: Arrival[][] = [];
  let gate = Promise.withResolvers<void>();
  const commit: CommitBatch = async (batch) => {
    batches.push([...batch]);
    await gate.promise;
    const error = fail?.(batch);
    if (error) throw error;
    return batch.map(answer);
  };
  const open = () => gate.resolve();
  const hold = () => {
    gate = Promise.withResolvers<void>();
  };
  return { commit, batches, open, hold };
}
const dataError = () => Object.assign(new Error("bad row"), { code: "22P05" });
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("the ingest queue", () => {
  test("what arrives during a commit is the next batch", async () => {
    const store = heldStore();
    const queue = createIngestQueue(store.commit, 1_000);
    const first = [queue.offer(arrival("a", "1"), "1"), queue.offer(arrival("a", "2"), "2")];
    await turn();
    await turn();
    const later = Array.from({ length: 40 }, (_, index) => queue.offer(arrival("a", `later ${index}`), `l${index}`));
    store.open();
    await Promise.all([...first, ...later]);
    expect(store.batches.length).toBeLessThanOrEqual(4);
    expect(store.batches.flat()).toHaveLength(42);
    expect(queue.depth()).toBe(0);
  });

  test("a batch that met another statement is tried again, and nobody is refused", async () => {
    let failures = 2;
    const store = heldStore(() =>
      failures-- > 0 ? Object.assign(new Error("deadlock"), { code: "40P01" }) : undefined,
    );
    const queue = createIngestQueue(store.commit, 1_000);
    const accepted = queue.offer(arrival("a", "one"), "one");
    store.open();
    expect((await accepted)?.alertId).toBe("one");
    expect(store.batches).toHaveLength(3);
  });

  test("the same bytes in a batch are one row with a count, and each sender gets its answer", async () => {
    const store = heldStore();
    const queue = createIngestQueue(store.commit, 1_000);
    const same = Array.from({ length: 7 }, () => queue.offer(arrival("a", "same"), "same"));
    const other = queue.offer(arrival("a", "other"), "other");
    store.open();
    const answers = await Promise.all(same);
    expect(answers.map((each) => each?.alertId)).toEqual(Array(7).fill("same"));
    expect(answers.filter((each) => each?.fresh)).toHaveLength(1);
    expect(await other).toMatchObject({ alertId: "other", fresh: true });
    expect(store.batches.flat().map(({ body, count }) => [body.toString(), count])).toEqual([
      ["same", 7],
      ["other", 1],
    ]);
  });

  test("a poisoned row stands alone at last: its neighbours are stored, it alone is refused (I4)", async () => {
    const store = heldStore((batch) => (batch.some(({ body }) => body.includes("poison")) ? dataError() : undefined));
    store.open();
    const queue = createIngestQueue(store.commit, 1_000);
    const names = Array.from({ length: 51 }, (_, index) => (index === 17 ? "poison" : `good ${index}`));
    const outcomes = await Promise.allSettled(names.map((name) => queue.offer(arrival("a", name), name)));
    expect(outcomes.map(({ status }) => status)).toEqual(
      names.map((name) => (name === "poison" ? "rejected" : "fulfilled")),
    );
  });

  test("when the store is away all are refused at once, without trying halves", async () => {
    const store = heldStore(() => Object.assign(new Error("gone"), { code: "57P01" }));
    store.open();
    const queue = createIngestQueue(store.commit, 1_000);
    const outcomes = await Promise.allSettled(["1", "2", "3"].map((name) => queue.offer(arrival("a", name), name)));
    expect(outcomes.every(({ status }) => status === "rejected")).toBe(true);
    expect(store.batches).toHaveLength(1);
    expect(queue.depth()).toBe(0);
  });

  test("an arrival that fails alone is refused alone", async () => {
    const queue = createIngestQueue(
      async (batch) => batch.map((each) => (each.body.includes("bad") ? { error: new Error("no") } : answer(each))),
      100,
    );
    const outcomes = await Promise.allSettled(["good", "bad"].map((name) => queue.offer(arrival("a", name), name)));
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  });

  test("a full queue accepts nothing, and something again after a commit (L4)", async () => {
    const store = heldStore();
    const queue = createIngestQueue(store.commit, 100);
    const offers = Array.from({ length: 150 }, (_, index) => queue.offer(arrival("a", `${index}`), `${index}`));
    expect(offers.filter((offer) => offer === null)).toHaveLength(50);
    store.open();
    await Promise.all(offers);
    expect(queue.offer(arrival("a", "again"), "again")).not.toBeNull();
    await queue.drain();
  });

  test("a flood of one source leaves others half a queue, and is itself held to its half while they wait (L3)", async () => {
    const store = heldStore();
    const queue = createIngestQueue(store.commit, 100);
    const flood = Array.from({ length: 500 }, (_, index) => queue.offer(arrival("flood", `f${index}`), `f${index}`));
    const other = Array.from({ length: 60 }, (_, index) => queue.offer(arrival("other", `o${index}`), `o${index}`));
    expect(other.filter((offer) => offer !== null)).toHaveLength(50);
    expect(queue.offer(arrival("flood", "more"), "more")).toBeNull();
    store.open();
    await Promise.all([...flood, ...other]);
  });

  test("batches take turns: a flood of large bodies never keeps another source out", async () => {
    const store = heldStore();
    store.open();
    const queue = createIngestQueue(store.commit, 10_000);
    const large = Buffer.alloc(700_000);
    const flood = Array.from({ length: 20 }, (_, index) => queue.offer(arrival("flood", large), `f${index}`));
    const other = queue.offer(arrival("other", "small"), "small");
    await other;
    const batchOfOther = store.batches.findIndex((batch) => batch.some(({ sourceId }) => sourceId === "other"));
    expect(batchOfOther).toBeLessThanOrEqual(1);
    await Promise.all(flood);
  });

  test("a batch has at most 500 rows, also of many sources", async () => {
    const store = heldStore();
    store.open();
    const queue = createIngestQueue(store.commit, 10_000);
    await Promise.all(
      Array.from({ length: 1_300 }, (_, index) => queue.offer(arrival(`s${index}`, `${index}`), `${index}`)),
    );
    expect(Math.max(...store.batches.map((batch) => batch.length))).toBeLessThanOrEqual(500);
  });

  test("drain takes nothing more and waits until everything accepted is committed", async () => {
    const store = heldStore();
    const queue = createIngestQueue(store.commit, 1_000);
    const offers = Array.from({ length: 900 }, (_, index) => queue.offer(arrival("a", `${index}`), `${index}`));
    let drained = false;
    const draining = queue.drain().then(() => {
      drained = true;
    });
    expect(queue.offer(arrival("a", "late"), "late")).toBeNull();
    await turn();
    expect(drained).toBe(false);
    store.open();
    await Promise.all([...offers, draining]);
    expect(store.batches.flat()).toHaveLength(900);
  });
});
