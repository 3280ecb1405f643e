import { alertIdOf, type IdTag, newIdTag } from "./alert-ids.ts";
import type { LoadOrder, LoadResult } from "./load/load-order.ts";
import { sendLoad } from "./load/send-load.ts";
import { forgetPeak, type ProcessFigures, readFamily, readPeakMiB, readProcess } from "./process-figures.ts";
import type { Sink } from "./sink.ts";
import { type Figures, round, spreadOf } from "./statistics.ts";
import type { Started } from "./system.ts";

/** A load ends by itself after this long; what is missing then is reported as missing. */
export const LOAD_MS_MAX = 300_000;
/** Nothing came for so long: nothing more will. */
const QUIET_MS = 45_000;

/** One system, started, with its sink. */
export interface Bench {
  started: Started;
  sink: Sink;
}

export type LoadShape = Pick<LoadOrder, "requests" | "distinct" | "connections" | "ratePerSecond">;

export interface Measured {
  tag: IdTag;
  load: LoadResult;
  firstSentAt: number;
  usage: Figures;
}

/** Sends one load, waits until every accepted alert has been notified, and reads what it cost. */
export async function measureLoad({ started, sink }: Bench, shape: LoadShape): Promise<Measured> {
  const tag = newIdTag();
  const { intake, programPid, databasePid } = started;
  const before = readUsage(programPid, databasePid);
  forgetPeak(programPid);
  const order: LoadOrder = { ...shape, intake, tag, noticeAfterAccepted: null, timeMsMax: LOAD_MS_MAX };
  const load = await sendLoad(order);
  await sink.waitFor(tag, shape.distinct, QUIET_MS);
  const usage = usageSince(before, readUsage(programPid, databasePid), readPeakMiB(programPid));
  return { tag, load, firstSentAt: load.sentAt[0] ?? 0, usage };
}

/** Lets both systems compile and open their connections before anything is measured. */
export async function warmUp(bench: Bench, connections: number): Promise<void> {
  await measureLoad(bench, { requests: WARM_UP_ALERTS, distinct: WARM_UP_ALERTS, connections, ratePerSecond: null });
  await new Promise((resolve) => setTimeout(resolve, WARM_UP_REST_MS));
}

export const WARM_UP_ALERTS = 1_000;
const WARM_UP_REST_MS = 1_000;

interface Usage {
  program: ProcessFigures | null;
  database: ProcessFigures | null;
}

const readUsage = (programPid: number, databasePid: number | null): Usage => ({
  program: readProcess(programPid),
  database: databasePid === null ? null : readFamily(databasePid),
});

function usageSince(before: Usage, after: Usage, peakMiB: number | null): Figures {
  const spent = (from: ProcessFigures | null, to: ProcessFigures | null) =>
    from && to ? round(to.cpuSeconds - from.cpuSeconds, 2) : null;
  const size = (figures: ProcessFigures | null) => (figures ? round(figures.rssMiB) : null);
  return {
    programCpuSeconds: spent(before.program, after.program),
    databaseCpuSeconds: spent(before.database, after.database),
    programRssMiB: size(after.program),
    programRssPeakMiB: peakMiB === null ? null : round(peakMiB),
    databaseMiB: size(after.database),
  };
}

/** Counts of answers by status; 0 = none. */
export function answersByStatus(load: LoadResult): Figures {
  const counts: Record<string, number> = {};
  for (const [index, status] of load.status.entries()) {
    if (load.sentAt[index] === 0) continue;
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}

/** From a request's start to its answer, and to the first arrival of its alert at the sink; milliseconds. */
export function latencies({ tag, load }: Measured, sink: Sink): Figures {
  const answered: number[] = [];
  const arrived: number[] = [];
  for (const [index, sentAt] of load.sentAt.entries()) {
    if (load.answeredAt[index]) answered.push(load.answeredAt[index] - sentAt);
    const arrivedAt = sink.arrivedAt(alertIdOf(tag, index));
    if (arrivedAt !== undefined) arrived.push(arrivedAt - sentAt);
  }
  return { answerMs: asFigures(spreadOf(answered)), arrivalMs: asFigures(spreadOf(arrived)) };
}

const asFigures = (spread: ReturnType<typeof spreadOf>): Figures | null => (spread ? { ...spread } : null);

/** How many of these ids came, and how many came more than once. */
export function deliveries(
  tag: IdTag,
  ids: Iterable<number>,
  sink: Sink,
): { notified: number; repeated: number; missing: number } {
  const found = { notified: 0, repeated: 0, missing: 0 };
  for (const index of ids) {
    const times = sink.timesOf(alertIdOf(tag, index));
    if (times === 0) found.missing += 1;
    else found.notified += 1;
    if (times > 1) found.repeated += 1;
  }
  return found;
}
