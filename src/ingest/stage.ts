import type { Pool } from "pg";
import type { SourceEvent } from "../alert/event.ts";
import type { Ids } from "../platform/ids.ts";
import { bodyDigest, dedupKey } from "./dedup-key.ts";
import type { Arrival, ArrivalResult, DecideNew, NewAlertPlan } from "./intake.ts";
import { createIngestQueue } from "./queue.ts";
import { createRepeats, type Repeats } from "./repeats.ts";
import { type BatchRow, commitBatch, findKnown, keepRaw, type StoredAnswer } from "./store.ts";

/**
 * Ingest: pushes and polls become alerts, once each. What comes in are arrivals (raw bytes with the normalised event);
 * what goes out are alert ids, after the commit. New alerts go through `decideNew` (policy, on-duty, escalation) before
 * the commit and are committed with their first messages in one statement; an event that changes an alert we hold goes
 * to `applyToKnown`. Nothing accepted is lost: a failure rejects the arrival, and its sender or the next poll repeats it.
 */
export interface IngestPorts {
  pool: Pool;
  ids: Ids;
  decideNew: DecideNew;
  /** Does this event change anything about the alert we hold? Pure and quick: the storm of duplicates passes here. */
  changesKnown(known: StoredAnswer, event: SourceEvent): boolean;
  /**
   * Applies the change in a transaction of its own. `again`: the alert gave up its identity, the event makes a new one.
   */
  applyToKnown(known: StoredAnswer, arrival: Arrival): Promise<"done" | "again">;
  /** Called after the commit with the alerts it made, before their senders are answered. */
  onFresh(made: MadeAlert[]): void;
}

export interface MadeAlert {
  arrival: Arrival;
  alertId: string;
  plan: NewAlertPlan;
  changeId: number;
}

export interface Ingest {
  /** Takes one push. null = the queue is full (answer 503 before accepting). */
  push(arrival: Arrival): Promise<ArrivalResult> | null;
  /** Takes one page of a poll. */
  poll(arrivals: readonly Arrival[]): Promise<void>;
  depth(): number;
  drain(): Promise<void>;
}

export function createIngest(ports: IngestPorts, queueMax: number): Ingest {
  const parts: Parts = { ...ports, repeats: createRepeats(ports.pool) };
  const commit = (arrivals: readonly Arrival[]) => commitPushes(parts, arrivals);
  const queue = createIngestQueue(commit, queueMax);
  const keyOf = (arrival: Arrival) =>
    `${arrival.teamId}|${arrival.event.via}|${bodyDigest(arrival.sourceId, arrival.body).toString("base64url")}`;
  const push = (arrival: Arrival) => queue.offer(arrival, keyOf(arrival));
  const poll = (arrivals: readonly Arrival[]) => pollArrivals(parts, arrivals);
  return { push, poll, depth: queue.depth, drain: queue.drain };
}

type Outcome = ArrivalResult | { error: unknown };

/** The ports, with what this process remembers of pushed bodies. */
interface Parts extends IngestPorts {
  repeats: Repeats;
}

interface Digested {
  arrival: Arrival;
  digest: Buffer;
}

const digested = (arrival: Arrival): Digested => ({
  arrival,
  digest: bodyDigest(arrival.sourceId, arrival.body),
});

/**
 * Repeats take the short way; everything else, and repeats that find nothing to count, the whole one. What is new goes
 * first: when that throws, nothing has been stored.
 */
