import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { answerLabel, answersFor } from "../../src/portal/alert-answers.ts";
import { resourceFacts } from "../../src/portal/azure-resource.ts";
import { figureOf } from "../../src/portal/figures.ts";
import { ANA, DANA } from "./alert-item.ts";

const payload = (criterion: unknown) => ({ data: { alertContext: { condition: { allOf: [criterion] } } } });

describe("answers of an alert", () => {
  it("offers acknowledge first while nobody has it", () => {
    expect(answersFor({ state: "open", owner: null }, ANA.id)).toEqual(["acknowledge", "take", "close"]);
  });

  it("offers to take what somebody else has, and to give back what is mine", () => {
    expect(answersFor({ state: "acknowledged", owner: DANA }, ANA.id)[0]).toBe("take");
    expect(answersFor({ state: "acknowledged", owner: ANA }, ANA.id)).toEqual(["close", "unacknowledge"]);
    expect(answerLabel("unacknowledge", true)).toBe("Give back");
  });

  it("offers only to reopen what is closed", () => {
    expect(answersFor({ state: "closed", owner: ANA }, ANA.id)).toEqual(["reopen"]);
  });
});

describe("figure of a payload", () => {
  it("shows value and threshold of a metric alert", () => {
    const criterion = { metricName: "Percentage CPU", operator: "GreaterThan", threshold: "90", metricValue: 97.4 };
    expect(figureOf(payload(criterion))).toEqual({ value: "97.4%", label: "Percentage CPU, above 90%" });
  });

  it("shows the count of a log alert that names no metric", () => {
    expect(figureOf(payload({ metricValue: 12, operator: "GreaterThan", threshold: 0 }))).toEqual({
      value: "12",
      label: "Rows found, above 0",
    });
  });

  it("gives nothing for any other payload", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(figureOf(value)).toBeNull();
      }),
      { seed: 3 },
    );
  });
});

describe("facts of a resource id", () => {
  it("takes an ARM id apart without regard to case", () => {
    const id = "/subscriptions/s1/resourcegroups/rg-payments/providers/Microsoft.Compute/virtualMachines/vm-1";
    expect(resourceFacts(id)).toEqual({
      name: "vm-1",
      type: "Virtual machines",
      group: "rg-payments",
      subscription: "s1",
    });
  });

  it("shows text that is no id as it is", () => {
    expect(resourceFacts("printer")).toEqual({ name: "printer", type: null, group: null, subscription: null });
  });
});
