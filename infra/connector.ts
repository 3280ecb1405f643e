import * as pulumi from "@pulumi/pulumi";
import { findGraph } from "./components/graph-access.ts";
import { keepSecrets, makeSecret, registerDaemon } from "./foundation.ts";
import { keptAfterDestroy, nextSteps } from "./next-steps.ts";
import { collectTenantLogs, limitSpending, observe, watch } from "./operations.ts";
import { grantRights } from "./rights.ts";
import type { InfraSettings } from "./settings.ts";
import { findSentinelWorkspace, openSite, type ProgramOptions, refuseForeignApplications, surveySite } from "./site.ts";

/**
 * What a SIGNL4 or Enterprise Alert connector asks for, and nothing of Watchbell's worker: an app registration with the
 * smallest role, a secret in Key Vault that is renewed in time, and rules that watch both.
 */

export interface ConnectorOutputs {
  /** The four values that the connector's form asks for; of the secret its address, never the value. */
  tenantId: string;
  subscriptionId: string;
  clientId: pulumi.Output<string>;
  clientSecretUri: pulumi.Output<string>;
  /** When the connector must have the next secret, ISO 8601. */
  clientSecretEndsAt: string;
  roleDefinitionId: pulumi.Output<string>;
  resourceGroupName: pulumi.Output<string>;
  nextSteps: pulumi.Output<string[]>;
  keptAfterDestroy: string[];
}

export async function deployConnector(settings: InfraSettings, options: ProgramOptions): Promise<ConnectorOutputs> {
  const survey = await surveySite(settings, options);
  await refuseForeignApplications(survey, [survey.names.daemonRegistration]);
  const graph = settings.graph === "on" ? await findGraph() : undefined;
  await findSentinelWorkspace(survey);

  const site = openSite(survey);
  const logs = observe(site);
  const safe = { lock: settings.locks, logsTo: logs.workspaceResourceId };
  const daemon = registerDaemon(site, {});
  const rights = grantRights(site, daemon.servicePrincipalId, graph);
  const vault = keepSecrets(site, { safe, subnetIds: [] });
  const { secret, current } = makeSecret(site, daemon, vault);
  watch(site, {
    workspaceId: logs.workspaceResourceId,
    directory: {
      servicePrincipalId: daemon.servicePrincipalId,
      objectIds: [daemon.applicationObjectId, daemon.servicePrincipalId],
    },
    secret: current,
  });
  limitSpending(site);
  collectTenantLogs(site, logs.workspaceResourceId);
  return {
    ...site.tenant,
    clientId: daemon.clientId,
    clientSecretUri: secret.secretUri,
    clientSecretEndsAt: current.endsAt,
    roleDefinitionId: rights.roleDefinitionId,
    resourceGroupName: site.group.name,
    nextSteps: pulumi.output(rights.graphCommands ?? []).apply((commands) => [...nextSteps(settings), ...commands]),
    keptAfterDestroy: keptAfterDestroy(settings),
  };
}
