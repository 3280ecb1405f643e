/** A receiver must not park a message for longer than this by its own word. */
export const RETRY_AFTER_SECONDS_MAX = 86_400;

/**
 * Reads `Retry-After` (RFC 9110 §10.2.3): seconds or an HTTP date. `now` is epoch milliseconds. Null when absent or
 * unreadable; 0 for a date in the past; at most a day.
 */
export function parseRetryAfter(value: string | undefined, now: number): number | null {
  const text = value?.trim() ?? "";
  if (/^\d{1,15}$/.test(text)) return Math.min(Number(text), RETRY_AFTER_SECONDS_MAX);
  // All three date forms of RFC 9110 begin with a day's name; asctime carries no zone and means UTC.
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text)) return null;
  const at = Date.parse(text.endsWith("GMT") ? text : `${text} GMT`);
  if (Number.isNaN(at)) return null;
  return Math.min(Math.max(0, Math.ceil((at - now) / 1_000)), RETRY_AFTER_SECONDS_MAX);
}
