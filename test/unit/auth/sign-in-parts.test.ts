import { describe, expect, it } from "vitest";
import { clearCookie, readCookie, SESSION_COOKIE, writeCookie } from "../../../src/api/auth/cookies.ts";
import { labelDevice } from "../../../src/api/auth/device-label.ts";
import { resolveIssuers } from "../../../src/api/auth/issuers.ts";
import { createCredential } from "../../../src/api/auth/random-credential.ts";
import {
  highestRole,
  holdsRight,
  lowerRole,
  requireFreshSignIn,
  requireOwnTeam,
} from "../../../src/api/auth/rights.ts";
import { sealToken, unsealToken } from "../../../src/api/auth/sealed-token.ts";
import { isPersonGone, problemOfAnswer, problemOfError } from "../../../src/api/auth/sign-in-problem.ts";
import { checkState, createSignInState, readSignInState, safeReturnPath } from "../../../src/api/auth/sign-in-state.ts";
import { readSourceKey } from "../../../src/api/auth/source-keys.ts";
import { NOON_MS, TENANT } from "./entra-tokens.ts";

const PUBLIC_URL = "http://127.0.0.1:8080";

describe("the path to return to (B1)", () => {
  it("is a path of ours, with query and fragment", () => {
    expect(safeReturnPath("/alerts/7?tab=timeline#last", PUBLIC_URL)).toBe("/alerts/7?tab=timeline#last");
    expect(safeReturnPath("/a/../b", PUBLIC_URL)).toBe("/b");
  });

  const hostile = [
    "//evil.test",
    "/\\evil.test",
    "\\/evil.test",
    "/\t/evil.test",
    "/a\n",
    "https://evil.test/",
    "javascript:alert(1)",
    "evil.test",
    "",
    "/.//evil.test",
    "/a/..//evil.test",
    "/auth/sign-in?return=/x",
    "/sign-in",
    null,
    7,
  ];
  it.each(hostile)("is the start page instead of %j", (text) => {
    expect(safeReturnPath(text, PUBLIC_URL)).toBe("/");
  });
});

describe("the sign-in's state (B1)", () => {
  it("comes back from the cookie alone", () => {
    const begun = createSignInState("/alerts/7", NOON_MS);
    expect(readSignInState(begun.cookieValue)).toEqual(begun);
    expect(checkState(begun, begun.state, NOON_MS + 600_000)).toBe("ok");
    expect(checkState(begun, begun.state, NOON_MS + 600_001)).toBe("late");
  });

  it("belongs to one browser, one start and one path", () => {
    const begun = createSignInState("/alerts/7", NOON_MS);
    const other = createSignInState("/alerts/7", NOON_MS);
    expect(checkState(begun, other.state, NOON_MS)).toBe("other");
    const [secret, start, path] = begun.cookieValue.split(".") as [string, string, string];
    const moved = `${secret}.${start}.${Buffer.from("/elsewhere").toString("base64url")}`;
    expect(checkState(readSignInState(moved)!, begun.state, NOON_MS)).toBe("other");
    const later = `${secret}.${(NOON_MS + 1).toString(36)}.${path}`;
    expect(checkState(readSignInState(later)!, begun.state, NOON_MS)).toBe("other");
  });

  it("tells nothing of itself by what goes to Entra", () => {
    const begun = createSignInState("/", NOON_MS);
    const sent = [begun.state, begun.nonce, begun.codeChallenge];
    expect(new Set([...sent, begun.codeVerifier, begun.cookieValue]).size).toBe(5);
    expect(sent.some((text) => text.includes(begun.cookieValue.split(".")[0]!))).toBe(false);
  });

  it("is refused when the cookie is none of ours", () => {
    for (const value of ["", "a.b.c", "a.b.c.d", `${createCredential()}..`, `${createCredential()}.!.x`]) {
      expect(readSignInState(value)).toBeUndefined();
    }
  });
});

describe("a sealed refresh token (B5)", () => {
  it("opens with its cookie only, and not when it was altered", () => {
    const cookie = createCredential();
    const sealed = sealToken(cookie, "the refresh token");
    expect(sealed.toString("latin1")).not.toContain("refresh");
    expect(unsealToken(cookie, sealed)).toBe("the refresh token");
    expect(() => unsealToken(createCredential(), sealed)).toThrow();
    sealed[sealed.length - 1]! ^= 1;
    expect(() => unsealToken(cookie, sealed)).toThrow();
  });
});

describe("cookies (B2)", () => {
  it("are read by their exact name, the first of several", () => {
    const cookie = `x${SESSION_COOKIE}=no; other=1;${SESSION_COOKIE}=first; ${SESSION_COOKIE}=second`;
    expect(readCookie({ cookie }, SESSION_COOKIE)).toBe("first");
    expect(readCookie({}, SESSION_COOKIE)).toBeUndefined();
  });

  it("are written for the host alone, out of reach of scripts and other sites", () => {
    expect(writeCookie(SESSION_COOKIE, "v", 60)).toBe(
      "__Host-watchbell=v; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Lax",
    );
    expect(clearCookie(SESSION_COOKIE)).toContain("Max-Age=0");
  });
});

