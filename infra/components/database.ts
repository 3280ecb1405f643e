import { AdministratorsMicrosoftEntra } from "@pulumi/azure-native/dbforpostgresql/administratorsMicrosoftEntra.js";
import { Configuration } from "@pulumi/azure-native/dbforpostgresql/configuration.js";
import { Database as ServerDatabase } from "@pulumi/azure-native/dbforpostgresql/database.js";
import { FirewallRule } from "@pulumi/azure-native/dbforpostgresql/firewallRule.js";
import { Server, type ServerArgs } from "@pulumi/azure-native/dbforpostgresql/server.js";
import * as pulumi from "@pulumi/pulumi";
import { collectLogs, lockAgainstDeletion, type Placement, type Safeguards, waitingFor } from "./safeguards.ts";

/** In a network of its own, or by public address for the listed ones (`azure` = all services of Azure). */
export type DatabaseNetwork =
  | { kind: "private"; subnetId: pulumi.Input<string>; zoneId: pulumi.Input<string> }
  | { kind: "public"; allowed: readonly string[] };

export interface DatabaseArgs extends Placement, Safeguards {
  /** The provider appends 8 random characters: the name is unique in the world. */
  serverPrefix: string;
  tenantId: string;
  sku: string;
  storageGb: number;
  backupDays: number;
  geoBackup: boolean;
  zoneRedundant: boolean;
  network: DatabaseNetwork;
  /** Setting `retainData`: destroy and replacement are refused. */
  retainData: boolean;
  /** The worker's managed identity: its name is the database's user, so a new identity of the same name gets in. */
  administrator: { principalId: pulumi.Input<string>; name: string };
}

const DATABASE = "watchbell";
const PORT = 5432;
const VERSION = "17";
/** Creating a zone-redundant server takes up to half an hour; the engine's default would be met in bad hours. */
const CREATE_MINUTES_MAX = "60m";
/** Sundays at three in the night, UTC: an hour of few alerts, and one that is written down. */
const MAINTENANCE_WINDOW = { customWindow: "Enabled", dayOfWeek: 0, startHour: 3, startMinute: 0 };
/** Settings of the server beyond its defaults, in this order. */
const CONFIGURATION: Readonly<Record<string, string>> = {
  require_secure_transport: "on",
  ssl_min_protocol_version: "TLSv1.2",
};
const TIERS: Readonly<Record<string, string>> = { B: "Burstable", D: "GeneralPurpose", E: "MemoryOptimized" };

/**
 * Where alerts are kept: a PostgreSQL flexible server that knows no passwords, only tokens of Entra, and TLS. Azure refuses
 * parallel changes of one server, so server, database, configurations and administrator are a chain; a second `up` goes on
 * where one was cut off.
 */
export class Database extends pulumi.ComponentResource {
  /** Address for the worker, without any password. */
  readonly url: pulumi.Output<string>;
  /** The last link of the chain: before it the worker cannot sign in. */
  readonly ready: pulumi.Resource;

