import { ManagementLockByScope } from "@pulumi/azure-native/authorization/managementLockByScope.js";
import { DiagnosticSetting, type DiagnosticSettingArgs } from "@pulumi/azure-native/monitor/diagnosticSetting.js";
import type * as pulumi from "@pulumi/pulumi";

/**
 * What every component has in common, spelled the same everywhere: place, tags, lock, and where its logs go.
 */
export interface Placement {
  resourceGroupName: pulumi.Input<string>;
  location: string;
  tags: Record<string, string>;
}

export interface Safeguards {
  /** Setting `locks`: nobody deletes it by hand. */
  lock: boolean;
  /** Resource id of the Log Analytics workspace; undefined = the resource has no logs to send. */
  logsTo: pulumi.Input<string>;
}

/**
 * What a component was told to wait for, for its first resource: an engine keeps the order of a component's own
 * registration, and would not delete its parts in that order.
 */
export function waitingFor(options: pulumi.ComponentResourceOptions | undefined): pulumi.CustomResourceOptions {
  return options?.dependsOn === undefined ? {} : { dependsOn: options.dependsOn };
}

/**
 * Sends all logs and metrics of a resource to the workspace. The setting's name in Azure is the same on every resource:
 * settings outlive their resource, and one of the same name is taken over instead of refused.
 */
export function collectLogs(
  name: string,
  resource: pulumi.CustomResource,
  logsTo: pulumi.Input<string>,
  parent: pulumi.Resource,
): DiagnosticSetting {
  return new DiagnosticSetting(`${name}-logs`, diagnosticArgs(resource.id, logsTo), { parent });
}

/** Category groups only: Azure refuses a setting that mixes them with single categories. */
export function diagnosticArgs(
  resourceId: pulumi.Input<string>,
  workspaceId: pulumi.Input<string>,
): DiagnosticSettingArgs {
  return {
    name: "watchbell",
    resourceUri: resourceId,
    workspaceId,
    logs: [{ categoryGroup: "allLogs", enabled: true }],
    metrics: [{ category: "AllMetrics", enabled: true }],
  };
}

/**
 * Forbids to delete a resource by hand. After everything that stands on it (`dependsOn`), because a lock also blocks the
 * deletion of role assignments and children below it, and Pulumi deletes in reverse order. On the resource, never on the
 * group: a lock there would stop every change of a destroy.
 */
export function lockAgainstDeletion(
  name: string,
  resource: pulumi.CustomResource,
  dependsOn: pulumi.Resource[],
  parent: pulumi.Resource,
): void {
  new ManagementLockByScope(
    `${name}-lock`,
    {
      scope: resource.id,
      lockName: "watchbell",
      level: "CanNotDelete",
      notes: "Watchbell: remove with pulumi destroy, or set watchbell:locks false",
    },
    { parent, dependsOn },
  );
}
