import { describe, expect, it } from "vitest";
import { isPortalPath, returnPath } from "../../src/portal/return-path.ts";
import { onlyWorkerUrl } from "../../src/portal/trusted-types.ts";

describe("way back after signing in (threats B1)", () => {
  it.each(["/alerts", "/alerts/a1", "/alerts?tab=mine&q=cpu", "/alerts/a1#talk", "/me", "/health"])(
    "comes back to %s",
    (path) => {
      expect(returnPath(path)).toBe(path);
    },
  );

  it.each([
    null,
    "",
    "/",
    "//evil.example",
    "/\\evil.example",
    "https://evil.example/alerts",
    "/auth/sign-out",
    "/api/v1/me",
    "/sign-in?return=/me",
    "/alerts/a/b",
  ])("goes to the inbox instead of %s", (path) => {
    expect(returnPath(path)).toBe("/alerts");
  });

  it("leaves the server's addresses to the server", () => {
    expect(["/auth/sign-in?return=/me", "/api/v1/me", "/openapi.json", "/sw.js"].some(isPortalPath)).toBe(false);
  });
});

describe("Trusted Types policy (threats B3)", () => {
  it("allows the service worker's address and no other", () => {
    expect(onlyWorkerUrl("/sw.js")).toBe("/sw.js");
    for (const url of ["/sw.js?x", "https://evil.example/sw.js", "/assets/x.js", ""])
      expect(() => onlyWorkerUrl(url)).toThrow(TypeError);
  });
});