describe("why a sign-in failed", () => {
  it("is told from Entra's codes, else from its error word", () => {
    expect(problemOfAnswer("invalid_grant", "AADSTS65001: The user or administrator has not consented")).toBe(
      "consent",
    );
    expect(problemOfAnswer("access_denied", "AADSTS50105: not assigned to a role")).toBe("not-allowed");
    expect(problemOfAnswer("invalid_client", "AADSTS7000222: expired")).toBe("configuration");
    expect(problemOfAnswer("invalid_client", "AADSTS700024: not within its valid time range")).toBe("clock");
    expect(problemOfAnswer("access_denied", undefined)).toBe("refused");
    expect(problemOfError({ code: "OAUTH_JWT_TIMESTAMP_CHECK_FAILED" })).toBe("clock");
    expect(problemOfError(new TypeError("fetch failed"))).toBe("unreachable");
  });

  it("is about the person only when Entra says so", () => {
    expect(
      isPersonGone({ error: "invalid_grant", error_description: "AADSTS50057: The user account is disabled." }),
    ).toBe(true);
    expect(isPersonGone({ error: "invalid_grant", error_description: "AADSTS700082: expired" })).toBe(false);
    expect(isPersonGone(new Error("AADSTS50057"))).toBe(false);
  });
});

describe("issuers (J2)", () => {
  it("are Microsoft's for the cloud unless given, and hold the tenant", () => {
    expect(resolveIssuers(TENANT, "public")["1.0"]).toBe(`https://sts.windows.net/${TENANT}/`);
    expect(resolveIssuers(TENANT, "usgov")["2.0"]).toBe(`https://login.microsoftonline.us/${TENANT}/v2.0`);
    expect(() => resolveIssuers(TENANT, "public", { "2.0": "https://login.microsoftonline.com/common/v2.0" })).toThrow(
      "tenant",
    );
  });
});

describe("rights", () => {
  it("follow the highest role of the claim, and the lower of two where both count", () => {
    expect(highestRole(["Viewer", "Admin", "Responder"])).toBe("Admin");
    expect(highestRole(["admin"])).toBeNull();
    expect(lowerRole("Manager", "Viewer")).toBe("Viewer");
  });

  it("are the table of the threats page, section 5", () => {
    expect(holdsRight("Viewer", "alerts.read")).toBe(true);
    expect(holdsRight("Viewer", "alerts.respond")).toBe(false);
    expect(holdsRight("Responder", "alerts.respond")).toBe(true);
    expect(holdsRight("Manager", "raw-events.read")).toBe(false);
    expect(holdsRight("Admin", "raw-events.read")).toBe(true);
  });

  it("make an object of another team as absent as none (A3), and old sign-ins too old (B5)", () => {
    const person = { id: "p", name: "P" };
    const caller = {
      person,
      role: "Viewer",
      teamIds: ["a"],
      via: "session",
      signedInAt: NOON_MS,
      credentialId: "c",
    } as const;
    expect(requireOwnTeam(caller, { teamId: "a" })).toEqual({ teamId: "a" });
    const words = [{ teamId: "b" }, undefined].map((found) => {
      try {
        return requireOwnTeam(caller, found);
      } catch (error) {
        return String(error);
      }
    });
    expect(words[0]).toBe(words[1]);
    requireFreshSignIn(caller, NOON_MS + 12 * 3_600_000);
    expect(() => requireFreshSignIn(caller, NOON_MS + 12 * 3_600_000 + 1)).toThrow("12 hours");
  });
});

describe("a source's key in a request (J11)", () => {
  it("stands in the header or in the address, once", () => {
    const none = new URLSearchParams();
    expect(readSourceKey({ "x-watchbell-key": "k" }, none)).toBe("k");
    expect(readSourceKey({}, new URLSearchParams("key=k"))).toBe("k");
    expect(readSourceKey({}, none)).toBeUndefined();
    expect(() => readSourceKey({ "x-watchbell-key": "k" }, new URLSearchParams("key=k"))).toThrow("one key");
    expect(() => readSourceKey({}, new URLSearchParams("key=k&key=k"))).toThrow("one key");
  });
});

describe("a device's label", () => {
  it("names browser and system without the header's own text", () => {
    const android =
      "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36";
    expect(labelDevice(android)).toBe("Chrome on Android");
    expect(labelDevice("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1")).toBe(
      "Safari on iPhone",
    );
    expect(labelDevice("<script>")).toBe("A browser");
    expect(labelDevice(undefined)).toBe("A browser");
  });
});
