import * as app from "@pulumi/azure-native/app/index.js";
import * as pulumi from "@pulumi/pulumi";

export interface WorkerHostArgs {
  resourceGroupName: pulumi.Input<string>;
  location: string;
  environmentName: string;
  tags: Record<string, string>;
}

/**
 * The Container Apps environment. A component of its own, before the app: the app's address is made of its name and this
 * environment's domain, and redirect URI, action group and settings need that address before the app exists.
 */
export class WorkerHost extends pulumi.ComponentResource {
  readonly environmentId: pulumi.Output<string>;
  readonly defaultDomain: pulumi.Output<string>;

  constructor(name: string, args: WorkerHostArgs, options?: pulumi.ComponentResourceOptions) {
    super("watchbell:infra:WorkerHost", name, {}, options);
    const environment = new app.ManagedEnvironment(name, environmentArgs(args), { parent: this });
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
export function environmentArgs(args: WorkerHostArgs): app.ManagedEnvironmentArgs {
  return {
    resourceGroupName: args.resourceGroupName,
    location: args.location,
    environmentName: args.environmentName,
    appLogsConfiguration: { destination: "azure-monitor" },
    workloadProfiles: [{ name: "Consumption", workloadProfileType: "Consumption" }],
    publicNetworkAccess: "Enabled",
    // Needs a network of its own, which comes with a later part of the program.
    zoneRedundant: false,
    tags: args.tags,
  };
}
