import { signal } from "@preact/signals";
import { announce } from "./announce.ts";

/** The one message at the foot of the page: what an answer did, with its way back. */
export interface Notice {
  id: number;
  text: string;
  tone: "neutral" | "bad";
  action: { label: string; run: () => void } | null;
  /** When it goes by itself, milliseconds after it came; null = it stays until dismissed. */
  lifeMs: number | null;
}

/** Time to undo (design, section 1.7). */
export const UNDO_MS = 6_000;

export const notice = signal<Notice | null>(null);
let lastId = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Shows a notice in place of the one before and tells it to screen readers. Bad ones stay until dismissed. */
export function tell(
  text: string,
  options: { tone?: "neutral" | "bad"; action?: Notice["action"]; lifeMs?: number | null } = {},
): void {
  const tone = options.tone ?? "neutral";
  const lifeMs = options.lifeMs === undefined ? (tone === "bad" ? null : UNDO_MS) : options.lifeMs;
  lastId += 1;
  notice.value = { id: lastId, text, tone, action: options.action ?? null, lifeMs };
  announce(text, tone === "bad" ? "urgent" : "polite");
  clearTimeout(timer);
  if (lifeMs !== null) timer = setTimeout(dismissNotice, lifeMs);
}

/** Stops the clock while somebody is at the notice: no time limit without a way out. */
export function holdNotice(): void {
  clearTimeout(timer);
}

export function dismissNotice(): void {
  clearTimeout(timer);
  notice.value = null;
}
