import type { ArmResource } from "./world.ts";

/**
 * From what the program says about an azure-native resource to the resource as ARM keeps it. The provider's inputs are
 * flattened (`properties` is left out) and name the resource by a key of their own; ARM's body is not and does not.
 */

/** A resource as Pulumi registers it. */
export interface RegisteredResource {
  type: string;
  /** Logical name in the program. */
  name: string;
  inputs: Readonly<Record<string, unknown>>;
}

/** What the simulated Azure decides by itself. */
export interface Tenancy {
  tenantId: string;
  subscriptionId: string;
  /** Log Analytics customer id of the workspace. */
  workspaceId: string;
  /** Deterministic GUID of a name. */
  guid(name: string): string;
}

type Inputs = Readonly<Record<string, unknown>>;
type Properties = Record<string, unknown>;

interface ArmKind {
  type: string;
  /** The version that this release of the provider speaks. */
  apiVersion: string;
  /** Input that holds the name; without it the provider makes one up. */
  nameInput: string;
  /** Input that holds the id of what an extension resource is about. */
  scopeInput?: string;
  /** Provider's name of a property -> ARM's. */
  renamed?: Readonly<Record<string, string>>;
  /** Properties that Azure adds. */
  added?(tenancy: Tenancy, name: string, inputs: Inputs): Properties;
}

const KINDS: Readonly<Record<string, ArmKind>> = {
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
  "azure-native:keyvault:Vault": {
    type: "Microsoft.KeyVault/vaults",
    apiVersion: "2024-11-01",
    nameInput: "vaultName",
    added: (_, name) => ({ vaultUri: `https://${name}.vault.azure.net/` }),
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
  "azure-native:monitor:ActionGroup": {
    type: "Microsoft.Insights/actionGroups",
    apiVersion: "2024-10-01-preview",
    nameInput: "actionGroupName",
  },
  "azure-native:alertsmanagement:AlertProcessingRuleByName": {
    type: "Microsoft.AlertsManagement/actionRules",
    apiVersion: "2021-08-08",
    nameInput: "alertProcessingRuleName",
  },
  "azure-native:app:ManagedEnvironment": {
    type: "Microsoft.App/managedEnvironments",
    apiVersion: "2025-02-02-preview",
    nameInput: "environmentName",
    added: ({ guid }, name, inputs) => ({
      defaultDomain: `${guid(`environment/${name}`).slice(0, 8)}.${String(inputs["location"])}.azurecontainerapps.io`,
    }),
  },
  "azure-native:app:ContainerApp": {
    type: "Microsoft.App/containerApps",
    apiVersion: "2025-02-02-preview",
    nameInput: "containerAppName",
  },
};

/** Members of ARM's envelope; every other input is a property. */
const ENVELOPE = ["location", "tags", "identity"] as const;

export interface DeployedArm {
  resource: ArmResource;
  /** What the program may read of it, flattened as the provider does it. */
  state: Record<string, unknown>;
}

/** The ARM resource of a registration, and its outputs. Throws for a type that the sandbox has no mapping for. */
export function toArm(registered: RegisteredResource, tenancy: Tenancy): DeployedArm {
  const kind = KINDS[registered.type];
  if (kind === undefined) throw new Error(`the sandbox cannot hold ${registered.type}`);
  const { inputs } = registered;
  const name =
    typeof inputs[kind.nameInput] === "string" ? String(inputs[kind.nameInput]) : autoName(registered, tenancy);
  const id = idOf(kind, name, inputs, tenancy);
  const added = kind.added?.(tenancy, name, inputs) ?? {};
  const body = armBody(registered);
  const properties = { ...(body["properties"] as Properties), ...added };
  return {
    resource: {
      id,
      type: kind.type,
      apiVersion: kind.apiVersion,
      body: { ...body, id, name, type: kind.type, properties },
    },
    state: {
      ...inputs,
      ...("properties" in inputs ? { properties } : added),
      name,
    },
  };
}

/** The body of the PUT that the provider sends: envelope and `properties`, without what Azure adds. */
export function armBody({ type, inputs }: RegisteredResource): Record<string, unknown> {
  const kind = KINDS[type];
  if (kind === undefined) throw new Error(`the sandbox cannot hold ${type}`);
  const envelope = ENVELOPE.filter((member) => inputs[member] !== undefined).map((member) => [
    member,
    member === "identity" ? armIdentity(inputs[member] as Inputs) : inputs[member],
  ]);
  return { ...Object.fromEntries(envelope), properties: propertiesOf(kind, inputs) };
}

function propertiesOf(kind: ArmKind, inputs: Inputs): Properties {
  if (typeof inputs["properties"] === "object") return { ...(inputs["properties"] as Properties) };
  const outside = new Set<string>([...ENVELOPE, "resourceGroupName", kind.nameInput, kind.scopeInput ?? ""]);
  return Object.fromEntries(
    Object.entries(inputs)
      .filter(([key]) => !outside.has(key))
      .map(([key, value]) => [kind.renamed?.[key] ?? key, value]),
  );
}

/** The provider lists user-assigned identities; ARM keys them by id. */
function armIdentity(identity: Inputs): Record<string, unknown> {
  const ids = (identity["userAssignedIdentities"] ?? []) as readonly string[];
  return { ...identity, userAssignedIdentities: Object.fromEntries(ids.map((id) => [id, {}])) };
}

function idOf(kind: ArmKind, name: string, inputs: Inputs, { subscriptionId }: Tenancy): string {
  if (kind.scopeInput !== undefined) return `${String(inputs[kind.scopeInput])}/providers/${kind.type}/${name}`;
  const group = `/subscriptions/${subscriptionId}/resourceGroups/${String(inputs["resourceGroupName"])}`;
  return kind.nameInput === "resourceGroupName" ? group : `${group}/providers/${kind.type}/${name}`;
}

/** As the provider names what the program left unnamed, but the same at every start. */
function autoName({ type, name }: RegisteredResource, { guid }: Tenancy): string {
  return `${name}${guid(`auto-name/${type}/${name}`).slice(0, 8)}`;
}
