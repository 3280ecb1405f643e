import { logicalNameOf } from "./preview.ts";
import { ANYBODY, type Right, type RightsOf } from "./right.ts";
import { isHidden, isRecord, listAt, namedBy, recordAt, textAt, textOf, type Values } from "./state-values.ts";

/** Openings: from where a resource is reached, and sign-ins that need no identity. */

const reach = (who: string, where: string): Right => ({ who, may: "reach it over the network", where });

const vault: RightsOf = ({ urn, state }) => {
  // Told as not readable in azure-rights.ts.
  if (isHidden(state.inputs?.["properties"])) return [];
  const properties = recordAt(state.inputs ?? {}, "properties");
  const rules = recordAt(properties, "networkAcls");
  const where = `Key Vault ${logicalNameOf(urn)}`;
  const bypass = textAt(rules, "bypass") === "AzureServices" ? [reach("services of Azure", where)] : [];
  // Azure lets everybody in where nothing is said.
  if (textAt(properties, "publicNetworkAccess").toLowerCase() === "disabled") return bypass;
  if (textAt(rules, "defaultAction").toLowerCase() !== "deny") return [reach(ANYBODY, where), ...bypass];
  const addresses = listAt(rules, "ipRules").map((rule) => reach(memberOf(rule, "value"), where));
  const subnets = listAt(rules, "virtualNetworkRules").map((rule) => reach(`subnet ${memberOf(rule, "id")}`, where));
  return [...addresses, ...subnets, ...bypass];
};

const memberOf = (rule: unknown, name: string) => (isRecord(rule) ? textAt(rule, name) : textOf(rule));

const databaseServer: RightsOf = ({ urn, state }) => {
  const inputs = state.inputs ?? {};
  const where = `PostgreSQL server ${logicalNameOf(urn)}`;
  const password = textAt(recordAt(inputs, "authConfig"), "passwordAuth") === "Disabled";
  const network = recordAt(inputs, "network");
  const isPrivate = "delegatedSubnetResourceId" in network || textAt(network, "publicNetworkAccess") === "Disabled";
  return [
    ...(password ? [] : [{ who: "holders of a password", may: "sign in without Entra", where }]),
    ...(isPrivate ? [] : [{ who: "addresses that a firewall rule names", may: "reach it over the internet", where }]),
  ];
};

const firewallRule: RightsOf = ({ urn, state }) => {
  const inputs = state.inputs ?? {};
  const [start, end] = [textAt(inputs, "startIpAddress"), textAt(inputs, "endIpAddress")];
  // Azure's way to say: every service of Azure, of other customers too.
  const everyService = start === "0.0.0.0" && end === "0.0.0.0";
  const who = everyService ? "all services of Azure, of other customers too" : `addresses ${start} to ${end}`;
  return [reach(who, `PostgreSQL server ${namedBy(state, "serverName", urn)}`)];
};

const registry: RightsOf = ({ urn, state }) => {
  const inputs = state.inputs ?? {};
  const where = `container registry ${logicalNameOf(urn)}`;
  return [
    ...(inputs["adminUserEnabled"] === true
      ? [{ who: "holders of the admin password", may: "push and pull", where }]
      : []),
    ...(inputs["anonymousPullEnabled"] === true ? [{ who: ANYBODY, may: "pull images", where }] : []),
    ...(textAt(inputs, "publicNetworkAccess") === "Disabled" ? [] : [reach(ANYBODY, where)]),
  ];
};

const containerApp: RightsOf = ({ urn, state }) => {
  const ingress: Values = recordAt(state.inputs ?? {}, "configuration", "ingress");
  const where = `Container App ${logicalNameOf(urn)}`;
  const plain = ingress["allowInsecure"] === true ? [{ who: ANYBODY, may: "use it without TLS", where }] : [];
  if (ingress["external"] !== true) return plain;
  const allowed = listAt(ingress, "ipSecurityRestrictions")
    .filter(isRecord)
    .filter((rule) => textAt(rule, "action") === "Allow")
    .map((rule) => reach(`addresses ${textAt(rule, "ipAddressRange")}`, where));
  return [...(allowed.length > 0 ? allowed : [reach(ANYBODY, where)]), ...plain];
};

const workflow: RightsOf = ({ urn, state }) => {
  const access = recordAt(state.inputs ?? {}, "accessControl");
  const where = `Logic App ${logicalNameOf(urn)}`;
  const parts = ["triggers", "actions", "contents", "workflowManagement"];
  return parts.flatMap((part) => {
    const rules = recordAt(access, part);
    const may = `reach its ${part}`;
    if (!("allowedCallerIpAddresses" in rules))
      return [{ who: ANYBODY, may: `${may} (a signed address is needed)`, where }];
    return listAt(rules, "allowedCallerIpAddresses").map((range) => ({
      who: `addresses ${memberOf(range, "addressRange")}`,
      may,
      where,
    }));
  });
};

export const NETWORK_RIGHTS: Readonly<Record<string, RightsOf>> = {
  "azure-native:keyvault:Vault": vault,
  "azure-native:dbforpostgresql:Server": databaseServer,
  "azure-native:dbforpostgresql:FirewallRule": firewallRule,
  "azure-native:containerregistry:Registry": registry,
  "azure-native:app:ContainerApp": containerApp,
  "azure-native:logic:Workflow": workflow,
};
