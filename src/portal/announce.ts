import { signal } from "@preact/signals";

/**
 * What a screen reader is told. Polite news at most once in five seconds, joined; urgent news (I am called, an answer
 * failed) at once.
 */
export const politeNews = signal("");
export const urgentNews = signal("");

const QUIET_MS = 5_000;
let waiting: string[] = [];
let lastAtMs = Number.NEGATIVE_INFINITY;
let timer: ReturnType<typeof setTimeout> | null = null;

export function announce(text: string, urgency: "polite" | "urgent" = "polite"): void {
  if (urgency === "urgent") {
    urgentNews.value = text;
    return;
  }
  waiting.push(text);
  if (timer !== null) return;
  timer = setTimeout(flush, Math.max(0, lastAtMs + QUIET_MS - performance.now()));
}

function flush(): void {
  const [first, ...more] = waiting;
  politeNews.value = more.length === 0 ? (first ?? "") : `${first}, and ${more.length} more`;
  waiting = [];
  timer = null;
  lastAtMs = performance.now();
}
