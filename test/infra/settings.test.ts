import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { settingsTable, withSettingsTable } from "../../infra/documentation.ts";
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
    expect(readInfraSettings(LEAST, "dev")).toMatchObject({
      profile: "full",
      environment: "dev",
      location: "westeurope",
      image: LEAST.image,
      monitor: "read-write",
      role: "custom",
      sentinel: "off",
      graph: "off",
      audience: "single",
      credential: "federated",
      network: "private",
      retainData: true,
      purgeProtection: true,
      locks: true,
      databaseGeoBackup: true,
      replicasMin: 1,
      vaultAllowedIps: [],
      owners: ["deployer"],
      tags: {},
      worker: {},
    });
  });

  it("report everything wrong at once, by name", () => {
    const wrong: Record<string, unknown> = {
      profile: "half",
      environment: "Production!",
      location: "West Europe",
      image: "worker",
      registry: "acme.azurecr.io",
      buildFrom: "https://user:secret@example.com/a.git#main",
      publicUrl: "http://watchbell.example.com",
      hub: "a/b/c/d",
      spokes: "a b",
      subscriptions: "production",
      monitor: "write",
      role: "owner",
      sentinel: "soc-logs",
      graph: "yes",
      graphGrants: "later",
      audience: "all",
      credential: "password",
      secretMonths: "36",
      secretsFrom: "November",
      network: "open",
      addressSpace: "8.8.8.0/24",
      zoneRedundant: "yes",
      databaseSku: "big",
      databaseStorageGb: "8",
      databaseBackupDays: "99",
      databaseGeoBackup: "1",
      databaseAllowedIps: "0.0.0.0/0",
      databaseSecretUri: "https://example.com/secret",
      retainData: "no",
      replicasMin: "0",
      replicasMax: "11",
      purgeProtection: "maybe",
      vaultAllowedIps: "everybody",
      logRetentionDays: "7",
      logDailyQuotaGb: "0",
      tenantLogs: "on",
      operators: "the night shift",
      budget: "-1",
      locks: "off",
      owners: "me",
      tags: { "a/b": "c" },
      worker: { "no.such": "1" },
      colour: "blue",
    };
    const named = problemsOf(wrong).map((problem) => problem.replace(/^watchbell:(\w+).*$/s, "$1"));
    // The stack of a hub belongs to spokes only; that it is wrong too shows there.
    expect(new Set(named)).toEqual(new Set([...Object.keys(INFRA_SETTING_DEFINITIONS), "colour"]));
    expect(problemsOf({ profile: "spoke", hub: wrong["hub"] })).toEqual([
      expect.stringContaining("watchbell:hub: a stack's name"),
    ]);
  });

  it.each([
    ["image", { profile: "spoke", hub: "hub", image: LEAST.image }],
    ["hub", { ...LEAST, hub: "hub" }],
    ["databaseSku", { profile: "connector", secretsFrom: "2026-11", databaseSku: "Standard_B2s" }],
  ])("refuse %s for a profile that does not know it", (name, raw) => {
    expect(problemsOf(raw)).toEqual([expect.stringMatching(`^watchbell:${name} has no meaning with profile`)]);
  });

  const COMMIT = `https://github.com/watchbell/watchbell.git#${"0123456789abcdef0123".repeat(2)}`;
  const ACME =
    "/subscriptions/5ab5c71e-0000-4000-8000-000000000002/resourceGroups/images/providers/Microsoft.ContainerRegistry/registries/acmeimages";
  const SOC =
    "/subscriptions/5ab5c71e-0000-4000-8000-000000000002/resourceGroups/soc/providers/Microsoft.OperationalInsights/workspaces/soc-logs";
  it.each<[string, Record<string, unknown>, RegExp]>([
    ["no image at all", {}, /^watchbell:image is missing/],
    ["an image and a build", { ...LEAST, buildFrom: COMMIT }, /^watchbell:buildFrom and watchbell:image exclude/],
    ["a registry of another image", { ...LEAST, registry: ACME }, /^watchbell:registry is not the one/],
    [
      "a registry beside a build",
      { buildFrom: COMMIT, registry: ACME },
      /^watchbell:registry goes with watchbell:image/,
    ],
    ["a reader that shall write", { ...LEAST, role: "monitoring-reader" }, /^watchbell:role monitoring-reader cannot/],
    ["grants of nothing", { ...LEAST, graphGrants: "manual" }, /^watchbell:graphGrants manual has nothing/],
    [
      "incidents without own role",
      { ...LEAST, sentinel: SOC, role: "monitoring-contributor" },
      /^watchbell:sentinel needs/,
    ],
    [
      "a connector without secret",
      { profile: "connector", credential: "federated" },
      /^watchbell:credential federated is not/,
    ],
    ["a secret without a start", { ...LEAST, credential: "secret" }, /^watchbell:secretsFrom is missing/],
    ["a start without a secret", { ...LEAST, secretsFrom: "2026-11" }, /^watchbell:secretsFrom has no meaning/],
    ["a spoke without hub", { profile: "spoke" }, /^watchbell:hub is missing/],
    ["a public database for nobody", { ...LEAST, network: "public" }, /^watchbell:databaseAllowedIps is missing/],
    [
      "addresses of a private one",
      { ...LEAST, databaseAllowedIps: "azure" },
      /^watchbell:databaseAllowedIps has no meaning/,
    ],
    [
      "zones without a network",
      {
        ...LEAST,
        network: "public",
        databaseAllowedIps: "azure",
        zoneRedundant: true,
        databaseSku: "Standard_D2ds_v5",
      },
      /^watchbell:zoneRedundant needs watchbell:network private/,
    ],
    ["zones on a small database", { ...LEAST, zoneRedundant: true }, /^watchbell:zoneRedundant needs a database size/],
    ["fewer workers at most than at least", { ...LEAST, replicasMin: 2 }, /^watchbell:replicasMax is less/],
    ["a budget that tells nobody", { ...LEAST, budget: 50 }, /^watchbell:budget tells nobody/],
    [
      "a worker too quiet for its alert rule",
      { ...LEAST, worker: { "log.level": "warn" } },
      /^watchbell:worker\.log\.level/,
    ],
  ])("refuse %s, with the way out", (_what, raw, problem) => {
    expect(problemsOf(raw)).toEqual([expect.stringMatching(problem)]);
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
    expect(problemsOf({ image })).toEqual([expect.stringContaining("watchbell:image: registry/name with a tag")]);
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

  it("are all documented for operators, as the table that is written from them", () => {
    const text = readFileSync(new URL("../../docs/deploy.md", import.meta.url), "utf8");
    expect(withSettingsTable(text)).toBe(text);
    for (const name of Object.keys(INFRA_SETTING_DEFINITIONS)) expect(settingsTable()).toContain(`| \`${name}\` |`);
  });
});
