import type { AlertDetail, AlertListItem, AlertNotification, Health, Me } from "../api/contract.ts";
import type { PersonRef, Problem } from "./api.ts";
import type { AlertGroup } from "./inbox-order.ts";
import { clockTime, countdown, roughDuration } from "./time.ts";

/**
 * Every sentence that depends on data, as pure functions. Words of the design, section 7: what happened, what it means,
 * what to do; "called", never "paged"; no exclamation marks.
 */

const SEVERITY_WORDS = { critical: "Critical", high: "High", medium: "Medium", low: "Low", info: "Info" } as const;
export const severityWord = (severity: AlertListItem["severity"]): string => SEVERITY_WORDS[severity];

const SOURCE_WORDS: Record<string, string> = {
  "azure-monitor": "Azure Monitor",
  sentinel: "Sentinel",
  manual: "By hand",
};
export const sourceWord = (kind: string): string => SOURCE_WORDS[kind] ?? kind;

/** Headings of the inbox. */
export const GROUP_NAMES: Record<AlertGroup["kind"], string> = {
  nobody: "Nobody has these yet",
  "worked-on": "Being worked on",
  snoozed: "Snoozed",
  closed: "Closed",
};

export const firstName = (name: string): string => name.split(/\s+/)[0] ?? name;

/** `Ben Okafor`, `Ben and Cem`, `Ben and 2 more`. */
export function peopleWords(people: readonly PersonRef[]): string {
  const [first, second] = people;
  if (!first) return "The next step";
  if (!second) return first.name;
  return people.length === 2
    ? `${firstName(first.name)} and ${firstName(second.name)}`
    : `${firstName(first.name)} and ${people.length - 1} more`;
}

/** The last part of an Azure id, which is the name people know; a whole subscription is named so; other text stays as it is. */
export function resourceName(resourceId: string): string {
  const subscription = /^\/subscriptions\/([\da-f]{8})-[\da-f-]{27}\/?$/i.exec(resourceId);
  if (subscription !== null) return `Subscription ${subscription[1]}…`;
  return resourceId.replace(/\/+$/, "").split("/").pop() ?? resourceId;
}

/** Second line of a row: resource, source. */
export function originWords(alert: AlertListItem): string {
  const resource = alert.source.resourceId === null ? [] : [resourceName(alert.source.resourceId)];
  return [...resource, sourceWord(alert.source.kind)].join(" · ");
}

export interface NextCall {
  /** Who, or what happens. */
  who: string;
  /** Joins who and time: `is called in`. */
  verb: string;
  /** Epoch milliseconds. */
  atMs: number;
}

/** Who is called next; null when nobody is: then `quietWords` says why. */
export function nextCallWords(alert: AlertListItem, viewerId: string): NextCall | null {
  if (alert.state !== "open" || alert.nextCall === null) return null;
  const { people, at, step } = alert.nextCall;
  const atMs = Date.parse(at);
  if (people.length === 1 && people[0]?.id === viewerId)
    return { who: "You", verb: alert.called.length > 0 ? "are called again in" : "are called in", atMs };
  if (people.length === 0) return { who: `Step ${step}`, verb: "comes in", atMs };
  const others = people.filter((person) => person.id !== viewerId);
  if (others.length === people.length)
    return { who: peopleWords(people), verb: people.length > 1 ? "are called in" : "is called in", atMs };
  const rest = others.length === 1 ? firstName(peopleWords(others)) : `${others.length} more`;
  return { who: `You and ${rest}`, verb: "are called in", atMs };
}

/** Why nobody is called next, for an open alert; an empty text for the other states. */
export function quietWords(alert: AlertListItem, nowMs: number): string {
  if (alert.state !== "open" || alert.nextCall !== null) return "";
  if (alert.heldUntil !== null && Date.parse(alert.heldUntil) > nowMs) {
    return `Held until ${clockTime(alert.heldUntil, nowMs)}: nobody is called if it recovers by then`;
  }
  return alert.called.length > 0 ? "Everybody was called. Nobody answered." : "Nobody is called for this";
}

/** `Ben in 2:46`, for a row. */
export function rowClockWords(next: NextCall, nowMs: number): string {
  return `${next.who} in ${countdown(next.atMs - nowMs)}`;
}

