import { expect, test } from "vitest";
import { parseRetryAfter } from "../../../src/platform/http/retry-after.ts";

const now = Date.UTC(2026, 10, 24, 8, 0, 0);

test.each([
  ["seconds", "120", 120],
  ["zero", "0", 0],
  ["seconds with blanks", " 5 ", 5],
  ["more than a day", "999999", 86_400],
  ["a date", "Tue, 24 Nov 2026 08:02:00 GMT", 120],
  ["a date of RFC 850", "Tuesday, 24-Nov-26 08:02:00 GMT", 120],
  ["a date of asctime", "Tue Nov 24 08:02:00 2026", 120],
  ["a past date", "Tue, 24 Nov 2026 07:00:00 GMT", 0],
  ["a date years ahead", "Tue, 24 Nov 2036 08:00:00 GMT", 86_400],
  ["nothing", undefined, null],
  ["an empty text", "", null],
  ["a negative number", "-1", null],
  ["a fraction", "1.5", null],
  ["a number with a unit", "10s", null],
  ["an ISO date", "2026-11-24T08:02:00Z", null],
  ["a day's name only", "Tue", null],
])("%s is read", (_, value, seconds) => {
  expect(parseRetryAfter(value, now)).toBe(seconds);
});
