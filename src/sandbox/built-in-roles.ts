/** A role that Azure brings along: `name` is the GUID that a roleDefinitionId ends with. */
export interface BuiltInRole {
  name: string;
  roleName: string;
  description: string;
  permissions: { actions: string[]; notActions: string[] }[];
}

const role = (
  roleName: string,
  name: string,
  description: string,
  actions: string[],
  notActions: string[] = [],
): BuiltInRole => ({ name, roleName, description, permissions: [{ actions, notActions }] });

/** Microsoft's definitions (Azure built-in roles reference), those that a stack of this product meets. */
export const BUILT_IN_ROLES: readonly BuiltInRole[] = [
  role("Owner", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Everything, assigning roles included.", ["*"]),
  role(
    "Contributor",
    "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "Everything but assigning roles.",
    ["*"],
    [
      "Microsoft.Authorization/*/Delete",
      "Microsoft.Authorization/*/Write",
      "Microsoft.Authorization/elevateAccess/Action",
    ],
  ),
  role("Reader", "acdd72a7-3385-48ef-bd42-f606fba81ae7", "Reads all resources.", ["*/read"]),
  role("Monitoring Reader", "43d0d8ad-25c7-4714-9337-8ba259a9fe05", "Reads all monitoring data.", [
    "*/read",
    "Microsoft.OperationalInsights/workspaces/search/action",
    "Microsoft.Support/*",
  ]),
  role(
    "Monitoring Contributor",
    "749f88d5-cbae-40b8-bcfc-e573ddc772fa",
    "Reads all monitoring data and changes monitoring settings.",
    [
      "*/read",
      "Microsoft.AlertsManagement/alerts/*",
      "Microsoft.AlertsManagement/alertsSummary/*",
      "Microsoft.AlertsManagement/actionRules/*",
      "Microsoft.AlertsManagement/prometheusRuleGroups/*",
      "Microsoft.AlertsManagement/smartGroups/*",
      "Microsoft.Insights/actiongroups/*",
      "Microsoft.Insights/activityLogAlerts/*",
      "Microsoft.Insights/AlertRules/*",
      "Microsoft.Insights/DiagnosticSettings/*",
      "Microsoft.Insights/eventtypes/*",
      "Microsoft.Insights/metricalerts/*",
      "Microsoft.Insights/Register/Action",
      "Microsoft.Insights/scheduledqueryrules/*",
      "Microsoft.OperationalInsights/workspaces/write",
      "Microsoft.OperationalInsights/workspaces/savedSearches/*",
      "Microsoft.OperationalInsights/workspaces/search/action",
      "Microsoft.OperationalInsights/workspaces/sharedKeys/action",
      "Microsoft.Support/*",
      "Microsoft.Resources/deployments/*",
    ],
  ),
  role(
    "Log Analytics Reader",
    "73c42c96-874c-492b-b04d-ab87d138a893",
    "Reads and searches all monitoring data.",
    [
      "*/read",
      "Microsoft.OperationalInsights/workspaces/analytics/query/action",
      "Microsoft.OperationalInsights/workspaces/search/action",
      "Microsoft.Support/*",
    ],
    ["Microsoft.OperationalInsights/workspaces/sharedKeys/read"],
  ),
  role("Key Vault Secrets User", "4633458b-17de-408a-b874-0445c86b69e6", "Reads the contents of secrets.", []),
  role("AcrPull", "7f951dda-4ed3-4680-a7ca-43fe172d538d", "Pulls images from a registry.", [
    "Microsoft.ContainerRegistry/registries/pull/read",
  ]),
];
