import type { AlertKind } from "./signal.ts";

interface KindDefaults {
  metricName: string;
  value: number;
  threshold: number;
  searchQuery: string;
  /** Below the subscription; empty = the subscription itself. */
  resource: string;
}

const GROUP = "/resourceGroups/rg-payments-prod/providers";
const VIRTUAL_MACHINE = `${GROUP}/Microsoft.Compute/virtualMachines/vm-payments-prod-03`;
const WORKSPACE = `${GROUP}/Microsoft.OperationalInsights/workspaces/law-payments-prod`;
const APPLICATION = `${GROUP}/Microsoft.Insights/components/appi-payments-prod`;
const SCALE_SET = `${GROUP}/Microsoft.Compute/virtualMachineScaleSets/vmss-checkout-prod`;
const STORAGE = `${GROUP}/Microsoft.Storage/storageAccounts/stpaymentsprod`;
const DATABASE = `${GROUP}/Microsoft.DBforPostgreSQL/flexibleServers/psql-payments-prod`;

const defaults = (
  resource: string,
  metricName: string,
  value: number,
  threshold: number,
  searchQuery = "",
): KindDefaults => ({
  resource,
  metricName,
  value,
  threshold,
  searchQuery,
});

/** What an alert of a kind is about when the one who fires it does not say. */
const DEFAULTS: Record<AlertKind, KindDefaults> = {
  "metric-static": defaults(VIRTUAL_MACHINE, "Percentage CPU", 96.4, 90),
  "metric-dynamic": defaults(STORAGE, "Egress", 50_101, 47_658),
  "metric-availability": defaults(APPLICATION, "Failed Location", 5, 2),
  "log-v2": defaults(
    WORKSPACE,
    "CounterValue",
    42,
    10,
    "AppExceptions | where SeverityLevel >= 3 | summarize count() by AppRoleName",
  ),
  "log-v1": defaults(
    WORKSPACE,
    "AggregatedValue",
    17,
    10,
    "Perf | summarize AggregatedValue = avg(CounterValue) by bin(TimeGenerated, 5m)",
  ),
  "log-v1-application-insights": defaults(APPLICATION, "requests", 12, 5, 'requests | where resultCode == "500"'),
  "activity-administrative": defaults(VIRTUAL_MACHINE, "", 0, 0),
  "activity-autoscale": defaults(SCALE_SET, "", 4, 3),
  "activity-security": defaults(VIRTUAL_MACHINE, "", 0, 0),
  "activity-policy": defaults(STORAGE, "", 0, 0),
  "activity-recommendation": defaults(DATABASE, "", 0, 0),
  "service-health": defaults("", "Azure Key Vault", 0, 0),
  "resource-health": defaults(VIRTUAL_MACHINE, "", 0, 0),
  "smart-detector": defaults(APPLICATION, "requests/failed", 38, 2),
  "cost-budget": defaults("", "Cost", 11_111, 10_000),
};

export const defaultsOf = (kind: AlertKind): KindDefaults => DEFAULTS[kind];

/** Full ARM id of the resource that a kind is about by default. */
export const defaultResourceId = (kind: AlertKind, subscriptionId: string) =>
  `/subscriptions/${subscriptionId}${DEFAULTS[kind].resource}`;
