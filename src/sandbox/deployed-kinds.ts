/**
 * The resource types of azure-native that the program uses: what ARM calls them, the api-version that this release of the
 * provider speaks, which input names them, and how its flattened inputs become ARM's body.
 */

type Inputs = Readonly<Record<string, unknown>>;
type Properties = Record<string, unknown>;

/** What the simulated Azure decides by itself. */
export interface Tenancy {
  tenantId: string;
  subscriptionId: string;
  /** Log Analytics customer id of the workspace. */
  workspaceId: string;
  /** Deterministic GUID of a name. */
  guid(name: string): string;
}

export interface ArmKind {
  /** Namespace and type, with the types of parents between. */
  type: string;
  apiVersion: string;
  /** Input that holds the name; without it the provider makes one up. */
  nameInput: string;
  /** Inputs that hold the names of the parents, outermost first. */
  parentInputs?: readonly string[];
  /** Input that holds the id of what an extension resource is about. */
  scopeInput?: string;
  /** Id of that, where the inputs only name it. */
  scopeOf?(tenancy: Tenancy, inputs: Inputs): string;
  /** Inputs that stand beside `properties` in the body, besides location, tags and identity. */
  envelope?: readonly string[];
  /** Provider's name of a property -> ARM's. */
  renamed?: Readonly<Record<string, string>>;
  /** The same inside an object among the properties. */
  renamedWithin?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Lists whose items have a `name` beside their own `properties`. */
  named?: readonly string[];
  /** Properties that ARM takes and never gives back. */
  writeOnly?: readonly string[];
  /** Properties that Azure adds. */
  added?(tenancy: Tenancy, name: string, inputs: Inputs): Properties;
}

const POSTGRES = { apiVersion: "2025-08-01", parentInputs: ["serverName"] } as const;
const NETWORK = "2024-05-01";
const PRIVATE_DNS = "2024-06-01";
const CONTAINER_APPS = "2025-02-02-preview";

const IDENTITY_AND_LOGS: Readonly<Record<string, ArmKind>> = {
  "azure-native:resources:ResourceGroup": {
    type: "Microsoft.Resources/resourceGroups",
    apiVersion: "2024-03-01",
    nameInput: "resourceGroupName",
  },
  "azure-native:managedidentity:UserAssignedIdentity": {
    type: "Microsoft.ManagedIdentity/userAssignedIdentities",
    apiVersion: "2023-01-31",
    nameInput: "resourceName",
    added: ({ tenantId, guid }, name) => ({
      tenantId,
      principalId: guid(`managed-identity/${name}/principal`),
      clientId: guid(`managed-identity/${name}/client`),
    }),
  },
  "azure-native:authorization:RoleDefinition": {
    type: "Microsoft.Authorization/roleDefinitions",
    apiVersion: "2022-05-01-preview",
    nameInput: "roleDefinitionId",
    scopeInput: "scope",
    renamed: { roleType: "type" },
  },
  "azure-native:authorization:RoleAssignment": {
    type: "Microsoft.Authorization/roleAssignments",
    apiVersion: "2022-04-01",
    nameInput: "roleAssignmentName",
    scopeInput: "scope",
  },
  "azure-native:authorization:ManagementLockByScope": {
    type: "Microsoft.Authorization/locks",
    apiVersion: "2020-05-01",
    nameInput: "lockName",
    scopeInput: "scope",
  },
  "azure-native:operationalinsights:Workspace": {
    type: "Microsoft.OperationalInsights/workspaces",
    apiVersion: "2023-09-01",
    nameInput: "workspaceName",
    added: ({ workspaceId }) => ({ customerId: workspaceId }),
  },
  "azure-native:monitor:DiagnosticSetting": {
    type: "Microsoft.Insights/diagnosticSettings",
    apiVersion: "2021-05-01-preview",
    nameInput: "name",
    scopeInput: "resourceUri",
  },
  "azure-native:aadiam:DiagnosticSetting": {
    type: "microsoft.aadiam/diagnosticSettings",
    apiVersion: "2017-04-01",
    nameInput: "name",
    scopeOf: () => "",
  },
  "azure-native:consumption:Budget": {
    type: "Microsoft.Consumption/budgets",
    apiVersion: "2024-08-01",
    nameInput: "budgetName",
    scopeInput: "scope",
  },
};

