import { isHidden, isRecord, listAt, recordAt, textAt, type Values } from "../../src/permissions-diff/state-values.ts";
import type { ResourceRule } from "./rule.ts";

/** Addresses of one firewall rule at most: a /24. */
const ADDRESSES_MAX = 256;
const OLD_TLS = /^(SSLv|TLSv1$|TLSv1\.0|TLSv1\.1)/i;

/** Who reaches what, and always by TLS. */
export const NETWORK_RULES: readonly ResourceRule[] = [
  {
    name: "no-public-database",
    level: "mandatory",
    description: "The database has no address on the internet.",
    reason: "It holds every alert and phone number. For a trial with `network: public` the rule is configured off.",
    types: ["azure-native:dbforpostgresql:Server"],
    violations: ({ inputs }) => publicDatabase(recordAt(inputs, "network")),
  },
  {
    name: "no-wide-firewall",
    level: "mandatory",
    description: "A firewall rule of the database lets in at most 256 addresses, and never all of Azure.",
    reason: "All services of Azure are those of every other customer too.",
    types: ["azure-native:dbforpostgresql:FirewallRule"],
    violations: ({ inputs }) => wideRule(inputs),
  },
  {
    name: "database-by-tls",
    level: "mandatory",
    description: "The database takes TLS 1.2 or later only.",
    reason: "Tokens and alerts would cross the network in the clear.",
    types: ["azure-native:dbforpostgresql:Configuration"],
    violations: ({ inputs }) => oldTls(textAt(inputs, "configurationName"), textAt(inputs, "value")),
  },
  {
    name: "ingress-by-tls",
    level: "mandatory",
    description: "The worker is reached by https only.",
    reason: "Session cookies and alerts would cross the internet in the clear.",
    types: ["azure-native:app:ContainerApp"],
    violations: ({ inputs }) =>
      isOff(recordAt(inputs, "configuration", "ingress")["allowInsecure"])
        ? []
        : ["ingress.allowInsecure is not false"],
  },
  {
    name: "webhooks-with-identity",
    level: "mandatory",
    description: "Action groups post by https and with a token of Entra.",
    reason: "A webhook without a token lets anybody who knows its address wake people.",
    types: ["azure-native:monitor:ActionGroup"],
    violations: ({ inputs }) => listAt(inputs, "webhookReceivers").flatMap(unsecuredWebhook),
  },
  {
    name: "registry-by-identity",
    level: "mandatory",
    description: "The registry knows neither an admin password nor anonymous pulls.",
    reason: "Who can push an image runs code as the worker.",
    types: ["azure-native:containerregistry:Registry"],
    violations: ({ inputs }) =>
      ["adminUserEnabled", "anonymousPullEnabled"]
        .filter((name) => !isOff(inputs[name]))
        .map((name) => `${name} is not false`),
  },
  {
    name: "vault-behind-firewall",
    level: "advisory",
    description: "The Key Vault takes requests of listed networks only.",
    reason: "Profile `connector` and `network: public` have no network to list; there rights alone decide.",
    types: ["azure-native:keyvault:Vault"],
    needs: "properties",
    violations: ({ inputs }) => openVault(recordAt(inputs, "properties")),
  },
  {
    name: "playbooks-from-listed-addresses",
    level: "advisory",
    description: "Triggers of a Logic App are started from listed addresses only.",
    reason: "Their address is signed, and Sentinel's own addresses are many and change.",
    types: ["azure-native:logic:Workflow"],
    violations: ({ inputs }) =>
      "allowedCallerIpAddresses" in recordAt(inputs, "accessControl", "triggers")
        ? []
        : ["accessControl.triggers lists no addresses"],
  },
];

/** Azure's default of these switches is off; a value that is not known yet is not off. */
const isOff = (value: unknown) => value === undefined || value === false;

function publicDatabase(network: Values): string[] {
  // The subnet's id is not known before the first deployment; that there is one is.
  if (network["delegatedSubnetResourceId"] !== undefined || network["publicNetworkAccess"] === "Disabled") return [];
  return ["it is in no subnet, and network.publicNetworkAccess is not Disabled"];
}

function wideRule(inputs: Values): string[] {
  const [start, end] = [inputs["startIpAddress"], inputs["endIpAddress"]];
  if (isHidden(start) || isHidden(end)) return ["its addresses are not known before the deployment: write them out"];
  const [from, to] = [numberOf(String(start)), numberOf(String(end))];
  if (from === 0) return ["it lets in all services of Azure, or everybody"];
  return to - from + 1 > ADDRESSES_MAX ? [`it lets in ${to - from + 1} addresses`] : [];
}

const numberOf = (address: string) => address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);

function oldTls(name: string, value: string): string[] {
  if (name === "require_secure_transport" && value.toLowerCase() !== "on")
    return ["require_secure_transport is not on"];
  return name === "ssl_min_protocol_version" && OLD_TLS.test(value) ? [`ssl_min_protocol_version is ${value}`] : [];
}

/** The address may be unknown before the Container App exists; that a token goes along is written out. */
function unsecuredWebhook(receiver: unknown): string[] {
  if (!isRecord(receiver)) return ["a receiver is not known before the deployment: write it out"];
  const name = textAt(receiver, "name");
  const plain = !isHidden(receiver["serviceUri"]) && !textAt(receiver, "serviceUri").startsWith("https://");
  return [
    ...(receiver["useAadAuth"] === true ? [] : [`receiver ${name} sends no token (useAadAuth)`]),
    ...(plain ? [`receiver ${name} does not post by https`] : []),
  ];
}

function openVault(properties: Values): string[] {
  if (textAt(properties, "publicNetworkAccess") === "Disabled") return [];
  return recordAt(properties, "networkAcls")["defaultAction"] === "Deny"
    ? []
    : ["networkAcls.defaultAction is not Deny"];
}
