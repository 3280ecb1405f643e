import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { type SelfWatchArgs, watchRuleIds, watchRules } from "../../infra/components/self-watch.ts";
import {
  directoryChangeQuery,
  failedSignInQuery,
  heartbeatQuery,
  lateOutboxQuery,
  secretEndQuery,
  secretUsedQuery,
} from "../../infra/components/watch-queries.ts";
import { secretTermsAt } from "../../infra/rotation.ts";
import { HEARTBEAT } from "../../src/api/heartbeat.ts";

const TABLES = path.resolve(import.meta.dirname, "../../../shared/azure/log-analytics-tables");
const [current] = secretTermsAt("2026-11", 12, Date.UTC(2026, 10, 24));
if (current === undefined) throw new Error("no secret");

const ARGS: SelfWatchArgs = {
  resourceGroupName: "watchbell-test",
  location: "westeurope",
  tags: {},
  subscriptionId: "sub",
  workspaceId: "workspace",
  rulePrefix: "watchbell-test-watch-",
  operatorsGroupName: "operators",
  operatorsShortName: "operators",
  operators: [],
  appName: "watchbell-test",
  directory: { servicePrincipalId: "sp", objectIds: ["app", "sp"] },
  roleDefinitionId: "role",
};
const minutesOf = (duration: string) => {
  const [, days = "0", minutes = "0", hours = "0"] = /^P(?:(\d+)D)?(?:T(?:(\d+)M)?(?:(\d+)H)?)?$/.exec(duration) ?? [];
  return Number(days) * 1_440 + Number(hours) * 60 + Number(minutes);
};

describe("queries of the rules that watch Watchbell", () => {
  it("look for the line that the worker writes, of this app only", () => {
    expect(heartbeatQuery("watchbell-test")).toContain(`tostring(Entry.msg) == "${HEARTBEAT}"`);
    expect(heartbeatQuery("watchbell-test")).toContain('ContainerAppName == "watchbell-test"');
    expect(lateOutboxQuery("watchbell-test", 60)).toContain("todouble(Entry.outboxOldestSeconds)");
    expect(lateOutboxQuery("watchbell-test", 60)).toContain("OldestSeconds > 60");
  });

  it("take both words that were seen for success", () => {
    expect(failedSignInQuery("sp")).toContain('ResultType !in~ ("0", "Success")');
  });

  it("tell a secret from a federated credential", () => {
    expect(secretUsedQuery("sp")).toContain(
      "isnotempty(ServicePrincipalCredentialKeyId) and isempty(FederatedCredentialId)",
    );
  });

  it("name the objects whose changes matter", () => {
    expect(directoryChangeQuery(["app", "sp"])).toContain('tostring(Target.id) in~ ("app", "sp")');
  });

  it("know the end of the secret by themselves", () => {
    expect(secretEndQuery(current, 30)).toContain("[0, datetime(2027-11-01T00:00:00.000Z)]");
  });

  it.skipIf(!existsSync(TABLES))("use columns that the table has (skipped without the reference data)", () => {
    const published = readFileSync(path.join(TABLES, "AADServicePrincipalSignInLogs.partial.csv"), "utf8")
      .split("\n")
      .map((line) => line.split(",")[0]);
    const declared = /datatable\(([^)]*)\)/.exec(failedSignInQuery("sp"))?.[1] ?? "";
    const columns = declared.split(",").map((column) => column.trim().split(":")[0]);
    expect(columns.length).toBeGreaterThan(4);
    // The reference holds the table in part; these two are in every published query.
    const known = [...published, "TimeGenerated", "ServicePrincipalId"];
    expect(columns.filter((column) => !known.includes(column))).toEqual([]);
  });
});

describe("the rules that watch Watchbell", () => {
  it("never run more often than every five minutes, and look back at least as far as they wait", () => {
    for (const { frequency, window } of watchRules({ ...ARGS, secret: current })) {
      expect(minutesOf(frequency)).toBeGreaterThanOrEqual(5);
      expect(minutesOf(window)).toBeGreaterThanOrEqual(minutesOf(frequency));
    }
  });

  it("look for a secret that is used only where there is none", () => {
    const names = (args: SelfWatchArgs) => watchRules(args).map(({ name }) => name);
    expect(names(ARGS)).toContain("unexpected-secret");
    expect(names({ ...ARGS, secret: current })).not.toContain("unexpected-secret");
    expect(names({ ...ARGS, secret: current })).toContain("secret-end");
  });

  it("are none without a workspace, but for the one of the activity log", () => {
    const { workspaceId, ...spoke } = ARGS;
    expect(workspaceId).toBe("workspace");
    expect(watchRules(spoke)).toEqual([]);
    expect(watchRuleIds(spoke, "watchbell-test").map((id) => id.split("/").slice(-2))).toEqual([
      ["activityLogAlerts", "watchbell-test-watch-role-changed"],
    ]);
  });
});
