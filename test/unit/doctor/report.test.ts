import { expect, test } from "vitest";
import { bounded, CheckTimeoutError, lineOf, runCheck } from "../../../src/doctor/check.ts";
import { explainNetwork } from "../../../src/doctor/network-failure.ts";
import { toLines, toReport } from "../../../src/doctor/report.ts";
import { checkSettings } from "../../../src/doctor/setting-checks.ts";
import { Secret } from "../../../src/platform/secret.ts";
import { readSettings } from "../../../src/settings.ts";
import { byId } from "./doctor-sandbox.ts";

const GUID = "0a1b2c3d-0000-4000-8000-00000000000f";
const settingsOf = (environment: Record<string, string>) =>
  readSettings({
    WATCHBELL_PUBLIC_URL: "https://watchbell.example",
    WATCHBELL_ENTRA_TENANT_ID: GUID,
    WATCHBELL_ENTRA_CLIENT_ID: GUID,
    WATCHBELL_ENTRA_PORTAL_CLIENT_ID: GUID,
    ...environment,
  });

test("Each result is one line with its status, finding and what to do.", () => {
  const results = [
    lineOf("a", "Clock").ok("as Entra's"),
    lineOf("b", "Token").fail("refused", "Do this"),
    lineOf("c", "Tenant").notChecked("there is no token"),
  ];
  const report = toReport(results, {});
  expect(toLines(report)).toBe(
    "ok    Clock: as Entra's.\nFAIL  Token: refused. Do this.\nwarn  Tenant: not checked because there is no token.\n",
  );
  expect(report.ok).toBe(false);
});

test("Escapes and line breaks of others do not reach the terminal (C9).", () => {
  const hostile = "AADSTS1: \u001b[2Jgone\r\nok    Clock: forged \u202e\u009b";
  const lines = toLines(toReport([lineOf("a", "Token").fail(hostile, "")], {}));
  expect(lines.split("\n")).toHaveLength(2);
  expect(lines.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
});

test("Values of secret settings and the password of an address are struck out (S1).", () => {
  const settings = { a: new Secret("canary-secret"), b: new Secret("postgres://u:canary%2Fpass@h/d") };
  const finding = "said canary-secret, canary%2Fpass, canary/pass and postgres://u:canary%2Fpass@h/d";
  const report = toReport([lineOf("a", "Token").fail(finding, "")], settings);
  expect(report.checks[0]?.finding).toBe("said [secret], [secret], [secret] and [secret]");
});

test("A check that throws or does not end is a FAIL, not the end of the doctor.", async () => {
  const line = lineOf("a", "Thing");
  const explain = (error: unknown) => ({ finding: (error as Error).message, advice: "" });
  expect(await runCheck(line, 1_000, () => Promise.reject(new Error("broken")), explain)).toMatchObject({
    status: "fail",
    finding: "broken",
  });
  await expect(bounded(5, () => new Promise(() => {}))).rejects.toBeInstanceOf(CheckTimeoutError);
});

test.each([
  ["ENOTFOUND", /name is not known/],
  ["ECONNREFUSED", /refused/],
  ["SELF_SIGNED_CERT_IN_CHAIN", /not trusted/],
  ["CERT_HAS_EXPIRED", /expired/],
])("Trouble of the network is told by its code %s, however deep it lies.", (code, finding) => {
  const error = new TypeError("fetch failed", { cause: Object.assign(new Error("x"), { code }) });
  expect(explainNetwork(error)?.finding).toMatch(finding);
  expect(explainNetwork(new Error("other"))).toBeUndefined();
});

test("Settings that are right for the schema and yet wrong are told.", () => {
  const settings = settingsOf({
    WATCHBELL_PUBLIC_URL: "http://watchbell.example",
    WATCHBELL_ENTRA_CREDENTIAL: "secret",
    WATCHBELL_NOTIFY_PUSH_SUBJECT: "on-call@example.com",
  });
  const found = byId(checkSettings(settings, { HTTPS_PROXY: "http://user:canary@proxy:1" }, "/nowhere"));
  expect(found.get("public-url")?.status).toBe("fail");
  expect(found.get("settings")?.status).toBe("fail");
  expect(found.get("push-subject")?.status).toBe("fail");
  expect(found.get("portal")?.status).toBe("warn");
  expect(found.get("proxy")).toMatchObject({ status: "warn", finding: "HTTPS_PROXY is set" });
});

test("Settings as they should be pass; the default push contact is a warning.", () => {
  const found = byId(checkSettings(settingsOf({}), { PATH: "/bin", NO_PROXY: "*" }, "/nowhere"));
  expect(found.get("public-url")?.status).toBe("ok");
  expect(found.get("settings")?.status).toBe("ok");
  expect(found.get("proxy")?.status).toBe("ok");
  expect(found.get("push-subject")?.status).toBe("warn");
});
