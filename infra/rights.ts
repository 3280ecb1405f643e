import type * as pulumi from "@pulumi/pulumi";
import { AzureAccess } from "./components/azure-access.ts";
import { GraphAccess, type GraphPrincipal, graphGrantCommands } from "./components/graph-access.ts";
import { IncidentAccess } from "./components/incident-access.ts";
import type { Site } from "./site.ts";

export interface Rights {
  roleDefinitionId: pulumi.Output<string>;
  /** The grants themselves; a worker that starts before them is refused for a while. */
  granted: pulumi.Resource[];
  /** Commands for an administrator (setting `graphGrants: manual`). */
  graphCommands?: pulumi.Output<string[]>;
}

/** All that the worker's principal may do: alerts, incidents and Graph, each as the settings choose. */
export function grantRights(site: Site, principalId: pulumi.Input<string>, graph: GraphPrincipal | undefined): Rights {
  const { settings, names, tenant } = site;
  const access = new AzureAccess("azure-access", {
    subscriptionId: tenant.subscriptionId,
    monitor: settings.monitor,
    role: settings.role,
    roleName: names.roleName,
    roleDefinitionId: names.roleDefinitionId,
    principalId,
  });
  const granted: pulumi.Resource[] = [access.granted];
  if (settings.sentinel !== "off") granted.push(grantIncidents(site, settings.sentinel, principalId));
  const { roleDefinitionId } = access;
  if (graph === undefined) return { roleDefinitionId, granted };
  if (settings.graphGrants === "manual") {
    return { roleDefinitionId, granted, graphCommands: graphGrantCommands({ graph, principalId }) };
  }
  return { roleDefinitionId, granted: [...granted, new GraphAccess("graph-access", { graph, principalId })] };
}

function grantIncidents(site: Site, workspaceId: string, principalId: pulumi.Input<string>): pulumi.Resource {
  const { names, tenant } = site;
  return new IncidentAccess("incident-access", {
    subscriptionId: tenant.subscriptionId,
    workspaceId,
    principal: "worker",
    roleName: names.sentinelRoleName,
    roleDefinitionId: names.sentinelRoleDefinitionId,
    principalId,
  }).granted;
}
