import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { INFRA_SETTING_DEFINITIONS, InfraSettingsError, readInfraSettings } from "../../infra/settings.ts";

const LEAST = { image: "registry.example/watchbell/worker:1.0.0" };

function problemsOf(raw: Record<string, unknown>, stack: string | undefined = "dev"): readonly string[] {
  try {
    readInfraSettings(raw, stack);
    return [];
  } catch (error) {
    if (error instanceof InfraSettingsError) return error.problems;
    throw error;
  }
}

describe("settings of the program", () => {
  it("need only an image; the rest has safe defaults", () => {
    expect(readInfraSettings(LEAST, "dev")).toEqual({
      environment: "dev",
      location: "westeurope",
      image: LEAST.image,
      monitor: "read-write",
      purgeProtection: true,
      vaultAllowedIps: [],
      logRetentionDays: 30,
      logDailyQuotaGb: 1,
      owners: ["deployer"],
      tags: {},
      worker: {},
    });
  });

  it("report everything wrong at once, by name", () => {
    const problems = problemsOf({
      environment: "Production!",
      location: "West Europe",
      image: "worker",
      publicUrl: "http://watchbell.example.com",
      monitor: "write",
      databaseSecretUri: "https://example.com/secret",
      purgeProtection: "maybe",
      vaultAllowedIps: "everybody",
      logRetentionDays: "7",
      logDailyQuotaGb: "0",
      owners: "me",
      tags: { "a/b": "c" },
      worker: { "no.such": "1" },
      colour: "blue",
    });
    const named = problems.map((problem) => problem.replace(/^watchbell:(\w+).*$/s, "$1"));
    expect(new Set(named)).toEqual(new Set([...Object.keys(INFRA_SETTING_DEFINITIONS), "colour"]));
  });

  it("say which are missing and what they are for", () => {
    expect(problemsOf({})).toEqual([expect.stringMatching(/^watchbell:image is missing\. Container image/)]);
  });

  it("never repeat a value, which may be a secret put in the wrong place", () => {
    expect(
      problemsOf({ ...LEAST, location: "hunter2 hunter2", worker: { "database.url": "hunter2" } }).join(),
    ).not.toContain("hunter2");
  });

  it.each([
    ["https://oncall.example.com", "https://oncall.example.com"],
    ["https://oncall.example.com:8443/", "https://oncall.example.com:8443"],
    ["http://127.0.0.1:8080", "http://127.0.0.1:8080"],
    ["http://localhost:8080", "http://localhost:8080"],
  ])("take %s as public address", (given, origin) => {
    expect(readInfraSettings({ ...LEAST, publicUrl: given }, "dev").publicUrl).toBe(origin);
  });

  it.each([
    "http://oncall.example.com",
    "http://127.0.0.1.example.com",
    "https://oncall.example.com/portal",
    "https://user@oncall.example.com",
    "https://oncall.example.com/?a=b",
    "ftp://127.0.0.1",
    "oncall.example.com",
  ])("refuse %s as public address", (given) => {
    expect(problemsOf({ ...LEAST, publicUrl: given })).toEqual([expect.stringContaining("watchbell:publicUrl")]);
  });

  it.each([
    "registry.example/worker",
    "registry.example/worker:latest",
    "worker:1",
    "registry.example/worker@sha256:123",
  ])("refuse the image %s, which does not say what runs", (image) => {
    expect(problemsOf({ image })).toEqual([expect.stringContaining("watchbell:image")]);
  });

  it("take numbers and truth values of an object as the texts they were typed as", () => {
    const { tags, worker } = readInfraSettings(
      {
        ...LEAST,
        tags: { costCentre: 4711 },
        worker: { "azureMonitor.graceMinutes": 5, "azureMonitor.autoClose": false },
      },
      "dev",
    );
    expect(tags).toEqual({ costCentre: "4711" });
    expect(worker).toEqual({ "azureMonitor.graceMinutes": "5", "azureMonitor.autoClose": "false" });
  });

  it("check the worker's settings as the worker does, and refuse secrets and what the program decides", () => {
    const worker = {
      "azureMonitor.graceMinutes": "200",
      "entra.tenantId": "0a1b2c3d-0000-4000-8000-000000000001",
      "metrics.token": "x",
      "azureMonitor.severities": "Sev0",
    };
    expect(problemsOf({ ...LEAST, worker }).map((problem) => problem.split(": ")[0])).toEqual([
      "watchbell:worker.azureMonitor.graceMinutes",
      "watchbell:worker.entra.tenantId",
      "watchbell:worker.metrics.token",
    ]);
  });

  it("are all documented for operators, with their defaults", () => {
    const text = readFileSync(new URL("../../docs/deploy.md", import.meta.url), "utf8");
    for (const [name, definition] of Object.entries(INFRA_SETTING_DEFINITIONS)) {
      expect(text, name).toContain(`\`${name}\``);
      if ("fallback" in definition && typeof definition.fallback === "string" && definition.fallback !== "") {
        expect(
          text.split("\n").find((line) => line.startsWith(`| \`${name}\``)),
          name,
        ).toContain(`\`${definition.fallback}\``);
      }
    }
  });
});
