import { visibleText } from "../../alert/text.ts";
import type { OutgoingMessage } from "../channel.ts";

/**
 * The notice on the phone: declarative push JSON (W3C Push API, "Declarative push message"), understood by iOS without
 * our service worker and read by it elsewhere. Texts are the design's ("The notice itself"). Pure.
 */
export interface Notice {
  web_push: 8030;
  /** Lets our service worker add actions where it runs. */
  mutable: true;
  /** Where the specification has it; Safari reads the notification's. */
  app_badge?: number;
  notification: {
    title: string;
    body: string;
    navigate: string;
    /** A later notice of the same alert replaces the earlier. */
    tag: string;
    lang: "en";
    dir: "auto";
    app_badge?: string;
    data: NoticeData;
  };
}

/** What the service worker needs beyond the text. */
export interface NoticeData {
  alertId: string;
  severity: string;
  state: string;
  messageId: string;
  kind: string;
  /** One-time token for "on phone" and the Acknowledge action; absent when receipts are off. */
  receipt?: string;
}

export interface NoticeOptions {
  now: number;
  /** Show neither title nor source on a lock screen (threats C10). */
  hidden: boolean;
  /** Alerts that wait for this person; null = leave the badge alone. */
  badge: number | null;
  receipt: string | null;
}

/** Push services take about 4 kB; this leaves room for encryption and for what some of them add. */
export const NOTICE_BYTES_MAX = 3_000;
const TITLE_CHARS_MAX = 200;
const PLACE_CHARS_MAX = 80;
const BODY_CHARS_MAX = 300;

/** The notice as the bytes to encrypt, at most 3,000; the body gives way first. */
export function encodeNotice(message: OutgoingMessage, options: NoticeOptions): string {
  const notice = createNotice(message, options);
  const text = JSON.stringify(notice);
  if (Buffer.byteLength(text) <= NOTICE_BYTES_MAX) return text;
  const title = visibleText(notice.notification.title, TITLE_CHARS_MAX / 2);
  return JSON.stringify({ ...notice, notification: { ...notice.notification, title, body: "" } });
}

/** The notice itself. */
export function createNotice(message: OutgoingMessage, { now, hidden, badge, receipt }: NoticeOptions): Notice {
  const { alert, id, kind, url } = message;
  const data = { alertId: alert.id, severity: alert.severity, state: alert.state, messageId: id, kind };
  return {
    web_push: 8030,
    mutable: true,
    ...(badge === null ? {} : { app_badge: badge }),
    notification: {
      title: `${prefix(message, now)}${hidden ? hiddenTitle(message) : openTitle(message)}`,
      body: hidden ? "Open it to see what happened." : visibleText(message.reason, BODY_CHARS_MAX),
      navigate: url,
      tag: alert.id,
      lang: "en",
      dir: "auto",
      ...(badge === null ? {} : { app_badge: String(badge) }),
      data: { ...data, ...(receipt === null ? {} : { receipt }) },
    },
  };
}

function prefix({ kind, alert }: OutgoingMessage, now: number): string {
  if (kind === "test") return "Test: ";
  return kind === "re-alert" ? `Still open, ${age(now - Date.parse(alert.createdAt))}: ` : "";
}

/** In minutes, rounded down, at least one; from an hour on in hours and minutes. */
function age(elapsedMs: number): string {
  const minutes = Math.max(1, Math.floor(elapsedMs / 60_000));
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function openTitle({ alert, bundled }: OutgoingMessage): string {
  const title = visibleText(alert.title, TITLE_CHARS_MAX);
  const place = visibleText(alert.source.resourceId?.split("/").at(-1) ?? "", PLACE_CHARS_MAX);
  const where = place === "" || title.includes(place) ? "" : ` on ${place}`;
  return `${severityWord(alert.severity)}: ${title}${where}${others(bundled)}`;
}

function hiddenTitle({ alert, bundled }: OutgoingMessage): string {
  return `${severityWord(alert.severity)} alert${others(bundled)}`;
}

function others(bundled: number): string {
  if (bundled === 0) return "";
  return bundled === 1 ? ", and 1 more alert" : `, and ${bundled} more alerts`;
}

const severityWord = (severity: string) => `${severity.charAt(0).toUpperCase()}${severity.slice(1)}`;
