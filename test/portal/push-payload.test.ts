import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readPush } from "../../src/portal/push-payload.ts";

const ORIGIN = "https://watchbell.example";

describe("payload of a push", () => {
  it("reads a declarative push message", () => {
    const message = {
      web_push: 8030,
      notification: {
        title: "Critical: CPU above 90%",
        body: "97.4% · Payments",
        navigate: `${ORIGIN}/alerts/a1`,
        app_badge: "2",
        data: { alertId: "a1", severity: "critical", receipt: "t" },
      },
      mutable: true,
    };
    expect(readPush(JSON.stringify(message), ORIGIN)).toEqual({
      title: "Critical: CPU above 90%",
      body: "97.4% · Payments",
      path: "/alerts/a1",
      alertId: "a1",
      severity: "critical",
      token: "t",
      badge: 2,
      tag: "a1",
    });
  });

  it("takes the alert from the address when it is not named", () => {
    const text = JSON.stringify({ notification: { title: "High: lag", navigate: "/alerts/a7?from=push" } });
    expect(readPush(text, ORIGIN)).toMatchObject({ alertId: "a7", tag: "a7", path: "/alerts/a7?from=push" });
  });

  it("never opens another site", () => {
    for (const navigate of [
      "https://evil.example/alerts/a1",
      "//evil.example/x",
      "javascript:alert(1)",
      "\\\\evil.example",
    ]) {
      expect(readPush(JSON.stringify({ notification: { title: "x", navigate } }), ORIGIN).path).toBe("/alerts");
    }
  });

  it("shows something whatever comes", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.constant(null)), (text) => {
        expect(readPush(text, ORIGIN).title).not.toBe("");
      }),
      { seed: 3 },
    );
  });
});