async function commitPushes(parts: Parts, arrivals: readonly Arrival[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = new Array(arrivals.length);
  const pushes = arrivals.map((arrival, index) => ({ index, ...digested(arrival) }));
  const repeated = pushes.filter(({ digest }) => parts.repeats.includes(digest));
  const takeWholeWay = async (items: typeof pushes) => {
    const taken = items.length > 0 ? await commitArrivals(parts, items) : [];
    for (const [position, { index }] of items.entries()) outcomes[index] = taken[position]!;
  };
  await takeWholeWay(pushes.filter((push) => !repeated.includes(push)));
  const answers = repeated.length > 0 ? await parts.repeats.count(repeated) : new Map<string, StoredAnswer>();
  const answerOf = ({ digest }: Digested) => answers.get(digest.toString("hex"));
  for (const push of repeated) {
    const known = answerOf(push);
    if (known) outcomes[push.index] = await applyIfChanged(parts, known, push);
  }
  const forgotten = repeated.filter((push) => !answerOf(push));
  await takeWholeWay(forgotten).catch((error: unknown) => {
    for (const { index } of forgotten) outcomes[index] = { error };
  });
  return outcomes;
}

interface Prepared {
  index: number;
  row: BatchRow;
}

const keyOfEvent = (arrival: Arrival, variant = "") =>
  dedupKey(arrival.teamId, arrival.sourceId, arrival.event.nativeId, variant);

async function commitArrivals(parts: Parts, items: readonly Digested[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = new Array(items.length);
  const rounds: Prepared[][] = [];
  const roundOfKey = new Map<string, number>();
  for (const [index, { arrival, digest }] of items.entries()) {
    const alertId = parts.ids.next(arrival.receivedAt);
    const plan = parts.decideNew(arrival, alertId);
    if ("ignored" in plan) {
      outcomes[index] = await ignoreUnlessKnown(parts, { arrival, digest }, plan.ignored);
      continue;
    }
    // One statement touches an alert once: a second event of the same alert waits for the next round.
    const key = keyOfEvent(arrival);
    const round = roundOfKey.get(key.toString("hex")) ?? 0;
    roundOfKey.set(key.toString("hex"), round + 1);
    const prepared = { index, row: { arrival, alertId, dedupKey: key, digest, plan } };
    const items = rounds[round];
    if (items) items.push(prepared);
    else rounds.push([prepared]);
  }
  for (const round of rounds) await commitRound(parts, round, outcomes);
  return outcomes;
}

/** A setting may refuse to take a new alert; an event about an alert that we hold already always counts. */
async function ignoreUnlessKnown(parts: Parts, item: Digested, why: string): Promise<Outcome> {
  const { arrival, digest } = item;
  const key = keyOfEvent(arrival);
  const known = (await findKnown(parts.pool, arrival.teamId, [key])).get(key.toString("hex"));
  if (!known) {
    await keepRaw(parts.pool, arrival, digest, why);
    return { alertId: null, fresh: false };
  }
  return applyIfChanged(parts, known, item);
}

async function commitRound(parts: Parts, round: readonly Prepared[], outcomes: Outcome[]): Promise<void> {
  const answers = await commitBatch(
    parts.pool,
    round.map((item) => item.row),
    parts.ids,
  );
  const answerOf = (item: Prepared) => answers.get(item.row.dedupKey.toString("hex"));
  const strangers = round
    .filter((item) => !answerOf(item))
    .map((item) => ({
      ...item,
      row: { ...item.row, dedupKey: keyOfEvent(item.row.arrival, item.row.arrival.event.rule ?? "-") },
    }));
  announce(parts, round, answerOf);
  if (strangers.length > 0) await commitStrangers(parts, strangers, outcomes);
  await Promise.all(
    round.map(async (item) => {
      const answer = answerOf(item);
      if (answer)
        outcomes[item.index] = answer.fresh
          ? { alertId: answer.id, fresh: true }
          : await applyIfChanged(parts, answer, item.row);
    }),
  );
}

/** Alerts whose id is taken by an alert of another rule: a key of their own (threats I5). */
async function commitStrangers(parts: Parts, items: readonly Prepared[], outcomes: Outcome[]): Promise<void> {
  const answers = await commitBatch(
    parts.pool,
    items.map((item) => item.row),
    parts.ids,
  );
  const answerOf = (item: Prepared) => answers.get(item.row.dedupKey.toString("hex"));
  announce(parts, items, answerOf);
  for (const item of items) {
    const answer = answerOf(item);
    if (!answer) outcomes[item.index] = { error: new Error("an alert's key is taken twice") };
    else
      outcomes[item.index] = answer.fresh
        ? { alertId: answer.id, fresh: true }
        : await applyIfChanged(parts, answer, item.row);
  }
}

function announce(parts: Parts, items: readonly Prepared[], answerOf: (item: Prepared) => StoredAnswer | undefined) {
  for (const item of items) {
    const { arrival, digest, dedupKey } = item.row;
    if (answerOf(item) && arrival.event.via !== "poll") parts.repeats.note(digest, dedupKey);
  }
  const made = items.flatMap((item) => {
    const answer = answerOf(item);
    if (!answer?.fresh) return [];
    return [{ arrival: item.row.arrival, alertId: answer.id, plan: item.row.plan, changeId: answer.changeId }];
  });
  if (made.length > 0) parts.onFresh(made);
}

async function applyIfChanged(parts: Parts, known: StoredAnswer, item: Digested): Promise<Outcome> {
  const { arrival } = item;
  if (!parts.changesKnown(known, arrival.event)) return { alertId: known.id, fresh: false };
  try {
    const applied = await parts.applyToKnown(known, arrival);
    if (applied === "done") return { alertId: known.id, fresh: false };
    return (await commitArrivals(parts, [item]))[0]!;
  } catch (error) {
    return { error };
  }
}

async function pollArrivals(parts: Parts, arrivals: readonly Arrival[]): Promise<void> {
  const [first] = arrivals;
  if (!first) return;
  const keys = arrivals.map((arrival) => keyOfEvent(arrival));
  const known = await findKnown(parts.pool, first.teamId, keys);
  const unknown: Arrival[] = [];
  for (const [index, arrival] of arrivals.entries()) {
    const alert = known.get(keys[index]!.toString("hex"));
    if (!alert) unknown.push(arrival);
    else if (parts.changesKnown(alert, arrival.event)) await parts.applyToKnown(alert, arrival);
  }
  const outcomes = unknown.length > 0 ? await commitArrivals(parts, unknown.map(digested)) : [];
  const failed = outcomes.find((outcome) => "error" in outcome);
  if (failed && "error" in failed) throw failed.error;
}
