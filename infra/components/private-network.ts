import {
  NetworkSecurityGroup,
  type NetworkSecurityGroupArgs,
} from "@pulumi/azure-native/network/networkSecurityGroup.js";
import { Subnet, type SubnetArgs } from "@pulumi/azure-native/network/subnet.js";
import { VirtualNetwork } from "@pulumi/azure-native/network/virtualNetwork.js";
import { PrivateZone } from "@pulumi/azure-native/privatedns/privateZone.js";
import { VirtualNetworkLink } from "@pulumi/azure-native/privatedns/virtualNetworkLink.js";
import * as pulumi from "@pulumi/pulumi";
import { collectLogs, type Placement, type Safeguards } from "./safeguards.ts";

export interface PrivateNetworkArgs extends Placement, Omit<Safeguards, "lock"> {
  /** The provider appends 8 random characters: a subnet may stay held for hours after its environment is gone. */
  networkPrefix: string;
  /** A /24 network, checked. */
  addressSpace: string;
  /** Ends in `postgres.database.azure.com`, and is not the server's own name. */
  databaseZone: string;
}

/**
 * The network of worker and database: a subnet for the Container Apps environment, one for the database, and the zone in
 * which the database's private address stands. The workers' subnet has no security group: action groups and phones come
 * from the internet, and its ingress takes TLS only.
 */
export class PrivateNetwork extends pulumi.ComponentResource {
  readonly workerSubnetId: pulumi.Output<string>;
  readonly databaseSubnetId: pulumi.Output<string>;
  readonly databaseZoneId: pulumi.Output<string>;
  /** Joins zone and network; a database made before it has no name. */
  readonly databaseZoneLink: pulumi.Resource;

  constructor(name: string, args: PrivateNetworkArgs, options?: pulumi.ComponentResourceOptions) {
    super("watchbell:infra:PrivateNetwork", name, {}, options);
    const { resourceGroupName, location, tags } = args;
    const parts = subnetsOf(args.addressSpace);
    const network = new VirtualNetwork(
      args.networkPrefix,
      { resourceGroupName, location, addressSpace: { addressPrefixes: [args.addressSpace] }, tags },
      { parent: this },
    );
    collectLogs(name, network, args.logsTo, this);
    const guard = new NetworkSecurityGroup(`${name}-database`, databaseGuardArgs(args, parts), { parent: this });
    collectLogs(`${name}-database`, guard, args.logsTo, this);

    const at = { resourceGroupName, virtualNetworkName: network.name };
    const workers = new Subnet(`${name}-workers`, workerSubnetArgs(at, parts.workers), { parent: this });
    // One after the other: Azure refuses parallel changes of one network.
    const database = new Subnet(`${name}-database`, databaseSubnetArgs(at, parts.database, guard.id), {
      parent: this,
      dependsOn: workers,
    });
    const zone = new PrivateZone(
      `${name}-database`,
      { resourceGroupName, privateZoneName: args.databaseZone, location: "Global", tags },
      { parent: this },
    );
    this.databaseZoneLink = new VirtualNetworkLink(
      `${name}-database`,
      {
        resourceGroupName,
        privateZoneName: zone.name,
        virtualNetworkLinkName: "watchbell",
        location: "Global",
        registrationEnabled: false,
        virtualNetwork: { id: network.id },
        tags,
      },
      { parent: this, dependsOn: database },
    );
    this.workerSubnetId = workers.id;
    this.databaseSubnetId = database.id;
    this.databaseZoneId = zone.id;
    this.registerOutputs({ workerSubnetId: this.workerSubnetId, databaseSubnetId: this.databaseSubnetId });
  }
}

interface SubnetRanges {
  /** Container Apps need a /27 at least; a /26 leaves room for a rolling upgrade. */
  workers: string;
  /** A flexible server needs a /28 at least. */
  database: string;
}

/** `10.60.0.0/24` -> its first quarter for workers, the first 16 addresses of the next for the database. */
export function subnetsOf(addressSpace: string): SubnetRanges {
  const start = addressSpace.slice(0, addressSpace.lastIndexOf("."));
  return { workers: `${start}.0/26`, database: `${start}.64/28` };
}

type At = Pick<SubnetArgs, "resourceGroupName" | "virtualNetworkName">;

/** With workload profiles the subnet must be delegated; the service endpoint lets the vault know where a request is from. */
function workerSubnetArgs(at: At, addressPrefix: string): SubnetArgs {
  return {
    ...at,
    subnetName: "workers",
    addressPrefix,
    delegations: [{ name: "container-apps", serviceName: "Microsoft.App/environments" }],
    serviceEndpoints: [{ service: "Microsoft.KeyVault" }],
  };
}

function databaseSubnetArgs(at: At, addressPrefix: string, guardId: pulumi.Input<string>): SubnetArgs {
  return {
    ...at,
    subnetName: "database",
    addressPrefix,
    delegations: [{ name: "postgres", serviceName: "Microsoft.DBforPostgreSQL/flexibleServers" }],
    networkSecurityGroup: { id: guardId },
  };
}

/** Into the database's subnet: its port from the workers and from within (replication), nothing else of the network. */
function databaseGuardArgs(args: PrivateNetworkArgs, parts: SubnetRanges): NetworkSecurityGroupArgs {
  return {
    resourceGroupName: args.resourceGroupName,
    location: args.location,
    networkSecurityGroupName: "watchbell-database",
    securityRules: [
      inbound("workers-to-postgres", 100, "Allow", { sources: [parts.workers], ports: ["5432", "6432"] }),
      inbound("postgres-within", 110, "Allow", { sources: [parts.database], ports: ["5432", "6432"] }),
      inbound("nothing-else", 4_000, "Deny", { sources: ["VirtualNetwork"], ports: ["*"] }),
    ],
    tags: args.tags,
  };
}

function inbound(
  name: string,
  priority: number,
  access: "Allow" | "Deny",
  from: { sources: string[]; ports: string[] },
) {
  const [source = "*"] = from.sources;
  return {
    name,
    priority,
    access,
    direction: "Inbound",
    protocol: access === "Allow" ? "Tcp" : "*",
    sourceAddressPrefix: source,
    sourcePortRange: "*",
    destinationAddressPrefix: "*",
    ...(from.ports.length === 1
      ? { destinationPortRange: from.ports[0] as string }
      : { destinationPortRanges: from.ports }),
  };
}
