import { Workspace, type WorkspaceArgs } from "@pulumi/azure-native/operationalinsights/workspace.js";
import * as pulumi from "@pulumi/pulumi";
import { collectLogs, lockAgainstDeletion, type Placement } from "./safeguards.ts";

export interface ObservabilityArgs extends Placement {
  /** The provider appends 8 random characters: a deleted workspace keeps its name for 14 days. */
  workspacePrefix: string;
  retentionDays: number;
  dailyQuotaGb: number;
  lock: boolean;
}

/** Where the logs of everything else go: a Log Analytics workspace without shared keys. */
export class Observability extends pulumi.ComponentResource {
  readonly workspaceResourceId: pulumi.Output<string>;
  /** The workspace's own GUID, by which queries name it. */
  readonly customerId: pulumi.Output<string>;

  constructor(name: string, args: ObservabilityArgs, options?: pulumi.ComponentResourceOptions) {
    super("watchbell:infra:Observability", name, {}, options);
    const workspace = new Workspace(args.workspacePrefix, workspaceArgs(args), { parent: this });
    const logs = collectLogs(name, workspace, workspace.id, this);
    if (args.lock) lockAgainstDeletion(name, workspace, [logs], this);
    this.workspaceResourceId = workspace.id;
    this.customerId = workspace.customerId;
    this.registerOutputs({ workspaceResourceId: this.workspaceResourceId, customerId: this.customerId });
  }
}

/** Every default that matters is set, so that a refresh shows only real drift. */
export function workspaceArgs(args: ObservabilityArgs): WorkspaceArgs {
  return {
    resourceGroupName: args.resourceGroupName,
    location: args.location,
    sku: { name: "PerGB2018" },
    retentionInDays: args.retentionDays,
    // Keys would be a secret that nothing here needs; readers see only the logs of resources they may read.
    features: { disableLocalAuth: true, enableLogAccessUsingOnlyResourcePermissions: true },
    workspaceCapping: { dailyQuotaGb: args.dailyQuotaGb },
    publicNetworkAccessForIngestion: "Enabled",
    publicNetworkAccessForQuery: "Enabled",
    tags: args.tags,
  };
}
