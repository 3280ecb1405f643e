import {
  invalidApiVersion,
  invalidNamespace,
  invalidType,
  missingApiVersion,
  noRegisteredProvider,
} from "./arm-errors.ts";
import type { ArmPath } from "./arm-path.ts";
import type { SandboxRequest, SandboxResponse, World } from "./world.ts";

/**
 * The api-versions that Azure publishes for each resource type the sandbox stores, oldest first (from the ARM schemas and
 * the generated SDKs). A version outside the list is refused as ARM refuses it.
 */
const PUBLISHED: Record<string, string> = {
  "Microsoft.AlertsManagement/actionRules": "2019-05-05-preview 2021-08-08 2021-08-08-preview",
  "Microsoft.AlertsManagement/prometheusRuleGroups": "2021-07-22-preview 2023-03-01",
  "Microsoft.App/containerApps":
    "2022-01-01-preview 2022-03-01 2022-06-01-preview 2022-10-01 2022-11-01-preview 2023-04-01-preview " +
    "2023-05-01 2023-05-02-preview 2023-08-01-preview 2023-11-02-preview 2024-02-02-preview 2024-03-01 " +
    "2024-08-02-preview 2024-10-02-preview 2025-01-01 2025-02-02-preview 2025-07-01 2025-10-02-preview " +
    "2026-01-01 2026-07-01",
  "Microsoft.App/jobs":
    "2022-11-01-preview 2023-04-01-preview 2023-05-01 2023-05-02-preview 2023-08-01-preview " +
    "2023-11-02-preview 2024-02-02-preview 2024-03-01 2024-08-02-preview 2024-10-02-preview 2025-01-01 " +
    "2025-02-02-preview 2025-07-01 2025-10-02-preview 2026-01-01 2026-07-01",
  "Microsoft.App/managedEnvironments":
    "2022-01-01-preview 2022-03-01 2022-06-01-preview 2022-10-01 2022-11-01-preview 2023-04-01-preview " +
    "2023-05-01 2023-05-02-preview 2023-08-01-preview 2023-11-02-preview 2024-02-02-preview 2024-03-01 " +
    "2024-08-02-preview 2024-10-02-preview 2025-01-01 2025-02-02-preview 2025-07-01 2025-10-02-preview " +
    "2026-01-01 2026-07-01",
  "Microsoft.Authorization/locks": "2016-09-01 2017-04-01 2020-05-01",
  "Microsoft.Authorization/permissions": "2015-07-01 2018-01-01-preview 2022-04-01 2022-05-01-preview",
  "Microsoft.Authorization/roleAssignments":
    "2015-07-01 2017-10-01-preview 2018-01-01-preview 2018-09-01-preview 2020-03-01-preview " +
    "2020-04-01-preview 2020-08-01-preview 2020-10-01-preview 2022-04-01",
  "Microsoft.Authorization/roleDefinitions": "2015-07-01 2018-01-01-preview 2022-04-01 2022-05-01-preview",
  "Microsoft.Compute/virtualMachines":
    "2015-06-15 2016-03-30 2016-04-30-preview 2017-03-30 2017-12-01 2018-04-01 2018-06-01 2018-10-01 " +
    "2019-03-01 2019-07-01 2019-12-01 2020-06-01 2020-12-01 2021-03-01 2021-04-01 2021-07-01 2021-11-01 " +
    "2022-03-01 2022-08-01 2022-11-01 2023-03-01 2023-07-01 2023-09-01 2024-03-01 2024-07-01 2024-11-01 " +
    "2025-04-01 2025-11-01 2026-03-01",
  "Microsoft.ContainerRegistry/registries":
    "2017-03-01 2017-10-01 2019-05-01 2019-12-01-preview 2020-11-01-preview 2021-06-01-preview " +
    "2021-08-01-preview 2021-09-01 2021-12-01-preview 2022-02-01-preview 2022-12-01 2023-01-01-preview " +
    "2023-06-01-preview 2023-07-01 2023-08-01-preview 2023-11-01-preview 2024-11-01-preview " +
    "2025-03-01-preview 2025-04-01 2025-05-01-preview 2025-06-01-preview 2025-11-01 2026-01-01-preview " +
    "2026-03-01-preview 2026-09-01-preview",
  "Microsoft.DBforPostgreSQL/flexibleServers":
    "2020-02-14-preview 2021-06-01 2021-06-01-preview 2022-01-20-preview 2022-03-08-preview 2022-12-01 " +
    "2023-03-01-preview 2023-06-01-preview 2023-12-01-preview 2024-03-01-preview 2024-08-01 " +
    "2024-11-01-preview 2025-01-01-preview 2025-06-01-preview 2025-08-01 2026-01-01-preview " +
    "2026-04-01-preview 2026-10-01",
  "Microsoft.DBforPostgreSQL/flexibleServers/administrators":
    "2022-03-08-preview 2022-12-01 2023-03-01-preview 2023-06-01-preview 2023-12-01-preview " +
    "2024-03-01-preview 2024-08-01 2024-11-01-preview 2025-01-01-preview 2025-06-01-preview 2025-08-01 " +
    "2026-01-01-preview 2026-04-01-preview 2026-10-01",
  "Microsoft.DBforPostgreSQL/flexibleServers/configurations":
    "2021-06-01 2021-06-01-preview 2022-01-20-preview 2022-03-08-preview 2022-12-01 2023-03-01-preview " +
    "2023-06-01-preview 2023-12-01-preview 2024-03-01-preview 2024-08-01 2024-11-01-preview " +
    "2025-01-01-preview 2025-06-01-preview 2025-08-01 2026-01-01-preview 2026-04-01-preview 2026-10-01",
  "Microsoft.DBforPostgreSQL/flexibleServers/databases":
    "2021-06-01 2021-06-01-preview 2022-01-20-preview 2022-03-08-preview 2022-12-01 2023-03-01-preview " +
    "2023-06-01-preview 2023-12-01-preview 2024-03-01-preview 2024-08-01 2024-11-01-preview " +
    "2025-01-01-preview 2025-06-01-preview 2025-08-01 2026-01-01-preview 2026-04-01-preview 2026-10-01",
  "Microsoft.DBforPostgreSQL/flexibleServers/firewallRules":
    "2020-02-14-preview 2021-06-01 2021-06-01-preview 2022-01-20-preview 2022-03-08-preview 2022-12-01 " +
    "2023-03-01-preview 2023-06-01-preview 2023-12-01-preview 2024-03-01-preview 2024-08-01 " +
    "2024-11-01-preview 2025-01-01-preview 2025-06-01-preview 2025-08-01 2026-01-01-preview " +
    "2026-04-01-preview 2026-10-01",
  "Microsoft.Insights/actionGroups":
    "2017-04-01 2018-03-01 2018-09-01 2019-03-01 2019-06-01 2021-09-01 2022-04-01 2022-06-01 2023-01-01 " +
    "2023-09-01-preview 2024-10-01-preview",
  "Microsoft.Insights/activityLogAlerts": "2017-04-01 2020-10-01 2023-01-01-preview 2026-01-01",
  "Microsoft.Insights/diagnosticSettings": "2017-05-01-preview 2021-05-01-preview",
  "Microsoft.Insights/metricAlerts": "2018-03-01 2024-03-01-preview 2026-01-01",
  "Microsoft.Insights/scheduledQueryRules":
    "2018-04-16 2020-05-01-preview 2021-02-01-preview 2021-08-01 2022-06-15 2022-08-01-preview " +
    "2023-03-15-preview 2023-12-01 2024-01-01-preview 2025-01-01-preview 2026-03-01",
  "Microsoft.KeyVault/vaults":
    "2015-06-01 2016-10-01 2018-02-14 2018-02-14-preview 2019-09-01 2020-04-01-preview 2021-04-01-preview " +
    "2021-06-01-preview 2021-10-01 2021-11-01-preview 2022-02-01-preview 2022-07-01 2022-11-01 2023-02-01 " +
    "2023-07-01 2024-04-01-preview 2024-11-01 2024-12-01-preview 2025-05-01 2026-02-01 2026-03-01-preview " +
    "2026-05-15",
  "Microsoft.KeyVault/vaults/secrets":
    "2016-10-01 2018-02-14 2018-02-14-preview 2019-09-01 2020-04-01-preview 2021-04-01-preview " +
    "2021-06-01-preview 2021-10-01 2021-11-01-preview 2022-02-01-preview 2022-07-01 2022-11-01 2023-02-01 " +
    "2023-07-01 2024-04-01-preview 2024-11-01 2024-12-01-preview 2025-05-01 2026-02-01 2026-03-01-preview " +
    "2026-05-15",
  "Microsoft.Logic/workflows": "2015-02-01-preview 2016-06-01 2018-07-01-preview 2019-05-01",
  "Microsoft.ManagedIdentity/userAssignedIdentities":
    "2015-08-31-preview 2018-11-30 2021-09-30-preview 2022-01-31-preview 2023-01-31 2023-07-31-preview " +
    "2024-11-30 2025-01-31-preview 2025-05-31-preview",
  "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials":
    "2022-01-31-preview 2023-01-31 2023-07-31-preview 2024-11-30 2025-01-31-preview 2025-05-31-preview",
  "Microsoft.Network/privateDnsZones": "2018-09-01 2020-01-01 2020-06-01 2024-06-01",
  "Microsoft.Network/privateDnsZones/virtualNetworkLinks": "2018-09-01 2020-01-01 2020-06-01 2024-06-01",
  "Microsoft.Network/privateEndpoints":
    "2018-08-01 2018-10-01 2018-11-01 2018-12-01 2019-02-01 2019-04-01 2019-06-01 2019-07-01 2019-08-01 " +
    "2019-09-01 2019-11-01 2019-12-01 2020-03-01 2020-04-01 2020-05-01 2020-06-01 2020-07-01 2020-08-01 " +
    "2020-11-01 2021-02-01 2021-03-01 2021-05-01 2021-08-01 2022-01-01 2022-05-01 2022-07-01 2022-09-01 " +
    "2022-11-01 2023-02-01 2023-04-01 2023-05-01 2023-06-01 2023-09-01 2023-11-01 2024-01-01 2024-03-01 " +
    "2024-05-01 2024-07-01 2024-10-01 2025-01-01 2025-03-01 2025-05-01 2025-07-01",
  "Microsoft.Network/virtualNetworks":
    "2015-05-01-preview 2015-06-15 2016-03-30 2016-06-01 2016-09-01 2016-12-01 2017-03-01 2017-06-01 " +
    "2017-08-01 2017-09-01 2017-10-01 2017-11-01 2018-01-01 2018-02-01 2018-04-01 2018-06-01 2018-07-01 " +
    "2018-08-01 2018-10-01 2018-11-01 2018-12-01 2019-02-01 2019-04-01 2019-06-01 2019-07-01 2019-08-01 " +
    "2019-09-01 2019-11-01 2019-12-01 2020-03-01 2020-04-01 2020-05-01 2020-06-01 2020-07-01 2020-08-01 " +
    "2020-11-01 2021-02-01 2021-03-01 2021-05-01 2021-08-01 2022-01-01 2022-05-01 2022-07-01 2022-09-01 " +
    "2022-11-01 2023-02-01 2023-04-01 2023-05-01 2023-06-01 2023-09-01 2023-11-01 2024-01-01 2024-03-01 " +
    "2024-05-01 2024-07-01 2024-10-01 2025-01-01 2025-03-01 2025-05-01 2025-07-01",
  "Microsoft.OperationalInsights/workspaces":
    "2015-11-01-preview 2020-03-01-preview 2020-08-01 2020-10-01 2021-06-01 2021-12-01-preview 2022-10-01 " +
    "2023-09-01 2025-02-01 2025-07-01",
  "Microsoft.OperationalInsights/workspaces/savedSearches":
    "2015-03-20 2020-03-01-preview 2020-08-01 2023-09-01 2025-02-01 2025-07-01",
  "Microsoft.OperationalInsights/workspaces/tables": "2021-12-01-preview 2022-10-01 2023-09-01 2025-02-01 2025-07-01",
  "Microsoft.Resources/deployments":
    "2015-11-01 2016-02-01 2016-07-01 2016-09-01 2017-05-10 2018-02-01 2018-05-01 2019-03-01 2019-05-01 " +
    "2019-05-10 2019-07-01 2019-08-01 2019-10-01 2020-06-01 2020-08-01 2020-10-01 2021-01-01 2021-04-01 " +
    "2022-09-01 2023-07-01 2024-03-01 2024-07-01 2024-11-01 2025-03-01 2025-04-01",
  "Microsoft.Security/automations": "2019-01-01-preview 2023-12-01-preview",
  "Microsoft.SecurityInsights/automationRules":
    "2019-01-01-preview 2021-09-01-preview 2021-10-01 2021-10-01-preview 2022-01-01-preview " +
    "2022-04-01-preview 2022-05-01-preview 2022-06-01-preview 2022-07-01-preview 2022-08-01 " +
    "2022-08-01-preview 2022-09-01-preview 2022-10-01-preview 2022-11-01 2022-11-01-preview " +
    "2022-12-01-preview 2023-02-01 2023-02-01-preview 2023-03-01-preview 2023-04-01-preview " +
    "2023-05-01-preview 2023-06-01-preview 2023-07-01-preview 2023-08-01-preview 2023-09-01-preview " +
    "2023-10-01-preview 2023-11-01 2023-12-01-preview 2024-01-01-preview 2024-03-01 2024-04-01-preview " +
    "2024-09-01 2024-10-01-preview 2025-01-01-preview 2025-03-01 2025-04-01-preview 2025-06-01 " +
    "2025-07-01-preview 2025-09-01 2025-10-01-preview",
  "Microsoft.SecurityInsights/onboardingStates":
    "2021-03-01-preview 2021-09-01-preview 2021-10-01 2021-10-01-preview 2022-01-01-preview " +
    "2022-04-01-preview 2022-05-01-preview 2022-06-01-preview 2022-07-01-preview 2022-08-01 " +
    "2022-08-01-preview 2022-09-01-preview 2022-10-01-preview 2022-11-01 2022-11-01-preview " +
    "2022-12-01-preview 2023-02-01 2023-02-01-preview 2023-03-01-preview 2023-04-01-preview " +
    "2023-05-01-preview 2023-06-01-preview 2023-07-01-preview 2023-08-01-preview 2023-09-01-preview " +
    "2023-10-01-preview 2023-11-01 2023-12-01-preview 2024-01-01-preview 2024-03-01 2024-04-01-preview " +
    "2024-09-01 2024-10-01-preview 2025-01-01-preview 2025-03-01 2025-04-01-preview 2025-06-01 " +
    "2025-07-01-preview 2025-09-01 2025-10-01-preview",
  "Microsoft.Web/connections": "2015-08-01-preview 2016-06-01",
};

