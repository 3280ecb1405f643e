import type * as pulumi from "@pulumi/pulumi";
import { Observability } from "./components/observability.ts";
import { SelfWatch, type SelfWatchArgs, watchRuleIds } from "./components/self-watch.ts";
import { SpendingLimit } from "./components/spending-limit.ts";
import { TenantLogs } from "./components/tenant-logs.ts";
import type { Site } from "./site.ts";

/** What lets people run Watchbell: its logs, the rules that watch it, its budget. */

export function observe(site: Site): Observability {
  const { settings, names } = site;
  return new Observability("logs", {
    ...site.place,
    workspacePrefix: names.workspacePrefix,
    retentionDays: settings.logRetentionDays,
    dailyQuotaGb: settings.logDailyQuotaGb,
    lock: settings.locks,
  });
}

type Watched = Pick<SelfWatchArgs, "workspaceId" | "appName" | "directory" | "secret">;

/** Makes the rules. Out: their ids, which the processing rule leaves out. */
export function watch(site: Site, watched: Watched): string[] {
  const { settings, names } = site;
  const args: SelfWatchArgs = {
    ...site.place,
    ...watched,
    subscriptionId: site.tenant.subscriptionId,
    rulePrefix: names.watchRulePrefix,
    operatorsGroupName: names.operatorsGroup,
    operatorsShortName: names.operatorsShortName,
    operators: settings.operators,
    roleDefinitionId: settings.role === "custom" ? names.roleDefinitionId : undefined,
  };
  new SelfWatch("watch", args);
  return watchRuleIds(args, names.resourceGroup);
}

export function limitSpending(site: Site): void {
  const { budget, operators } = site.settings;
  if (budget === 0) return;
  const args = { resourceGroupId: site.group.id, budgetName: site.names.budget, amount: budget, operators };
  new SpendingLimit("budget", { ...args, now: site.now });
}

export function collectTenantLogs(site: Site, workspaceId: pulumi.Input<string>): void {
  if (site.settings.tenantLogs === "off") return;
  new TenantLogs("tenant-logs", { settingName: site.names.tenantLogs, workspaceId });
}
