import * as pulumi from "@pulumi/pulumi";
import { findGraph, type GraphPrincipal } from "./components/graph-access.ts";
import { layFoundation } from "./foundation.ts";
import { openFront } from "./front.ts";
import { keptAfterDestroy, nextSteps } from "./next-steps.ts";
import { collectTenantLogs, limitSpending } from "./operations.ts";
import { readSpokes, type Spoke } from "./other-stacks.ts";
import { AZURE_MONITOR_CLIENT_ID, AZURE_SECURITY_INSIGHTS_CLIENT_ID } from "./permissions.ts";
import { runWorker } from "./run-worker.ts";
import type { InfraSettings } from "./settings.ts";
import {
  findFirstParty,
  findSentinelWorkspace,
  openSite,
  type ProgramOptions,
  refuseForeignApplications,
  type Survey,
  surveySite,
} from "./site.ts";

/** Everything Watchbell is in one subscription. Out: ids and addresses, never a secret. */

export interface FullOutputs {
  tenantId: string;
  subscriptionId: string;
  resourceGroupName: pulumi.Output<string>;
  publicUrl: pulumi.Output<string>;
  /** Client id of the daemon's registration. */
  clientId: pulumi.Output<string>;
  audience: "single" | "multi";
  appIdUri: pulumi.Output<string>;
  /** Object ids of the daemon's application and service principal: what spokes build on. */
  applicationObjectId: pulumi.Output<string>;
  servicePrincipalId: pulumi.Output<string>;
  portalClientId: pulumi.Output<string>;
  /** Object id of the portal's enterprise application: where an administrator assigns people their role. */
  portalServicePrincipalId: pulumi.Output<string>;
  managedIdentityClientId: pulumi.Output<string>;
  managedIdentityPrincipalId: pulumi.Output<string>;
  actionGroupId: pulumi.Output<string>;
  roleDefinitionId: pulumi.Output<string>;
  /** Log Analytics workspace (customer id) that the worker may query. */
  workspaceId: pulumi.Output<string>;
  workspaceResourceId: pulumi.Output<string>;
  vaultUri: pulumi.Output<string>;
  /** Environment variables of the worker, all but the secret ones. */
  workerEnvironment: pulumi.Output<Record<string, string>>;
  /** What is left to do by hand; empty when nothing is. */
  nextSteps: pulumi.Output<string[]>;
  /** What Azure and Entra keep after a destroy. */
  keptAfterDestroy: string[];
}

/** What must be there before the first resource. */
export interface FoundFirst {
  azureMonitorObjectId: string;
  /** undefined with `graph: off`. */
  graph: GraphPrincipal | undefined;
  /** undefined with `sentinel: off`. */
  sentinel: { objectId: string; customerId: string } | undefined;
  spokes: readonly Spoke[];
}

/** Declares all resources. Rejects, before the first of them, when something that must be there is not. */
export async function deployFull(settings: InfraSettings, options: ProgramOptions): Promise<FullOutputs> {
  const survey = await surveySite(settings, options);
  const found = await findFirst(survey);
  const site = openSite(survey);
  const base = layFoundation(site, found);
  const front = openFront(site, found, base);
  const { workerEnvironment, workspaceId } = runWorker(site, found, base, front);
  limitSpending(site);
  collectTenantLogs(site, base.logs.workspaceResourceId);
  const { daemon, identity, rights } = base;
  return {
    ...site.tenant,
    resourceGroupName: site.group.name,
    publicUrl: front.publicUrl,
    clientId: daemon.clientId,
    audience: settings.audience,
    appIdUri: daemon.appIdUri,
    applicationObjectId: daemon.applicationObjectId,
    servicePrincipalId: daemon.servicePrincipalId,
    portalClientId: front.portal.clientId,
    portalServicePrincipalId: front.portal.servicePrincipalId,
    managedIdentityClientId: identity.clientId,
    managedIdentityPrincipalId: identity.principalId,
    actionGroupId: front.routing.actionGroupId,
    roleDefinitionId: rights.roleDefinitionId,
    workspaceId,
    workspaceResourceId: base.logs.workspaceResourceId,
    vaultUri: base.vault.vaultUri,
    workerEnvironment,
    nextSteps: pulumi.output(rights.graphCommands ?? []).apply((commands) => [...nextSteps(settings), ...commands]),
    keptAfterDestroy: keptAfterDestroy(settings),
  };
}

async function findFirst(survey: Survey): Promise<FoundFirst> {
  const { settings, names } = survey;
  await refuseForeignApplications(survey, [names.daemonRegistration, names.portalRegistration]);
  const workspace = await findSentinelWorkspace(survey);
  return {
    azureMonitorObjectId: await findFirstParty(AZURE_MONITOR_CLIENT_ID, "Azure Monitor"),
    graph: settings.graph === "on" ? await findGraph() : undefined,
    sentinel: workspace && {
      ...workspace,
      objectId: await findFirstParty(AZURE_SECURITY_INSIGHTS_CLIENT_ID, "Azure Security Insights"),
    },
    spokes: await readSpokes(settings.spokes),
  };
}