/** Versions of ARM's own operations: tenants, subscriptions, resource groups, resource lists and providers. */
const RESOURCE_MANAGER =
  "2014-04-01 2015-01-01 2015-11-01 2016-02-01 2016-06-01 2016-07-01 2016-09-01 2017-05-10 2018-01-01 2018-02-01 " +
  "2018-05-01 2018-06-01 2019-03-01 2019-05-01 2019-05-10 2019-06-01 2019-07-01 2019-08-01 2019-10-01 2019-11-01 " +
  "2020-01-01 2020-06-01 2020-08-01 2020-10-01 2021-01-01 2021-04-01 2022-09-01 2022-12-01 2023-07-01 2024-03-01 2024-07-01 2024-11-01 2025-03-01 2025-04-01";

const words = (text: string): string[] => text.split(" ");
const byType = new Map(Object.entries(PUBLISHED).map(([type, versions]) => [type.toLowerCase(), words(versions)]));

const RESOURCE_MANAGER_VERSIONS: readonly string[] = words(RESOURCE_MANAGER);

/** Published versions of a resource type (case ignored), oldest first; undefined for a type not listed here. */
export function publishedVersions(type: string): readonly string[] | undefined {
  return byType.get(type.toLowerCase());
}

/** The listed resource types of a provider namespace, in their published spelling. */
export function resourceTypesOf(namespace: string): string[] {
  const prefix = `${namespace.toLowerCase()}/`;
  return Object.keys(PUBLISHED).filter((type) => type.toLowerCase().startsWith(prefix));
}

