import { z } from "zod";

const LOCAL = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}/;
const CLOCK = /^\d{2}:\d{2}:\d{2}$/;
const WEEK_DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] as const;

/** When a processing rule works: `schedule` of its properties. Times are wall-clock times of `timeZone`. */
export const scheduleSchema = z.object({
  effectiveFrom: z.string().regex(LOCAL).nullish(),
  effectiveUntil: z.string().regex(LOCAL).nullish(),
  timeZone: z.string().nullish(),
  recurrences: z
    .array(
      z.object({
        recurrenceType: z.enum(["Daily", "Weekly", "Monthly"]),
        startTime: z.string().regex(CLOCK).nullish(),
        endTime: z.string().regex(CLOCK).nullish(),
        daysOfWeek: z.array(z.enum(WEEK_DAYS)).nullish(),
        daysOfMonth: z.array(z.int().min(1).max(31)).nullish(),
      }),
    )
    .nullish(),
});
type Schedule = z.infer<typeof scheduleSchema>;
type Recurrence = NonNullable<Schedule["recurrences"]>[number];

/** ARM takes Windows' names of zones; the common ones, the rest are tried as IANA names. */
const WINDOWS_ZONES: Record<string, string> = {
  UTC: "UTC",
  "GMT Standard Time": "Europe/London",
  "W. Europe Standard Time": "Europe/Berlin",
  "Central Europe Standard Time": "Europe/Budapest",
  "Central European Standard Time": "Europe/Warsaw",
  "Romance Standard Time": "Europe/Paris",
  "E. Europe Standard Time": "Europe/Chisinau",
  "FLE Standard Time": "Europe/Kiev",
  "Eastern Standard Time": "America/New_York",
  "Central Standard Time": "America/Chicago",
  "Mountain Standard Time": "America/Denver",
  "Pacific Standard Time": "America/Los_Angeles",
  "India Standard Time": "Asia/Kolkata",
  "Singapore Standard Time": "Asia/Singapore",
  "China Standard Time": "Asia/Shanghai",
  "Tokyo Standard Time": "Asia/Tokyo",
  "AUS Eastern Standard Time": "Australia/Sydney",
};

interface LocalTime {
  /** `YYYY-MM-DDTHH:MM:SS`, comparable as text with the schedule's own times. */
  text: string;
  clock: string;
}

function localTime(at: number, timeZone: string): LocalTime {
  // Swedish writes dates as ISO 8601 does.
  const text = new Date(at).toLocaleString("sv-SE", { timeZone }).replace(" ", "T");
  return { text, clock: text.slice(11) };
}

/** True when the day that `daysBack` days before is one of the recurrence's. */
function isDay(recurrence: Recurrence, local: LocalTime, daysBack: 0 | 1): boolean {
  const day = new Date(`${local.text}Z`);
  day.setUTCDate(day.getUTCDate() - daysBack);
  switch (recurrence.recurrenceType) {
    case "Daily":
      return true;
    case "Weekly":
      return recurrence.daysOfWeek?.includes(WEEK_DAYS[day.getUTCDay()]!) ?? false;
    case "Monthly":
      return recurrence.daysOfMonth?.includes(day.getUTCDate()) ?? false;
  }
}

/** A window whose end is not after its start runs over midnight and belongs to the day on which it starts. */
function isInWindow(recurrence: Recurrence, local: LocalTime): boolean {
  const { startTime, endTime } = recurrence;
  if (!startTime || !endTime) return isDay(recurrence, local, 0);
  if (startTime < endTime) return isDay(recurrence, local, 0) && startTime <= local.clock && local.clock < endTime;
  return (
    (startTime <= local.clock && isDay(recurrence, local, 0)) || (local.clock < endTime && isDay(recurrence, local, 1))
  );
}

/** True when a schedule covers an instant (epoch milliseconds). Throws RangeError for an unknown time zone. */
export function isInSchedule(schedule: Schedule, now: number): boolean {
  const zone = schedule.timeZone ?? "UTC";
  const local = localTime(now, WINDOWS_ZONES[zone] ?? zone);
  if (schedule.effectiveFrom && local.text < schedule.effectiveFrom) return false;
  if (schedule.effectiveUntil && local.text >= schedule.effectiveUntil) return false;
  const recurrences = schedule.recurrences ?? [];
  return recurrences.length === 0 || recurrences.some((recurrence) => isInWindow(recurrence, local));
}