  constructor(name: string, args: DatabaseArgs, options?: pulumi.ComponentResourceOptions) {
    super("watchbell:infra:Database", name, {}, options);
    const server = new Server(args.serverPrefix, serverArgs(args), {
      ...serverOptions(this, args.retainData),
      ...waitingFor(options),
    });
    const at = { resourceGroupName: args.resourceGroupName, serverName: server.name };
    const after = (last: pulumi.Resource): pulumi.CustomResourceOptions => ({
      parent: this,
      dependsOn: last,
      deletedWith: server,
    });
    let last: pulumi.Resource = new ServerDatabase(
      name,
      { ...at, databaseName: DATABASE, charset: "UTF8", collation: "en_US.utf8" },
      { ...after(server), protect: args.retainData },
    );
    for (const [configurationName, value] of Object.entries(CONFIGURATION)) {
      const configuration = { ...at, configurationName, value, source: "user-override" };
      last = new Configuration(`${name}-${configurationName.replaceAll("_", "-")}`, configuration, after(last));
    }
    for (const rule of firewallRules(args.network)) {
      last = new FirewallRule(`${name}-${rule.firewallRuleName}`, { ...at, ...rule }, after(last));
    }
    this.ready = new AdministratorsMicrosoftEntra(
      `${name}-worker`,
      {
        ...at,
        objectId: args.administrator.principalId,
        principalName: args.administrator.name,
        // `User` would be accepted here, and its tokens refused later.
        principalType: "ServicePrincipal",
        tenantId: args.tenantId,
      },
      after(last),
    );
    const logs = collectLogs(name, server, args.logsTo, this);
    if (args.lock) lockAgainstDeletion(name, server, [this.ready, logs], this);
    this.url = pulumi.interpolate`postgresql://${args.administrator.name}@${server.fullyQualifiedDomainName}:${PORT}/${DATABASE}?sslmode=verify-full`;
    this.registerOutputs({ url: this.url });
  }
}

export function serverArgs(args: DatabaseArgs): ServerArgs {
  return {
    resourceGroupName: args.resourceGroupName,
    location: args.location,
    version: VERSION,
    createMode: "Default",
    sku: { name: args.sku, tier: TIERS[args.sku.charAt("Standard_".length)] ?? "GeneralPurpose" },
    storage: { storageSizeGB: args.storageGb, autoGrow: "Enabled" },
    backup: {
      backupRetentionDays: args.backupDays,
      geoRedundantBackup: args.geoBackup ? "Enabled" : "Disabled",
    },
    highAvailability: { mode: args.zoneRedundant ? "ZoneRedundant" : "Disabled" },
    maintenanceWindow: MAINTENANCE_WINDOW,
    authConfig: { activeDirectoryAuth: "Enabled", passwordAuth: "Disabled", tenantId: args.tenantId },
    network: networkArgs(args.network),
    tags: args.tags,
  };
}

/** `publicNetworkAccess` may be said only of a server that is in no network; there it is decided by the network. */
function networkArgs(network: DatabaseNetwork): NonNullable<ServerArgs["network"]> {
  if (network.kind === "public") return { publicNetworkAccess: "Enabled" };
  return { delegatedSubnetResourceId: network.subnetId, privateDnsZoneArmResourceId: network.zoneId };
}

/** Zones change at a failover and storage grows by itself: neither is drift. */
function serverOptions(parent: pulumi.Resource, retainData: boolean): pulumi.CustomResourceOptions {
  return {
    parent,
    protect: retainData,
    customTimeouts: { create: CREATE_MINUTES_MAX, update: CREATE_MINUTES_MAX, delete: CREATE_MINUTES_MAX },
    ignoreChanges: ["availabilityZone", "storage.storageSizeGB", "highAvailability.standbyAvailabilityZone"],
  };
}

interface AllowedRange {
  firewallRuleName: string;
  startIpAddress: string;
  endIpAddress: string;
}

/** One rule a listed address or range, in their order; none in a private network. */
export function firewallRules(network: DatabaseNetwork): AllowedRange[] {
  if (network.kind === "private") return [];
  return network.allowed.map((allowed, index) => ({ firewallRuleName: `allowed-${index}`, ...rangeOf(allowed) }));
}

function rangeOf(allowed: string): { startIpAddress: string; endIpAddress: string } {
  // From 0.0.0.0 to 0.0.0.0 is Azure's way to say: every service of Azure.
  if (allowed === "azure") return { startIpAddress: "0.0.0.0", endIpAddress: "0.0.0.0" };
  const [address = "", bits = "32"] = allowed.split("/");
  const size = 2 ** (32 - Number(bits));
  const start = Math.floor(numberOf(address) / size) * size;
  return { startIpAddress: addressOf(start), endIpAddress: addressOf(start + size - 1) };
}

const numberOf = (address: string) => address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
const addressOf = (number: number) => [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
