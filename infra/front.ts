import * as pulumi from "@pulumi/pulumi";
import { AlertRouting } from "./components/alert-routing.ts";
import { Playbooks } from "./components/playbooks.ts";
import { PortalRegistration } from "./components/portal-registration.ts";
import { WorkerHost } from "./components/worker-host.ts";
import type { Foundation } from "./foundation.ts";
import type { FoundFirst } from "./full.ts";
import { watch } from "./operations.ts";
import type { Site } from "./site.ts";

/** What has an address: the host of the worker, sign-in for people, and the ways by which alerts come in. */
export interface Front {
  host: WorkerHost;
  publicUrl: pulumi.Output<string>;
  portal: PortalRegistration;
  /** undefined with `sentinel: off`. */
  playbooks: Playbooks | undefined;
  routing: AlertRouting;
}

export function openFront(site: Site, found: FoundFirst, base: Foundation): Front {
  const host = openHost(site, base);
  const publicUrl = pulumi.output(site.settings.publicUrl ?? host.originOf(site.names.containerApp));
  const portal = new PortalRegistration("portal", {
    tenantId: site.tenant.tenantId,
    displayName: site.names.portalRegistration,
    notes: site.notes,
    ownerObjectIds: site.ownerObjectIds,
    publicUrl,
    identityPrincipalId: base.identity.principalId,
  });
  const { appIdUri, servicePrincipalId } = base.daemon;
  const playbooks = runPlaybooks(site, {
    sentinelObjectId: found.sentinel?.objectId,
    logsTo: base.safe.logsTo,
    worker: { publicUrl, appIdUri, servicePrincipalId },
  });
  const ownRuleIds = watchWorker(site, base, portal);
  const routing = routeAlerts(site, {
    publicUrl,
    appIdUri,
    applicationObjectId: base.daemon.applicationObjectId,
    ownRuleIds,
    // Only owners of the application may point an action group at it.
    dependsOn: [base.daemon],
  });
  return { host, publicUrl, portal, playbooks, routing };
}

function openHost({ settings, names, place }: Site, { safe, network }: Foundation): WorkerHost {
  return new WorkerHost("worker-host", {
    ...place,
    logsTo: safe.logsTo,
    environmentName: names.containerEnvironment,
    infrastructureGroup: names.containerInfrastructureGroup,
    zoneRedundant: settings.zoneRedundant,
    ...(network === undefined ? {} : { subnetId: network.workerSubnetId }),
  });
}

export interface PlaybookSurroundings {
  /** Object id of Azure Security Insights; undefined with `sentinel: off`. */
  sentinelObjectId: string | undefined;
  logsTo: pulumi.Input<string>;
  worker: ConstructorParameters<typeof Playbooks>[1]["worker"];
}

export function runPlaybooks(site: Site, around: PlaybookSurroundings): Playbooks | undefined {
  const { settings, names } = site;
  const { sentinelObjectId } = around;
  if (settings.sentinel === "off" || sentinelObjectId === undefined) return undefined;
  return new Playbooks("playbooks", {
    ...site.tenant,
    location: settings.location,
    tags: site.tags,
    logsTo: around.logsTo,
    groupName: names.playbookGroup,
    identityName: names.playbookIdentity,
    roleName: names.playbookRoleName,
    roleDefinitionId: names.playbookRoleDefinitionId,
    workspaceId: settings.sentinel,
    sentinelObjectId,
    worker: around.worker,
    workflows: site.workflows,
  });
}

function watchWorker(site: Site, { daemon, logs, secret }: Foundation, portal: PortalRegistration): string[] {
  return watch(site, {
    workspaceId: logs.workspaceResourceId,
    appName: site.names.containerApp,
    directory: {
      servicePrincipalId: daemon.servicePrincipalId,
      objectIds: [
        daemon.applicationObjectId,
        daemon.servicePrincipalId,
        portal.applicationObjectId,
        portal.servicePrincipalId,
      ],
    },
    secret: secret?.current,
  });
}

export interface RoutingTarget {
  publicUrl: pulumi.Input<string>;
  appIdUri: pulumi.Input<string>;
  applicationObjectId: pulumi.Input<string>;
  ownRuleIds: readonly string[];
  dependsOn?: pulumi.Resource[];
}

export function routeAlerts(site: Site, { dependsOn = [], ...target }: RoutingTarget): AlertRouting {
  const { names, place } = site;
  const args = {
    ...site.tenant,
    ...target,
    resourceGroupName: place.resourceGroupName,
    tags: place.tags,
    actionGroupName: names.actionGroup,
    shortName: names.actionGroupShortName,
    ruleName: names.alertProcessingRule,
  };
  return new AlertRouting("alerts", args, { dependsOn });
}