/** What still happens until an answer is sent: `Ben Okafor is still called at 03:17`. Empty when nothing does. */
export function meanwhileWords(alert: AlertListItem, viewerId: string, nowMs: number): string {
  const next = nextCallWords(alert, viewerId);
  if (next === null) return "";
  const at = clockTime(next.atMs, nowMs);
  if (alert.nextCall?.people.length === 0) return `Until it is sent, step ${alert.nextCall.step} still comes at ${at}.`;
  if (next.who === "You") return `Until it is sent, you are still called at ${at}.`;
  return `Until it is sent, ${next.who} ${(alert.nextCall?.people.length ?? 0) > 1 ? "are" : "is"} still called at ${at}.`;
}

/** Owner's line of a row: `You · acknowledged 02:51`. */
export function ownerWords(alert: AlertListItem, viewerId: string, nowMs: number): string {
  const who = alert.owner === null ? "Nobody" : alert.owner.id === viewerId ? "You" : alert.owner.name;
  if (alert.state === "closed")
    return `${alert.owner === null ? "" : `${who} · `}closed ${clockTime(alert.closedAt ?? alert.updatedAt, nowMs)}`;
  if (alert.state === "snoozed") return `Snoozed by ${who}`;
  return alert.acknowledgedAt === null ? who : `${who} · acknowledged ${clockTime(alert.acknowledgedAt, nowMs)}`;
}

/** The strip that says whether this person would be reached. */
export interface DutyLine {
  lead: string;
  rest: string;
  isGood: boolean;
}

/** `rings` is what this device can do; `me.reachable` whether any way works. */
export function dutyWords(me: Me, rings: boolean, device: "phone" | "browser", nowMs: number): DutyLine {
  const until = me.onDuty?.until;
  const lead = me.onDuty === null ? "Off duty" : until ? `On duty until ${clockTime(until, nowMs)}` : "On duty";
  if (rings) return { lead, rest: `this ${device} rings`, isGood: true };
  if (me.reachable) return { lead, rest: "reached another way", isGood: true };
  return { lead, rest: `this ${device} cannot ring. Fix it`, isGood: false };
}

/** What an answer did: `Acknowledged. Ben is not called.` `before` is the alert as it was when the answer was given. */
export function answeredWords(kind: string, before: AlertListItem, viewerId: string): string {
  const [first, ...more] = (before.nextCall?.people ?? []).filter((person) => person.id !== viewerId);
  const spared =
    first === undefined ? "" : more.length > 0 ? " Nobody else is called." : ` ${firstName(first.name)} is not called.`;
  if (kind === "acknowledge") return `Acknowledged.${spared}`;
  if (kind === "take")
    return `You have it.${before.owner === null ? spared : ` ${firstName(before.owner.name)} is told.`}`;
  if (kind === "close") return "Closed.";
  return kind === "reopen"
    ? "Open again. Calls start from the first step."
    : "Given back. Calls start from the first step.";
}

/** `Dana acknowledged 2 s before you.` */
export function overtakenWords(problem: Problem, givenAtMs: number): string {
  const who = problem.owner === null ? "Somebody else" : firstName(problem.owner.name);
  const earlierMs = problem.since === null ? Number.NaN : givenAtMs - Date.parse(problem.since);
  if (Number.isNaN(earlierMs)) return `${who} has it already.`;
  return earlierMs < 1_000
    ? `${who} acknowledged just before you.`
    : `${who} acknowledged ${roughDuration(earlierMs)} before you.`;
}

const ANSWER_VERBS: Record<string, string> = {
  acknowledge: "acknowledge",
  take: "take it",
  close: "close it",
  unacknowledge: "give it back",
  reopen: "open it again",
};
export const answerVerb = (kind: string): string => ANSWER_VERBS[kind] ?? kind;

/** What Azure shows and whether our answer is there: one line with a tone. */
export interface AzureLine {
  lead: string;
  rest: string;
  tone: "ok" | "waiting" | "bad" | "neutral";
}

