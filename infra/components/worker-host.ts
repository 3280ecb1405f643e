import { ManagedEnvironment, type ManagedEnvironmentArgs } from "@pulumi/azure-native/app/managedEnvironment.js";
import * as pulumi from "@pulumi/pulumi";
import { collectLogs, type Placement, type Safeguards } from "./safeguards.ts";

export interface WorkerHostArgs extends Placement, Omit<Safeguards, "lock"> {
  environmentName: string;
  /** Group that Azure makes for the environment's own parts, in a network. */
  infrastructureGroup: string;
  /** Subnet delegated to Container Apps; undefined = no network of our own. */
  subnetId?: pulumi.Input<string>;
  zoneRedundant: boolean;
}

/** Decided when the environment is made: Azure takes a later change, and ignores it. */
const DECIDED_AT_CREATION = ["vnetConfiguration", "zoneRedundant", "infrastructureResourceGroup"];

/**
 * The Container Apps environment. A component of its own, before the app: the app's address is made of its name and this
 * environment's domain, and redirect URI, action group and settings need that address before the app exists.
 */
export class WorkerHost extends pulumi.ComponentResource {
  readonly environmentId: pulumi.Output<string>;
  readonly defaultDomain: pulumi.Output<string>;

  constructor(name: string, args: WorkerHostArgs, options?: pulumi.ComponentResourceOptions) {
    super("watchbell:infra:WorkerHost", name, {}, options);
    const environment = new ManagedEnvironment(name, environmentArgs(args), {
      parent: this,
      replaceOnChanges: DECIDED_AT_CREATION,
      deleteBeforeReplace: true,
    });
    collectLogs(name, environment, args.logsTo, this);
    this.environmentId = environment.id;
    this.defaultDomain = environment.defaultDomain;
    this.registerOutputs({ environmentId: this.environmentId, defaultDomain: this.defaultDomain });
  }

  /** Origin that Azure gives to an app of this environment with external ingress. */
  originOf(appName: string): pulumi.Output<string> {
    return pulumi.interpolate`https://${appName}.${this.defaultDomain}`;
  }
}

/**
 * Logs go out by diagnostic setting (`azure-monitor`): the other way needs the workspace's shared key in the state. The
 * workload profile is named although it is the default, or a refresh would show it as drift.
 */
export function environmentArgs(args: WorkerHostArgs): ManagedEnvironmentArgs {
  return {
    resourceGroupName: args.resourceGroupName,
    location: args.location,
    environmentName: args.environmentName,
    appLogsConfiguration: { destination: "azure-monitor" },
    workloadProfiles: [{ name: "Consumption", workloadProfileType: "Consumption" }],
    // Action groups and phones come from the internet.
    publicNetworkAccess: "Enabled",
    zoneRedundant: args.zoneRedundant,
    ...(args.subnetId === undefined
      ? {}
      : {
          vnetConfiguration: { infrastructureSubnetId: args.subnetId, internal: false },
          infrastructureResourceGroup: args.infrastructureGroup,
        }),
    tags: args.tags,
  };
}
