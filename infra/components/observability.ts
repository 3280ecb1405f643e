import * as monitor from "@pulumi/azure-native/monitor/index.js";
import * as operationalinsights from "@pulumi/azure-native/operationalinsights/index.js";
import * as pulumi from "@pulumi/pulumi";

export interface ObservabilityArgs {
  resourceGroupName: pulumi.Input<string>;
  location: string;
  /** The provider appends 8 random characters: a deleted workspace keeps its name for 14 days. */
  workspacePrefix: string;
  retentionDays: number;
  dailyQuotaGb: number;
  tags: Record<string, string>;
}

/** Where the logs of everything else go: a Log Analytics workspace without shared keys. */
export class Observability extends pulumi.ComponentResource {
  readonly workspaceResourceId: pulumi.Output<string>;
  /** The workspace's own GUID, by which queries name it. */
  readonly customerId: pulumi.Output<string>;

  constructor(name: string, args: ObservabilityArgs, options?: pulumi.ComponentResourceOptions) {
    super("watchbell:infra:Observability", name, {}, options);
    const workspace = new operationalinsights.Workspace(args.workspacePrefix, workspaceArgs(args), { parent: this });
    this.workspaceResourceId = workspace.id;
    this.customerId = workspace.customerId;
    this.registerOutputs({ workspaceResourceId: this.workspaceResourceId, customerId: this.customerId });
  }

  /**
   * Sends all logs and metrics of a resource here. `name` is stable: settings outlive their resource in Azure, and one of
   * the same name is taken over instead of refused.
   */
  collect(name: string, resourceId: pulumi.Input<string>): monitor.DiagnosticSetting {
    return new monitor.DiagnosticSetting(name, diagnosticArgs(resourceId, this.workspaceResourceId), { parent: this });
  }
}

/** Every default that matters is set, so that a refresh shows only real drift. */
export function workspaceArgs(args: ObservabilityArgs): operationalinsights.WorkspaceArgs {
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

/** Category groups only: Azure refuses a setting that mixes them with single categories. */
export function diagnosticArgs(
  resourceId: pulumi.Input<string>,
  workspaceId: pulumi.Input<string>,
): monitor.DiagnosticSettingArgs {
  return {
    name: "watchbell",
    resourceUri: resourceId,
    workspaceId,
    logs: [{ categoryGroup: "allLogs", enabled: true }],
    metrics: [{ category: "AllMetrics", enabled: true }],
  };
}
