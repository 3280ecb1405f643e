/**
 * Instants and durations as people read them. Pure: `nowMs` is epoch milliseconds, instants are ISO 8601, the zone is the
 * viewer's unless given.
 */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Beyond it a countdown shows minutes only: nobody waits by the second (design, section 6). */
const COUNTDOWN_SECONDS_MAX_MS = 10 * MINUTE_MS;

const two = (value: number) => String(value).padStart(2, "0");

/** A running clock, `2:46`; beyond an hour `1:02:46`. Negative values count as zero. */
export function stopwatch(durationMs: number): string {
  const seconds = Math.max(0, Math.floor(durationMs / SECOND_MS));
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** Time left as `2:46`, beyond ten minutes `13 min`; rounded up, so that it never says zero too early. */
export function countdown(leftMs: number): string {
  const left = Math.ceil(Math.max(0, leftMs) / SECOND_MS) * SECOND_MS;
  if (left <= COUNTDOWN_SECONDS_MAX_MS) return stopwatch(left);
  return roughDuration(Math.ceil(left / MINUTE_MS) * MINUTE_MS);
}

/** A duration in its largest unit: `40 s`, `2 min`, `5 h`, `3 d`. */
export function roughDuration(durationMs: number): string {
  const duration = Math.max(0, durationMs);
  if (duration < MINUTE_MS) return `${Math.floor(duration / SECOND_MS)} s`;
  if (duration < HOUR_MS) return `${Math.floor(duration / MINUTE_MS)} min`;
  if (duration < 2 * DAY_MS) return `${Math.floor(duration / HOUR_MS)} h`;
  return `${Math.floor(duration / DAY_MS)} d`;
}

/** How old an instant is; under a minute `now`. */
export function age(instant: string, nowMs: number): string {
  const ageMs = nowMs - Date.parse(instant);
  return ageMs < MINUTE_MS ? "now" : roughDuration(ageMs);
}

/** `03:14`, with the day when it is another one: `Mon 17:42`, `3 Oct 08:00` beyond six days. */
export function clockTime(
  instant: string | number,
  nowMs: number,
  options: { seconds?: boolean; zone?: string } = {},
): string {
  const at = new Date(instant);
  const zone = options.zone === undefined ? {} : { timeZone: options.zone };
  const time = new Intl.DateTimeFormat("en-GB", {
    hour: "2-digit",
    minute: "2-digit",
    ...(options.seconds ? { second: "2-digit" as const } : {}),
    ...zone,
  }).format(at);
  const day = (date: Date) => new Intl.DateTimeFormat("en-CA", zone).format(date);
  if (day(at) === day(new Date(nowMs))) return time;
  const isNear = Math.abs(at.getTime() - nowMs) < 6 * DAY_MS;
  const date = new Intl.DateTimeFormat(
    "en-GB",
    isNear ? { weekday: "short", ...zone } : { day: "numeric", month: "short", ...zone },
  );
  return `${date.format(at)} ${time}`;
}

/** The instant in full, in UTC, for the title of a time: `2026-10-20 01:14:22 UTC`. */
export function utcTime(instant: string | number): string {
  return `${new Date(instant).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** Name of the viewer's zone now, for example `CET`; browsers without a short name give an offset. */
export function zoneName(nowMs: number, zone?: string): string {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZoneName: "short",
    ...(zone === undefined ? {} : { timeZone: zone }),
  });
  return format.formatToParts(nowMs).find((part) => part.type === "timeZoneName")?.value ?? "";
}
