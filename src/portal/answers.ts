import { signal } from "@preact/signals";
import type { AlertListItem } from "../api/contract.ts";
import { type AnswerKind, api, Problem, serverNow, Unreachable } from "./api.ts";
import { backOffMs } from "./live.ts";
import { tell } from "./notices.ts";
import { details, holdDetail, loadDetail, viewer } from "./store.ts";
import { answeredWords, answerVerb, overtakenWords } from "./words.ts";

/**
 * Answers to alerts. An answer is "being sent" until the server has it, never shown as done before. If the server does not
 * answer, it is tried again for 15 minutes, visibly, and can be taken back. Two people at once: the later one is told who
 * was first and may take it.
 */

export interface PendingAnswer {
  kind: AnswerKind;
  givenAtMs: number;
  /** When it is tried again (epoch ms); null while a try is under way. */
  nextTryAtMs: number | null;
  tryNow(): void;
  takeBack(): void;
}
export interface AnswerOptions {
  comment?: string;
  takeOver?: boolean;
}
export type AnswerResult =
  | { kind: "done" }
  | { kind: "overtaken"; problem: Problem }
  | { kind: "refused"; problem: Problem }
  | { kind: "taken-back" };

/** At most one answer an alert. */
export const pendingAnswers = signal<ReadonlyMap<string, PendingAnswer>>(new Map());

/** An older answer says nothing about the present any more (threats B6). */
const ANSWER_AGE_MAX_MS = 15 * 60_000;

/** Gives an answer and tells what became of it, with undo where there is one. */
export async function answer(
  alert: AlertListItem,
  kind: AnswerKind,
  options: AnswerOptions = {},
): Promise<AnswerResult> {
  const givenAtMs = serverNow();
  const result = await sendAnswer(alert, kind, options, givenAtMs);
  if (result.kind === "done")
    tell(answeredWords(options.takeOver ? "take" : kind, alert, viewer.value.person.id), {
      action: undoOf(alert, kind),
    });
  if (result.kind === "overtaken") tellOvertaken(alert, result.problem, givenAtMs);
  if (result.kind === "refused") tell(`Could not ${answerVerb(kind)}: ${result.problem.message}`, { tone: "bad" });
  return result;
}

function tellOvertaken(alert: AlertListItem, problem: Problem, givenAtMs: number): void {
  // A plain take is refused too, right after somebody else's answer: it would look like a second tap.
  const theirs: AlertListItem = { ...alert, state: "acknowledged", owner: problem.owner };
  const takeIt = { label: "Take it", run: () => void answer(theirs, "acknowledge", { takeOver: true }) };
  tell(overtakenWords(problem, givenAtMs), { action: takeIt, lifeMs: null });
}

/** Acknowledge and take can be undone where the alert was open before: it opens again. Another's alert cannot be given back to them. */
function undoOf(before: AlertListItem, kind: AnswerKind) {
  if (before.state !== "open" || (kind !== "acknowledge" && kind !== "take")) return null;
  return { label: "Undo", run: () => void answer({ ...before, state: "acknowledged" }, "unacknowledge") };
}

/** The same answer for several alerts; one sentence says how it went. */
export async function answerAll(
  alerts: readonly AlertListItem[],
  kind: AnswerKind,
  options: AnswerOptions = {},
): Promise<void> {
  const givenAtMs = serverNow();
  const results = await Promise.all(alerts.map((alert) => sendAnswer(alert, kind, options, givenAtMs)));
  const done = results.filter((result) => result.kind === "done").length;
  const others = results.flatMap((result) =>
    result.kind === "overtaken" ? [`1 was already ${result.problem.owner?.name ?? "somebody else"}'s`] : [],
  );
  const refused = results.flatMap((result) => (result.kind === "refused" ? [result.problem.message] : []));
  const verb = {
    acknowledge: "acknowledged",
    take: "taken",
    close: "closed",
    unacknowledge: "given back",
    reopen: "opened again",
  }[kind];
  tell([`${done} ${verb}`, ...others, ...refused].join(", "), refused.length > 0 ? { tone: "bad" } : {});
}

async function sendAnswer(
  alert: AlertListItem,
  kind: AnswerKind,
  options: AnswerOptions,
  givenAtMs: number,
): Promise<AnswerResult> {
  if (pendingAnswers.value.has(alert.id)) return { kind: "taken-back" };
  const taken = new AbortController();
  try {
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await tryOnce(alert.id, kind, options, () =>
        setPending(alert.id, { kind, givenAtMs, nextTryAtMs: null, tryNow: nothing, takeBack: () => taken.abort() }),
      );
      if (outcome !== "again") return outcome;
      if (taken.signal.aborted) return { kind: "taken-back" };
      if (serverNow() - givenAtMs > ANSWER_AGE_MAX_MS) return { kind: "refused", problem: tooOld() };
      await waitForTry(alert.id, kind, givenAtMs, backOffMs(attempt, Math.random()), taken);
      if (taken.signal.aborted) return { kind: "taken-back" };
    }
  } finally {
    setPending(alert.id, null);
  }
}

const nothing = () => undefined;
const tooOld = () =>
  new Problem(
    0,
    { code: "too-old", detail: "It could not be sent for 15 minutes. Look at the alert and answer anew." },
    null,
  );

async function tryOnce(
  id: string,
  kind: AnswerKind,
  options: AnswerOptions,
  begin: () => void,
): Promise<AnswerResult | "again"> {
  begin();
  try {
    holdDetail(await api.answer(id, kind, options));
    return { kind: "done" };
  } catch (error) {
    if (error instanceof Unreachable) return "again";
    if (!(error instanceof Problem)) throw error;
    if (error.status === 503 || error.status === 429) return "again";
    // Refused means that the alert is not what is shown here.
    if (details.value.has(id)) void loadDetail(id);
    return error.code === "already-owned" ? { kind: "overtaken", problem: error } : { kind: "refused", problem: error };
  }
}

/** Waits for the next try, visibly; ends early on "try now", on take-back and when the network returns. */
function waitForTry(
  id: string,
  kind: AnswerKind,
  givenAtMs: number,
  waitMs: number,
  taken: AbortController,
): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, waitMs);
    addEventListener("online", done);
    taken.signal.addEventListener("abort", done);
    setPending(id, { kind, givenAtMs, nextTryAtMs: serverNow() + waitMs, tryNow: done, takeBack: () => taken.abort() });
  });
}

function setPending(id: string, answerNow: PendingAnswer | null): void {
  const pending = new Map(pendingAnswers.value);
  if (answerNow === null) pending.delete(id);
  else pending.set(id, answerNow);
  pendingAnswers.value = pending;
}
