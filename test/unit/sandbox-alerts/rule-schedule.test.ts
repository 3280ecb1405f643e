import { expect, test } from "vitest";
import { isInSchedule, scheduleSchema } from "../../../src/sandbox/action-groups/rule-schedule.ts";

const nights = { recurrenceType: "Weekly", startTime: "22:00:00", endTime: "04:00:00", daysOfWeek: ["Saturday"] };

// 2026-05-02 is a Saturday; Berlin is two hours ahead of UTC.
test.each([
  ["before it begins", { effectiveFrom: "2026-05-02T12:00:00" }, "2026-05-02T11:59:59Z", false],
  ["when it begins", { effectiveFrom: "2026-05-02T12:00:00" }, "2026-05-02T12:00:00Z", true],
  ["when it ends", { effectiveUntil: "2026-05-02T12:00:00" }, "2026-05-02T12:00:00Z", false],
  [
    "in the zone's own time",
    { effectiveFrom: "2026-05-02T12:00:00", timeZone: "W. Europe Standard Time" },
    "2026-05-02T10:00:00Z",
    true,
  ],
  ["on the evening of a night window", { recurrences: [nights] }, "2026-05-02T22:00:00Z", true],
  ["after midnight of a night window", { recurrences: [nights] }, "2026-05-03T03:59:59Z", true],
  ["when a night window ends", { recurrences: [nights] }, "2026-05-03T04:00:00Z", false],
  ["after midnight of the day before", { recurrences: [nights] }, "2026-05-02T03:00:00Z", false],
  [
    "in a daily window",
    { recurrences: [{ recurrenceType: "Daily", startTime: "08:00:00", endTime: "17:00:00" }] },
    "2026-05-02T08:00:00Z",
    true,
  ],
  [
    "after a daily window",
    { recurrences: [{ recurrenceType: "Daily", startTime: "08:00:00", endTime: "17:00:00" }] },
    "2026-05-02T17:00:00Z",
    false,
  ],
  [
    "on a day of the month",
    { recurrences: [{ recurrenceType: "Monthly", daysOfMonth: [2] }] },
    "2026-05-02T09:00:00Z",
    true,
  ],
  [
    "on another day of the month",
    { recurrences: [{ recurrenceType: "Monthly", daysOfMonth: [3] }] },
    "2026-05-02T09:00:00Z",
    false,
  ],
])("a processing rule's schedule is asked %s", (_, schedule, instant, isCovered) => {
  expect(isInSchedule(scheduleSchema.parse(schedule), Date.parse(instant))).toBe(isCovered);
});
