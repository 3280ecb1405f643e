import { describe, expect, it } from "vitest";
import { factValue, tidyFacts } from "../../src/portal/fact-values.ts";

describe("facts of a payload", () => {
  it("are each told once", () => {
    const team = { name: "Team", value: "payments" };
    const other = { name: "Team", value: "orders" };
    const groups = [
      { title: "Properties", facts: [team] },
      { title: "Custom properties", facts: [team] },
      { title: "More", facts: [team, other] },
    ];
    expect(tidyFacts(groups)).toEqual([
      { title: "Properties", facts: [team] },
      { title: "More", facts: [other] },
    ]);
  });

  it.each([
    ["2026-10-20T01:14:00.123Z", "instant"],
    ["2026-10-20T01:14:00+02:00", "instant"],
    ["2026-13-45T99:99:99Z", "text"],
    ["since 2026-10-20T01:14:00Z", "text"],
  ])("read %s as %s", (value, kind) => {
    expect(factValue("Impact start time", value).kind).toBe(kind);
  });

  it.each([
    ["Window size", "PT5M", "5 min"],
    ["Window size", "P1DT2H", "1 d 2 h"],
    ["Window size", "P", "P"],
    ["Operator", "GreaterThan", "above"],
    ["Operator", "Soundslike", "Soundslike"],
    ["Query", "<p>kept</p>", "<p>kept</p>"],
  ])("say %s %s as “%s”", (name, value, text) => {
    expect(factValue(name, value)).toEqual({ kind: "text", text });
  });

  it("show the news of Service Health without its markup", () => {
    const html = "<p>Starting at 10:00 &amp; later:</p><ul><li>errors</li><li>1 < 2</li></ul><br/>";
    expect(factValue("Communication", html)).toEqual({
      kind: "text",
      text: "Starting at 10:00 & later:\nerrors\n1 < 2",
    });
  });
});