const SECRETS_AND_DATA: Readonly<Record<string, ArmKind>> = {
  "azure-native:keyvault:Vault": {
    type: "Microsoft.KeyVault/vaults",
    apiVersion: "2024-11-01",
    nameInput: "vaultName",
    added: (_, name) => ({ vaultUri: `https://${name}.vault.azure.net/` }),
  },
  "azure-native:keyvault:Secret": {
    type: "Microsoft.KeyVault/vaults/secrets",
    apiVersion: "2024-11-01",
    nameInput: "secretName",
    parentInputs: ["vaultName"],
    renamedWithin: { attributes: { expires: "exp" } },
    writeOnly: ["value"],
  },
  "azure-native:dbforpostgresql:Server": {
    type: "Microsoft.DBforPostgreSQL/flexibleServers",
    apiVersion: POSTGRES.apiVersion,
    nameInput: "serverName",
    envelope: ["sku"],
    added: (_, name) => ({ fullyQualifiedDomainName: `${name}.postgres.database.azure.com` }),
  },
  "azure-native:dbforpostgresql:Database": {
    type: "Microsoft.DBforPostgreSQL/flexibleServers/databases",
    ...POSTGRES,
    nameInput: "databaseName",
  },
  "azure-native:dbforpostgresql:Configuration": {
    type: "Microsoft.DBforPostgreSQL/flexibleServers/configurations",
    ...POSTGRES,
    nameInput: "configurationName",
  },
  "azure-native:dbforpostgresql:FirewallRule": {
    type: "Microsoft.DBforPostgreSQL/flexibleServers/firewallRules",
    ...POSTGRES,
    nameInput: "firewallRuleName",
  },
  "azure-native:dbforpostgresql:AdministratorsMicrosoftEntra": {
    type: "Microsoft.DBforPostgreSQL/flexibleServers/administrators",
    ...POSTGRES,
    nameInput: "objectId",
  },
  "azure-native:network:VirtualNetwork": {
    type: "Microsoft.Network/virtualNetworks",
    apiVersion: NETWORK,
    nameInput: "virtualNetworkName",
  },
  "azure-native:network:Subnet": {
    type: "Microsoft.Network/virtualNetworks/subnets",
    apiVersion: NETWORK,
    nameInput: "subnetName",
    parentInputs: ["virtualNetworkName"],
    named: ["delegations"],
  },
  "azure-native:network:NetworkSecurityGroup": {
    type: "Microsoft.Network/networkSecurityGroups",
    apiVersion: NETWORK,
    nameInput: "networkSecurityGroupName",
    named: ["securityRules"],
  },
  "azure-native:privatedns:PrivateZone": {
    type: "Microsoft.Network/privateDnsZones",
    apiVersion: PRIVATE_DNS,
    nameInput: "privateZoneName",
  },
  "azure-native:privatedns:VirtualNetworkLink": {
    type: "Microsoft.Network/privateDnsZones/virtualNetworkLinks",
    apiVersion: PRIVATE_DNS,
    nameInput: "virtualNetworkLinkName",
    parentInputs: ["privateZoneName"],
  },
};

const ALERTS: Readonly<Record<string, ArmKind>> = {
  "azure-native:monitor:ActionGroup": {
    type: "Microsoft.Insights/actionGroups",
    apiVersion: "2024-10-01-preview",
    nameInput: "actionGroupName",
  },
  "azure-native:monitor:ScheduledQueryRule": {
    type: "Microsoft.Insights/scheduledQueryRules",
    apiVersion: "2025-01-01-preview",
    nameInput: "ruleName",
    envelope: ["kind"],
  },
  "azure-native:monitor:ActivityLogAlert": {
    type: "Microsoft.Insights/activityLogAlerts",
    apiVersion: "2020-10-01",
    nameInput: "activityLogAlertName",
  },
  "azure-native:alertsmanagement:AlertProcessingRuleByName": {
    type: "Microsoft.AlertsManagement/actionRules",
    apiVersion: "2021-08-08",
    nameInput: "alertProcessingRuleName",
  },
};

const RUNNING: Readonly<Record<string, ArmKind>> = {
  "azure-native:app:ManagedEnvironment": {
    type: "Microsoft.App/managedEnvironments",
    apiVersion: CONTAINER_APPS,
    nameInput: "environmentName",
    added: ({ guid }, name, inputs) => ({
      defaultDomain: `${guid(`environment/${name}`).slice(0, 8)}.${String(inputs["location"])}.azurecontainerapps.io`,
    }),
  },
  "azure-native:app:ContainerApp": {
    type: "Microsoft.App/containerApps",
    apiVersion: CONTAINER_APPS,
    nameInput: "containerAppName",
  },
  "azure-native:containerregistry:Registry": {
    type: "Microsoft.ContainerRegistry/registries",
    apiVersion: "2023-01-01-preview",
    nameInput: "registryName",
    envelope: ["sku"],
    added: (_, name) => ({ loginServer: `${name}.azurecr.io` }),
  },
  "azure-native:containerregistry:TaskRun": {
    type: "Microsoft.ContainerRegistry/registries/taskRuns",
    apiVersion: "2019-06-01-preview",
    nameInput: "taskRunName",
    parentInputs: ["registryName"],
  },
  "azure-native:resources:DeploymentStackAtResourceGroup": {
    type: "Microsoft.Resources/deploymentStacks",
    apiVersion: "2024-03-01",
    nameInput: "deploymentStackName",
  },
  "azure-native:logic:Workflow": {
    type: "Microsoft.Logic/workflows",
    apiVersion: "2019-05-01",
    nameInput: "workflowName",
  },
  "azure-native:securityinsights:AutomationRule": {
    type: "Microsoft.SecurityInsights/automationRules",
    apiVersion: "2024-09-01",
    nameInput: "automationRuleId",
    scopeOf: ({ subscriptionId }, inputs) =>
      `/subscriptions/${subscriptionId}/resourceGroups/${String(inputs["resourceGroupName"])}/providers/Microsoft.OperationalInsights/workspaces/${String(inputs["workspaceName"])}`,
  },
};

/** By Pulumi's type token. */
export const ARM_KINDS: Readonly<Record<string, ArmKind>> = {
  ...IDENTITY_AND_LOGS,
  ...SECRETS_AND_DATA,
  ...ALERTS,
  ...RUNNING,
};