export function azureWords(azure: AlertDetail["azure"]): AzureLine {
  const advice = azure.advice ?? "";
  const shown = azure.state === null ? "Azure has not been asked yet." : `Azure shows ${azure.state}.`;
  switch (azure.sync) {
    case "in-step":
      return { lead: shown, rest: advice, tone: "ok" };
    case "sending":
      return { lead: "Being sent to Azure.", rest: advice, tone: "waiting" };
    case "waiting":
      return { lead: "Not in Azure yet.", rest: advice || "It is tried again. Nothing to do.", tone: "waiting" };
    case "refused":
      return { lead: "Azure refused the change.", rest: advice, tone: "bad" };
    case "gone":
      return { lead: "No longer in Azure.", rest: advice || "Azure deletes alerts after 30 days.", tone: "neutral" };
    case "off":
      return { lead: shown, rest: advice || "Answers are not written to Azure here.", tone: "neutral" };
    case "not-configured":
      return { lead: "Azure is not asked about this alert.", rest: advice, tone: "neutral" };
    case "unknown-to-azure":
      return { lead: "Azure does not know this alert.", rest: advice, tone: "neutral" };
  }
}

const FAILURES: Record<string, string> = {
  timeout: "no answer in time",
  unreachable: "the push service could not be reached",
  "refused-target": "the address is not allowed",
  redirected: "the address redirects",
  throttled: "told to slow down",
  "server-error": "the receiver failed",
  rejected: "refused",
  gone: "the subscription has expired",
  "bad-contact": "the contact is not valid",
  expired: "it was too late to make sense",
};
export const failureWords = (failure: string): string => FAILURES[failure] ?? failure;

const CHANNEL_WORDS: Record<string, string> = { "web-push": "Push", webhook: "Webhook" };
export const channelWord = (channel: string): string => CHANNEL_WORDS[channel] ?? channel;

/** What the phone itself said of a message: that it has it, that it was seen. Web Push only. */
export function receiptWords(notification: AlertNotification, nowMs: number): string[] {
  const { receivedAt, seenAt } = notification;
  const at = (instant: string) => clockTime(instant, nowMs, { seconds: true });
  return [
    ...(receivedAt === null ? [] : [`on phone ${at(receivedAt)}`]),
    ...(seenAt === null ? [] : [`seen ${at(seenAt)}`]),
  ];
}

/** How the messages of an alert fared, for its card: `2 of 3 notifications accepted, seen 03:09`. */
export function deliveryWords(notifications: readonly AlertNotification[], nowMs: number): string {
  if (notifications.length === 0) return "Nothing could be sent: no device or channel is set up.";
  const accepted = notifications.filter((notification) => notification.state === "delivered").length;
  const seen = notifications.flatMap(({ seenAt }) => seenAt ?? []).sort();
  const last = seen.at(-1);
  const proof = last === undefined ? "" : `, seen ${clockTime(last, nowMs)}`;
  return `${accepted} of ${notifications.length} ${notifications.length === 1 ? "notification" : "notifications"} accepted${proof}`;
}

/** The proof of one notification: what is known and since when. */
export function notificationWords(
  notification: AlertNotification,
  nowMs: number,
): { text: string; tone: "ok" | "bad" | "waiting" } {
  const ended = notification.endedAt === null ? "" : ` ${clockTime(notification.endedAt, nowMs, { seconds: true })}`;
  const reason = notification.failure === null ? "" : `: ${failureWords(notification.failure)}`;
  const tries = notification.attempts > 1 ? ` after ${notification.attempts} tries` : "";
  switch (notification.state) {
    case "delivered":
      return { text: `accepted${ended}${tries}`, tone: "ok" };
    case "failed":
      return { text: `failed${ended}${tries}${reason}`, tone: "bad" };
    case "cancelled":
      return { text: `not sent: no longer needed${ended}`, tone: "waiting" };
    case "pending": {
      const next =
        notification.nextAttemptAt === null
          ? ""
          : `, next try ${clockTime(notification.nextAttemptAt, nowMs, { seconds: true })}`;
      return { text: notification.attempts === 0 ? "being sent" : `not accepted yet${reason}${next}`, tone: "waiting" };
    }
  }
}

const HEALTH_WORDS: Record<Health["sources"][number]["status"], string> = {
  ok: "Healthy",
  degraded: "Slowed",
  failing: "Failing",
  paused: "Paused",
  starting: "Starting",
};
export const healthWord = (status: Health["sources"][number]["status"]): string => HEALTH_WORDS[status];
