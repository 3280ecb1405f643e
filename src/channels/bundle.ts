import { SEVERITIES, type Severity } from "../alert/alert.ts";

/**
 * Bundling of Web Push on one device, as pure functions: in a storm a phone gets the first few singly, then one message
 * that counts the rest (design of the portal, section 10). A message whose severity is higher than everything sent in
 * the window is never held, so that a first critical alert always rings at once.
 */
export interface SentWindow {
  /** Epoch milliseconds of messages sent singly or as a bundle, oldest first. */
  sentAt: readonly number[];
  /** Most urgent severity sent in the window; null = none. */
  worst: Severity | null;
}

export const EMPTY_WINDOW: SentWindow = { sentAt: [], worst: null };

const WINDOW_MS = 60_000;
/** So many a minute go out singly. */
const SINGLE_MAX = 5;
/** What is held goes out as one message at the latest after this time. */
export const HOLD_MS = 10_000;

const isWorse = (a: Severity, b: Severity | null) => b === null || SEVERITIES.indexOf(a) < SEVERITIES.indexOf(b);

/** Forgets what is older than a minute. */
export function slide(window: SentWindow, now: number): SentWindow {
  const sentAt = window.sentAt.filter((at) => at > now - WINDOW_MS);
  return sentAt.length === 0 ? EMPTY_WINDOW : { sentAt, worst: window.worst };
}

/** Must this message wait to be bundled? */
export function mustHold(window: SentWindow, severity: Severity, now: number): boolean {
  const current = slide(window, now);
  return current.sentAt.length >= SINGLE_MAX && !isWorse(severity, current.worst);
}

/** The window after sending at `now`. */
export function recordSent(window: SentWindow, severity: Severity, now: number): SentWindow {
  const current = slide(window, now);
  return { sentAt: [...current.sentAt, now], worst: isWorse(severity, current.worst) ? severity : current.worst };
}
