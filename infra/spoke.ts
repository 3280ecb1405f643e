import * as azuread from "@pulumi/azuread";
import type * as pulumi from "@pulumi/pulumi";
import { routeAlerts, runPlaybooks } from "./front.ts";
import { keptAfterDestroy, nextSteps } from "./next-steps.ts";
import { limitSpending, watch } from "./operations.ts";
import { type Hub, readHub } from "./other-stacks.ts";
import { AZURE_SECURITY_INSIGHTS_CLIENT_ID } from "./permissions.ts";
import { grantRights } from "./rights.ts";
import type { InfraSettings } from "./settings.ts";
import {
  findFirstParty,
  findSentinelWorkspace,
  openSite,
  type ProgramOptions,
  type Survey,
  surveySite,
} from "./site.ts";

/**
 * A further subscription: the rights of the hub's worker in it, and the ways by which its alerts and incidents reach that
 * worker. It has no worker, vault or registration of its own.
 */

export interface SpokeOutputs {
  tenantId: string;
  subscriptionId: string;
  resourceGroupName: pulumi.Output<string>;
  /** undefined in another tenant than the hub's: alerts are not pushed from there. */
  actionGroupId?: pulumi.Output<string>;
  roleDefinitionId: pulumi.Output<string>;
  /** Client id of the playbooks' identity; undefined with `sentinel: off`. */
  playbooksClientId?: pulumi.Output<string>;
  nextSteps: string[];
  keptAfterDestroy: string[];
}

export async function deploySpoke(settings: InfraSettings, options: ProgramOptions): Promise<SpokeOutputs> {
  const survey = await surveySite(settings, options);
  const hub = await readHub(settings.hub ?? "");
  const home = hub.tenantId === survey.tenant.tenantId;
  const principalId = home ? hub.servicePrincipalId : await findConsented(hub, survey);
  const workspace = await findSentinelWorkspace(survey);
  const sentinelObjectId =
    workspace && (await findFirstParty(AZURE_SECURITY_INSIGHTS_CLIENT_ID, "Azure Security Insights"));

  const site = openSite(survey);
  const rights = grantRights(site, principalId, undefined);
  const playbooks = runPlaybooks(site, {
    sentinelObjectId,
    logsTo: hub.workspaceResourceId,
    worker: { publicUrl: hub.publicUrl, appIdUri: hub.appIdUri, servicePrincipalId: hub.servicePrincipalId },
  });
  const ownRuleIds = watch(site, {});
  const routing = home ? routeAlerts(site, { ...hub, ownRuleIds }) : undefined;
  limitSpending(site);
  return {
    ...site.tenant,
    resourceGroupName: site.group.name,
    ...(routing === undefined ? {} : { actionGroupId: routing.actionGroupId }),
    roleDefinitionId: rights.roleDefinitionId,
    ...(playbooks === undefined ? {} : { playbooksClientId: playbooks.identityClientId }),
    nextSteps: [...nextSteps(settings), stepInHub(home)],
    keptAfterDestroy: keptAfterDestroy(settings),
  };
}

/** The hub's principal in this tenant, which an administrator's consent has made. */
async function findConsented({ clientId, audience, tenantId }: Hub, survey: Survey): Promise<string> {
  if (audience !== "multi") {
    throw new Error(
      `watchbell:hub serves tenant ${tenantId} only: set watchbell:audience multi there, or delegate this subscription by Azure Lighthouse and name it in watchbell:subscriptions there`,
    );
  }
  if (survey.settings.sentinel !== "off") {
    throw new Error(
      "watchbell:sentinel: playbooks cannot push to a worker of another tenant; set watchbell:sentinel off",
    );
  }
  try {
    return (await azuread.getServicePrincipal({ clientId })).objectId;
  } catch (cause) {
    const consent = `https://login.microsoftonline.com/${survey.tenant.tenantId}/adminconsent?client_id=${clientId}`;
    throw new Error(`watchbell:hub: this tenant has not consented to it; an administrator opens ${consent}`, { cause });
  }
}

function stepInHub(home: boolean): string {
  return home
    ? "Once: add this stack to `watchbell:spokes` of the hub and run `pulumi up` there, so that its worker reads and writes this subscription."
    : "The rights are given, but this version's worker has tokens of its own tenant only: until it signs in here too, use Azure Lighthouse.";
}
