import type { SourceState } from "../alert/event.ts";

/**
 * Is a state that we read in Azure our own change coming back, somebody else's, or nothing new? In: what we wrote, what we
 * knew, what was read. Compared are states and Azure's own times with each other; our clock plays no part, it may be
 * minutes off. Pure.
 */

/** One write that was sent and neither refused nor answered 404. Oldest first, in the order they were sent. */
export interface SentWrite {
  operationId: string;
  state: SourceState;
  /** `lastModifiedDateTime` of the answer, epoch milliseconds; null while there is none, or when the answer was lost. */
  azureModifiedAt: number | null;
}

/** Azure's user response at one of its modification times. */
export interface AzureStateRead {
  state: SourceState;
  /** Epoch milliseconds; null when Azure named none. */
  modifiedAt: number | null;
  /** User or application name; `System` for changes of the monitor condition. */
  modifiedBy: string | null;
}

export type EchoVerdict =
  /** Our change `operationId` has arrived; the caller notes `azureModifiedAt` at it when it had none. */
  { kind: "echo"; operationId: string } | { kind: "changed-by-others" } | { kind: "unchanged" };

export interface EchoQuestion {
  writes: readonly SentWrite[];
  /** The last state that was read (or pushed nothing else): null = never read; Azure begins with New. */
  lastKnown: Pick<AzureStateRead, "state" | "modifiedAt"> | null;
  read: AzureStateRead;
  /** Names under which Azure records our own changes, as far as answers have told. */
  ownNames: readonly string[];
}

interface Baseline {
  state: SourceState;
  modifiedAt: number | null;
  operationId: string | null;
}

export function recogniseEcho(question: EchoQuestion): EchoVerdict {
  const { writes, lastKnown, read } = question;
  const baseline = baselineOf(writes, lastKnown);
  if (isBefore(read.modifiedAt, baseline.modifiedAt)) return { kind: "unchanged" };
  const unanswered = unansweredOf(writes);
  if (read.state !== baseline.state) {
    const own = unanswered.findLast((write) => write.state === read.state);
    return own ? { kind: "echo", operationId: own.operationId } : { kind: "changed-by-others" };
  }
  if (baseline.operationId !== null && lastKnown?.state !== read.state) {
    return { kind: "echo", operationId: baseline.operationId };
  }
  return isUndone(unanswered, baseline, question) ? { kind: "changed-by-others" } : { kind: "unchanged" };
}

/** What Azure is known to hold: the later, by Azure's times, of the last read and the last answered write. */
function baselineOf(writes: readonly SentWrite[], lastKnown: EchoQuestion["lastKnown"]): Baseline {
  const known = { state: lastKnown?.state ?? "New", modifiedAt: lastKnown?.modifiedAt ?? null, operationId: null };
  const answered = writes.findLast((write) => write.azureModifiedAt !== null);
  if (!answered) return known;
  if (isBefore(answered.azureModifiedAt, known.modifiedAt)) return known;
  return { state: answered.state, modifiedAt: answered.azureModifiedAt, operationId: answered.operationId };
}

/** Writes whose effect nobody has told us yet. Those before an answered one are overtaken by it. */
function unansweredOf(writes: readonly SentWrite[]): readonly SentWrite[] {
  return writes.slice(writes.findLastIndex((write) => write.azureModifiedAt !== null) + 1);
}

/**
 * The state is the old one although we sent another. Either our write has not arrived, or it has and a person has set the
 * old state again since: then Azure's time went on and names somebody who is neither we nor the system.
 */
function isUndone(unanswered: readonly SentWrite[], baseline: Baseline, { read, ownNames }: EchoQuestion): boolean {
  if (!unanswered.some((write) => write.state !== read.state)) return false;
  if (!isBefore(baseline.modifiedAt, read.modifiedAt)) return false;
  const name = read.modifiedBy?.trim().toLowerCase() ?? "";
  return name !== "" && name !== "system" && !ownNames.some((own) => own.toLowerCase() === name);
}

function isBefore(earlier: number | null, later: number | null): boolean {
  return earlier !== null && later !== null && earlier < later;
}

/** The operation id that plan.ts put at the end of a comment, for reading Azure's history; null when there is none. */
export function operationIdOf(comment: string): string | null {
  return /\[watchbell ([0-9A-Za-z-]{1,64})\]$/.exec(comment.trim())?.[1] ?? null;
}
