import type { Arrival, ArrivalResult } from "./intake.ts";

/**
 * Group commit: what arrives while the previous commit is under way is the next batch. What comes in are arrivals, each
 * with a promise; what goes out is their result after the commit. Identical bodies within a batch are folded into one
 * row with a count. A batch that fails is halved until the bad row stands alone, so that one poison row never fails its
 * neighbours (threats I4). Beyond `waitingMax` (and half as much for others beside a flood) nothing is accepted: `offer`
 * answers null and the caller says 503.
 */
export interface IngestQueue {
  /** null = full: refuse before accepting. Rejects when the arrival itself cannot be stored. */
  offer(arrival: Arrival, key: string): Promise<ArrivalResult> | null;
  /** Arrivals waiting or being committed. */
  depth(): number;
  /** Takes nothing more and waits until all accepted arrivals are committed. */
  drain(): Promise<void>;
}

/** One outcome an arrival, in order; an arrival may fail alone. Throws when nothing was stored. */
export type CommitBatch = (arrivals: readonly Arrival[]) => Promise<(ArrivalResult | { error: unknown })[]>;

/** More rows a statement gain nothing (measured); a batch stays well below PostgreSQL's message limits. */
const BATCH_ROWS_MAX = 500;
const BATCH_BYTES_MAX = 1_048_576;
/** A second batch is prepared and sent while the first one's commit waits for the disk. */
const WRITERS = 2;
/** A batch that met another statement is tried again so often before it counts as bad. */
const CONFLICT_ATTEMPTS_MAX = 4;
/** One source may hold this share of the backlog while others wait (threats L3, L4). */
const SOURCE_SHARE_MAX = 0.5;

interface Waiting {
  key: string;
  arrival: Arrival;
  resolve: (result: ArrivalResult) => void;
  reject: (error: unknown) => void;
}

interface Folded {
  arrival: Arrival;
  waiting: Waiting[];
}

export function createIngestQueue(commit: CommitBatch, waitingMax: number): IngestQueue {
  const bySource = new Map<string, Waiting[]>();
  let depth = 0;
  let writers = 0;
  let closed = false;
  let idle: (() => void)[] = [];

  /** A flood alone may fill the queue; whoever comes then still finds a share of its own beyond. */
  const isFull = (sourceId: string) => {
    const share = waitingMax * SOURCE_SHARE_MAX;
    const own = bySource.get(sourceId)?.length ?? 0;
    const othersWait = bySource.size > (own > 0 ? 1 : 0);
    return own >= (othersWait ? share : waitingMax) || depth >= waitingMax + share;
  };

  const offer = (arrival: Arrival, key: string) => {
    if (closed || isFull(arrival.sourceId)) return null;
    return new Promise<ArrivalResult>((resolve, reject) => {
      const line = bySource.get(arrival.sourceId) ?? [];
      line.push({ key, arrival, resolve, reject });
      bySource.set(arrival.sourceId, line);
      depth += 1;
      if (writers < WRITERS) queueMicrotask(write);
    });
  };

  const write = async () => {
    if (writers >= WRITERS || bySource.size === 0) return;
    writers += 1;
    try {
      // Let requests that are already parsed join this batch.
      await new Promise((resolve) => setImmediate(resolve));
      const batch = takeBatch(bySource);
      if (batch.length > 0) {
        await settle(fold(batch), commit);
        depth -= batch.length;
      }
    } finally {
      writers -= 1;
      if (bySource.size > 0) queueMicrotask(write);
      else if (depth === 0) for (const done of idle.splice(0)) done();
    }
  };

  const drain = async () => {
    closed = true;
    if (depth > 0) await new Promise<void>((resolve) => idle.push(resolve));
    idle = [];
  };
  return { offer, depth: () => depth, drain };
}

/** Takes turns over the sources, so that a storm on one never starves another. */
function takeBatch(bySource: Map<string, Waiting[]>): Waiting[] {
  const batch: Waiting[] = [];
  let bytes = 0;
  const share = Math.max(1, Math.floor(BATCH_ROWS_MAX / Math.max(1, bySource.size)));
  for (const [sourceId, line] of [...bySource]) {
    let taken = 0;
    while (taken < Math.min(line.length, share) && hasRoom(batch.length, bytes)) {
      const next = line[taken]!;
      bytes += next.arrival.body.length;
      batch.push(next);
      taken += 1;
    }
    line.splice(0, taken);
    if (taken > 0) bySource.delete(sourceId);
    // Who was served stands last for the next batch: large bodies of one source never keep the others out.
    if (taken > 0 && line.length > 0) bySource.set(sourceId, line);
  }
  return batch;
}

const hasRoom = (rows: number, bytes: number) => rows === 0 || (rows < BATCH_ROWS_MAX && bytes < BATCH_BYTES_MAX);

function fold(batch: readonly Waiting[]): Folded[] {
  const groups = new Map<string, Folded>();
  for (const waiting of batch) {
    const group = groups.get(waiting.key);
    if (group) {
      group.arrival = { ...group.arrival, count: group.arrival.count + waiting.arrival.count };
      group.waiting.push(waiting);
    } else groups.set(waiting.key, { arrival: waiting.arrival, waiting: [waiting] });
  }
  return [...groups.values()];
}

async function settle(groups: Folded[], commit: CommitBatch, attempt = 1): Promise<void> {
  try {
    const results = await commit(groups.map((group) => group.arrival));
    groups.forEach((group, index) => {
      const result = results[index]!;
      group.waiting.forEach((waiting, position) => {
        if ("error" in result) waiting.reject(result.error);
        else waiting.resolve({ ...result, fresh: result.fresh && position === 0 });
      });
    });
  } catch (error) {
    if (isConflict(error) && attempt < CONFLICT_ATTEMPTS_MAX) return settle(groups, commit, attempt + 1);
    if (groups.length === 1 || !isDataError(error)) {
      for (const group of groups) for (const waiting of group.waiting) waiting.reject(error);
      return;
    }
    const middle = groups.length >> 1;
    await settle(groups.slice(0, middle), commit);
    await settle(groups.slice(middle), commit);
  }
}

const codeOf = (error: unknown) => String((error as { code?: unknown }).code ?? "");

/** SQLSTATE classes that a single row can cause: data exception, constraint, limit exceeded, deadlock. */
const isDataError = (error: unknown) => /^(22|23|54|40)/.test(codeOf(error));

/** Class 40: two statements met (deadlock, serialization); the whole was rolled back and may be tried again at once. */
const isConflict = (error: unknown) => codeOf(error).startsWith("40");
