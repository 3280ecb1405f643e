import type { Pool } from "pg";
import type { SourceEvent } from "../alert/event.ts";
import type { Ids } from "../platform/ids.ts";
import { bodyDigest, dedupKey } from "./dedup-key.ts";
import type { Arrival, ArrivalResult, DecideNew, NewAlertPlan } from "./intake.ts";
import { createIngestQueue } from "./queue.ts";
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
  const commit = (arrivals: readonly Arrival[]) => commitArrivals(ports, arrivals);
  const queue = createIngestQueue(commit, queueMax);
  const keyOf = (arrival: Arrival) =>
    `${arrival.teamId}|${arrival.event.via}|${bodyDigest(arrival.sourceId, arrival.body).toString("base64url")}`;
  const push = (arrival: Arrival) => queue.offer(arrival, keyOf(arrival));
  const poll = (arrivals: readonly Arrival[]) => pollArrivals(ports, arrivals);
  return { push, poll, depth: queue.depth, drain: queue.drain };
}

type Outcome = ArrivalResult | { error: unknown };

interface Prepared {
  index: number;
  row: BatchRow;
}

const keyOfEvent = (arrival: Arrival, variant = "") =>
  dedupKey(arrival.teamId, arrival.sourceId, arrival.event.nativeId, variant);

async function commitArrivals(ports: IngestPorts, arrivals: readonly Arrival[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = new Array(arrivals.length);
  const rounds: Prepared[][] = [];
  const roundOfKey = new Map<string, number>();
  for (const [index, arrival] of arrivals.entries()) {
    const digest = bodyDigest(arrival.sourceId, arrival.body);
    const alertId = ports.ids.next(arrival.receivedAt);
    const plan = ports.decideNew(arrival, alertId);
    if ("ignored" in plan) {
      outcomes[index] = await ignoreUnlessKnown(ports, arrival, digest, plan.ignored);
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
  for (const round of rounds) await commitRound(ports, round, outcomes);
  return outcomes;
}

/** A setting may refuse to take a new alert; an event about an alert that we hold already always counts. */
async function ignoreUnlessKnown(ports: IngestPorts, arrival: Arrival, digest: Buffer, why: string): Promise<Outcome> {
  const key = keyOfEvent(arrival);
  const known = (await findKnown(ports.pool, arrival.teamId, [key])).get(key.toString("hex"));
  if (!known) {
    await keepRaw(ports.pool, arrival, digest, why);
    return { alertId: null, fresh: false };
  }
  return applyIfChanged(ports, known, arrival);
}

async function commitRound(ports: IngestPorts, round: readonly Prepared[], outcomes: Outcome[]): Promise<void> {
  const answers = await commitBatch(
    ports.pool,
    round.map((item) => item.row),
    ports.ids,
  );
  const answerOf = (item: Prepared) => answers.get(item.row.dedupKey.toString("hex"));
  const strangers = round
    .filter((item) => !answerOf(item))
    .map((item) => ({
      ...item,
      row: { ...item.row, dedupKey: keyOfEvent(item.row.arrival, item.row.arrival.event.rule ?? "-") },
    }));
  announce(ports, round, answerOf);
  if (strangers.length > 0) await commitStrangers(ports, strangers, outcomes);
  await Promise.all(
    round.map(async (item) => {
      const answer = answerOf(item);
      if (answer)
        outcomes[item.index] = answer.fresh
          ? { alertId: answer.id, fresh: true }
          : await applyIfChanged(ports, answer, item.row.arrival);
    }),
  );
}

/** Alerts whose id is taken by an alert of another rule: a key of their own (threats I5). */
async function commitStrangers(ports: IngestPorts, items: readonly Prepared[], outcomes: Outcome[]): Promise<void> {
  const answers = await commitBatch(
    ports.pool,
    items.map((item) => item.row),
    ports.ids,
  );
  const answerOf = (item: Prepared) => answers.get(item.row.dedupKey.toString("hex"));
  announce(ports, items, answerOf);
  for (const item of items) {
    const answer = answerOf(item);
    if (!answer) outcomes[item.index] = { error: new Error("an alert's key is taken twice") };
    else
      outcomes[item.index] = answer.fresh
        ? { alertId: answer.id, fresh: true }
        : await applyIfChanged(ports, answer, item.row.arrival);
  }
}

function announce(
  ports: IngestPorts,
  items: readonly Prepared[],
  answerOf: (item: Prepared) => StoredAnswer | undefined,
) {
  const made = items.flatMap((item) => {
    const answer = answerOf(item);
    if (!answer?.fresh) return [];
    return [{ arrival: item.row.arrival, alertId: answer.id, plan: item.row.plan, changeId: answer.changeId }];
  });
  if (made.length > 0) ports.onFresh(made);
}

async function applyIfChanged(ports: IngestPorts, known: StoredAnswer, arrival: Arrival): Promise<Outcome> {
  if (!ports.changesKnown(known, arrival.event)) return { alertId: known.id, fresh: false };
  try {
    const applied = await ports.applyToKnown(known, arrival);
    if (applied === "done") return { alertId: known.id, fresh: false };
    return (await commitArrivals(ports, [arrival]))[0]!;
  } catch (error) {
    return { error };
  }
}

async function pollArrivals(ports: IngestPorts, arrivals: readonly Arrival[]): Promise<void> {
  const [first] = arrivals;
  if (!first) return;
  const keys = arrivals.map((arrival) => keyOfEvent(arrival));
  const known = await findKnown(ports.pool, first.teamId, keys);
  const unknown: Arrival[] = [];
  for (const [index, arrival] of arrivals.entries()) {
    const alert = known.get(keys[index]!.toString("hex"));
    if (!alert) unknown.push(arrival);
    else if (ports.changesKnown(alert, arrival.event)) await ports.applyToKnown(alert, arrival);
  }
  const outcomes = unknown.length > 0 ? await commitArrivals(ports, unknown) : [];
  const failed = outcomes.find((outcome) => "error" in outcome);
  if (failed && "error" in failed) throw failed.error;
}
