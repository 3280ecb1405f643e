import { logicalNameOf } from "./preview.ts";
import type { Holder, Right, RightsOf } from "./right.ts";
import {
  holdsHidden,
  isHidden,
  isRecord,
  listAt,
  namedBy,
  recordAt,
  textAt,
  textsAt,
  type Values,
} from "./state-values.ts";

/** Rights in Azure Resource Manager and in the data planes beside it. */

const ACTION_KINDS = ["actions", "dataActions"] as const;

/** What a role allows. Whoever holds it, also by an assignment outside this program, gains or loses it. */
const roleDefinition: RightsOf = ({ urn, state }) => {
  const inputs = state.inputs ?? {};
  const role = `everybody with the role ${textAt(inputs, "roleName") || logicalNameOf(urn)}`;
  const scopes = textsAt(inputs, "assignableScopes");
  const permissions = listAt(inputs, "permissions");
  if (holdsHidden(permissions) || permissions.length === 0) {
    return [{ who: role, may: "actions that cannot be read here", where: scopes.join(", "), readable: false }];
  }
  return permissions.filter(isRecord).flatMap((permission) => {
    const except = ACTION_KINDS.flatMap((kind) => textsAt(permission, `not${kind[0]?.toUpperCase()}${kind.slice(1)}`));
    const but = except.length > 0 ? ` but not ${except.sort().join(", ")}` : "";
    const actions = ACTION_KINDS.flatMap((kind) => textsAt(permission, kind));
    return scopes.flatMap((where) => actions.map((action) => ({ who: role, may: `${action}${but}`, where })));
  });
};

const roleAssignment: RightsOf = ({ urn, state }) => {
  const inputs = state.inputs ?? {};
  const condition = textAt(inputs, "condition");
  return [
    {
      who: namedBy(state, "principalId", urn),
      may: `role ${namedBy(state, "roleDefinitionId", urn)}${condition === "" ? "" : ` if ${condition}`}`,
      where: namedBy(state, "scope", urn),
    },
  ];
};

/** A lock forbids; so its absence is what somebody may do. */
const lock: RightsOf = ({ urn, state }) => [
  {
    who: "everybody who may write there",
    may: textAt(state.inputs ?? {}, "level") === "ReadOnly" ? "change and delete" : "delete",
    where: namedBy(state, "scope", urn),
  },
];

const vaultPolicies = ({ urn, state }: Holder): Right[] => {
  const where = `Key Vault ${logicalNameOf(urn)}`;
  // The SDK hides all of them when one, the id of a subnet, is not known yet.
  if (isHidden(state.inputs?.["properties"])) {
    return [{ who: "not known yet", may: "reach it and read secrets", where, readable: false }];
  }
  const properties = recordAt(state.inputs ?? {}, "properties");
  const policies = listAt(properties, "accessPolicies").filter(isRecord);
  const rights = policies.flatMap((policy) =>
    Object.entries(recordAt(policy, "permissions")).flatMap(([kind, allowed]) =>
      (Array.isArray(allowed) ? allowed : []).map((may) => ({
        who: textAt(policy, "objectId"),
        may: `${may} ${kind}`,
        where,
      })),
    ),
  );
  // Without RBAC the vault's own list decides, and Contributors may write that list.
  const ownList = properties["enableRbacAuthorization"] !== true;
  return ownList ? [...rights, { who: "every Contributor", may: "give themselves access to secrets", where }] : rights;
};

const databaseAdministrator: RightsOf = ({ urn, state }) => [
  {
    who: namedBy(state, "objectId", urn),
    may: "administrator of the database",
    where: `PostgreSQL server ${namedBy(state, "serverName", urn)}`,
  },
];

const secretStored: RightsOf = ({ urn, state }) => [
  {
    who: "readers of the vault",
    may: `read the secret ${logicalNameOf(urn)}`,
    where: namedBy(state, "vaultName", urn),
  },
];

/** Whose identity code runs with: it may whatever the identity may. */
const runsAs: RightsOf = ({ urn, state }) => {
  const identity: Values = recordAt(state.inputs ?? {}, "identity");
  const kind = textAt(identity, "type");
  const assigned = listAt(identity, "userAssignedIdentities");
  const who = `code of ${logicalNameOf(urn)}`;
  const where = "wherever that identity has rights";
  const named = assigned.map((id) => ({
    who,
    may: `act as ${holdsHidden(id) ? `the identity of ${state.propertyDependencies?.["identity"]?.map(logicalNameOf).join(", ") ?? logicalNameOf(urn)}` : String(id)}`,
    where,
  }));
  return kind.includes("SystemAssigned") ? [...named, { who, may: "act as an identity of its own", where }] : named;
};

/** Templates inside a template: nothing of them is read. */
const opaque: RightsOf = ({ urn, state }) => [
  {
    who: "unreadable here",
    may: `whatever the template of ${logicalNameOf(urn)} deploys`,
    where: textAt(state.inputs ?? {}, "deploymentScope") || "its scope",
    readable: false,
  },
];

export const AZURE_RIGHTS: Readonly<Record<string, RightsOf>> = {
  "azure-native:authorization:RoleDefinition": roleDefinition,
  "azure-native:authorization:RoleAssignment": roleAssignment,
  "azure-native:keyvault:Vault": vaultPolicies,
  "azure-native:keyvault:Secret": secretStored,
  "azure-native:dbforpostgresql:Administrator": databaseAdministrator,
  "azure-native:dbforpostgresql:AdministratorsMicrosoftEntra": databaseAdministrator,
  "azure-native:app:ContainerApp": runsAs,
  "azure-native:logic:Workflow": runsAs,
  "azure-native:resources:Deployment": opaque,
  "azure-native:resources:DeploymentStackAtResourceGroup": opaque,
  "azure-native:resources:DeploymentStackAtSubscription": opaque,
};

/** Resources that forbid: what they hold back is granted by their absence. */
export const AZURE_RESTRICTIONS: Readonly<Record<string, RightsOf>> = {
  "azure-native:authorization:ManagementLock": lock,
  "azure-native:authorization:ManagementLockByScope": lock,
  "azure-native:authorization:ManagementLockAtResourceGroupLevel": lock,
  "azure-native:authorization:ManagementLockAtResourceLevel": lock,
  "azure-native:authorization:ManagementLockAtSubscriptionLevel": lock,
};
