import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backOffMs, SILENCE_MAX_MS } from "../../src/portal/live.ts";
import { deviceName } from "../../src/portal/push.ts";

describe("coming back to the live stream", () => {
  it("doubles the pause up to half a minute and spreads it", () => {
    expect([1, 2, 3, 6, 20].map((attempt) => backOffMs(attempt, 0))).toEqual([500, 1_000, 2_000, 15_000, 15_000]);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempt, random) => {
          expect(backOffMs(attempt, random)).toBeGreaterThanOrEqual(500);
          expect(backOffMs(attempt, random)).toBeLessThanOrEqual(30_000);
        },
      ),
      { seed: 3 },
    );
  });

  it("waits for two heartbeats of 15 s", () => {
    expect(SILENCE_MAX_MS).toBe(30_000);
  });
});

describe("name of a device", () => {
  it.each([
    [
      "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0 Mobile Safari/537.36",
      "Chrome on Android",
    ],
    [
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 Version/18.6 Mobile Safari/604.1",
      "Safari on iPhone",
    ],
    [
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/147.0 Safari/537.36 Edg/147.0",
      "Edge on Windows",
    ],
    ["", "Browser on unknown system"],
  ])("reads %s", (userAgent, name) => {
    expect(deviceName(userAgent)).toBe(name);
  });
});