/** Every provider namespace that has a listed type. */
export const PROVIDER_NAMESPACES: readonly string[] = [
  ...new Set(Object.keys(PUBLISHED).map((type) => type.slice(0, type.indexOf("/")))),
];

/** ARM's refusal of a missing or unpublished api-version, or of a provider or type it does not know. */
export function checkVersion(
  world: World,
  request: SandboxRequest,
  path: ArmPath | undefined,
): SandboxResponse | undefined {
  const version = request.url.searchParams.get("api-version");
  if (version === null || version === "") return missingApiVersion();
  const { namespace, type } = path ?? {};
  if (namespace === undefined || type === undefined) {
    return RESOURCE_MANAGER_VERSIONS.includes(version)
      ? undefined
      : invalidApiVersion(version, RESOURCE_MANAGER_VERSIONS);
  }
  const versions = publishedVersions(type) ?? deployedVersions(world, type);
  if (versions.includes(version.toLowerCase())) return undefined;
  const shortType = type.slice(namespace.length + 1);
  if (versions.length > 0) return noRegisteredProvider("global", version, shortType, versions);
  const knownNamespace = PROVIDER_NAMESPACES.some((name) => name.toLowerCase() === namespace.toLowerCase());
  return knownNamespace ? invalidType(namespace, shortType, version) : invalidNamespace(namespace);
}

/** A type that is deployed but not listed above is taken in the versions it was deployed with. */
function deployedVersions(world: World, type: string): string[] {
  return [...new Set(world.resources.list(type).map(({ apiVersion }) => apiVersion.toLowerCase()))].sort();
}
