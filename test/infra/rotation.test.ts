import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { secretTermsAt } from "../../infra/rotation.ts";

const at = (text: string) => Date.parse(text);

describe("client secrets", () => {
  it("are one in the first half of a life", () => {
    expect(secretTermsAt("2026-11", 12, at("2026-11-24T12:00:00Z"))).toEqual([
      { number: 0, startsAt: "2026-11-01T00:00:00.000Z", endsAt: "2027-11-01T00:00:00.000Z" },
    ]);
    expect(secretTermsAt("2026-11", 12, at("2027-04-30T23:59:59Z")).map(({ number }) => number)).toEqual([0]);
  });

  it("are two from the middle on, the new one last", () => {
    expect(secretTermsAt("2026-11", 12, at("2027-05-01T00:00:00Z")).map(({ number }) => number)).toEqual([0, 1]);
    expect(secretTermsAt("2026-11", 12, at("2027-10-31T23:59:59Z")).map(({ number }) => number)).toEqual([0, 1]);
  });

  it("lose the old one when it ends, by the run after that", () => {
    expect(secretTermsAt("2026-11", 12, at("2027-11-01T00:00:00Z")).map(({ number }) => number)).toEqual([1, 2]);
  });

  it("rotate once a year with a life of 24 months", () => {
    expect(secretTermsAt("2026-11", 24, at("2027-11-01T00:00:00Z"))).toEqual([
      { number: 0, startsAt: "2026-11-01T00:00:00.000Z", endsAt: "2028-11-01T00:00:00.000Z" },
      { number: 1, startsAt: "2027-11-01T00:00:00.000Z", endsAt: "2029-11-01T00:00:00.000Z" },
    ]);
  });

  it("are refused for a month to come", () => {
    expect(() => secretTermsAt("2026-12", 12, at("2026-11-30T23:59:59Z"))).toThrow("watchbell:secretsFrom");
  });

  it("leave no instant without one that is valid for at least half a life, and never three", () => {
    const month = fc.tuple(fc.integer({ min: 2020, max: 2030 }), fc.integer({ min: 1, max: 12 }));
    fc.assert(
      fc.property(
        month,
        fc.constantFrom(12, 24),
        fc.integer({ min: 0, max: 20 * 366 * 86_400 }),
        (from, life, seconds) => {
          const start = `${from[0]}-${String(from[1]).padStart(2, "0")}`;
          const now = at(`${start}-01T00:00:00Z`) + seconds * 1_000;
          const terms = secretTermsAt(start, life, now);
          const current = terms.at(-1);
          const left = at(current?.endsAt ?? "") - now;
          const shortestHalf = (life / 2) * 28 * 86_400_000;
          return (
            terms.length <= 2 &&
            at(current?.startsAt ?? "") <= now &&
            left > shortestHalf &&
            terms.every((term) => at(term.endsAt) > now)
          );
        },
      ),
    );
  });
});
