import { describe, expect, it } from "vitest";
import { age, clockTime, countdown, roughDuration, stopwatch, utcTime, zoneName } from "../../src/portal/time.ts";
import { BERLIN, NOW_MS } from "./alert-item.ts";

const MINUTE_MS = 60_000;

describe("countdown", () => {
  it.each([
    [166_000, "2:46"],
    [165_001, "2:46"],
    [600_000, "10:00"],
    [600_001, "11 min"],
    [750_000, "13 min"],
    [1, "0:01"],
    [0, "0:00"],
    [-5_000, "0:00"],
  ])("shows %d ms as %s", (leftMs, shown) => {
    expect(countdown(leftMs)).toBe(shown);
  });
});

describe("durations", () => {
  it("runs a stopwatch beyond an hour with hours", () => {
    expect(stopwatch(134_000)).toBe("2:14");
    expect(stopwatch(3_600_000 + 2 * MINUTE_MS + 46_000)).toBe("1:02:46");
  });

  it.each([
    [40_000, "40 s"],
    [9 * MINUTE_MS, "9 min"],
    [300 * MINUTE_MS, "5 h"],
    [47 * 60 * MINUTE_MS, "47 h"],
    [72 * 60 * MINUTE_MS, "3 d"],
  ])("rounds %d ms to %s", (durationMs, shown) => {
    expect(roughDuration(durationMs)).toBe(shown);
  });

  it("calls the first minute of an alert now", () => {
    expect(age("2026-10-20T01:13:30Z", NOW_MS)).toBe("now");
    expect(age("2026-10-20T01:05:00Z", NOW_MS)).toBe("9 min");
  });
});

describe("clock time", () => {
  const shown = (instant: string) => clockTime(instant, NOW_MS, { zone: BERLIN });

  it("shows hours and minutes of today in the viewer's zone", () => {
    expect(shown("2026-10-20T01:14:00Z")).toBe("03:14");
  });

  it("adds the weekday when it is another day there", () => {
    expect(shown("2026-10-19T15:42:00Z")).toBe("Mon 17:42");
    expect(shown("2026-10-19T22:00:00Z")).toBe("00:00");
  });

  it("adds the date beyond six days", () => {
    expect(shown("2026-10-03T06:00:00Z")).toBe("3 Oct 08:00");
  });

  it("follows the change of the clocks on 25 October", () => {
    const sunday = Date.parse("2026-10-25T12:00:00Z");
    const at = (instant: string) => clockTime(instant, sunday, { zone: BERLIN });
    expect([at("2026-10-25T00:30:00Z"), at("2026-10-25T01:30:00Z")]).toEqual(["02:30", "02:30"]);
  });

  it("shows seconds where they are proof, and UTC in full", () => {
    expect(clockTime("2026-10-20T01:12:09Z", NOW_MS, { zone: BERLIN, seconds: true })).toBe("03:12:09");
    expect(utcTime("2026-10-20T01:12:09.500Z")).toBe("2026-10-20 01:12:09 UTC");
  });

  it("names the viewer's zone", () => {
    expect(zoneName(NOW_MS, BERLIN)).toMatch(/CEST|GMT\+2/);
  });
});
