import * as authorization from "@pulumi/azure-native/authorization/index.js";
import * as resources from "@pulumi/azure-native/resources/index.js";
import * as azuread from "@pulumi/azuread";
import * as pulumi from "@pulumi/pulumi";
import { type SettingName, variableOf } from "../src/settings.ts";
import { AlertRouting } from "./components/alert-routing.ts";
import { AzureAccess } from "./components/azure-access.ts";
import { Observability } from "./components/observability.ts";
import { PortalRegistration } from "./components/portal-registration.ts";
import { SecretVault } from "./components/secret-vault.ts";
import { WORKER_PORT, WorkerApp } from "./components/worker-app.ts";
import { WorkerHost } from "./components/worker-host.ts";
import { WorkerIdentity } from "./components/worker-identity.ts";
import { type Names, namesOf, tagsOf } from "./naming.ts";
import { AZURE_MONITOR_CLIENT_ID } from "./permissions.ts";
import type { InfraSettings } from "./settings.ts";

/**
 * Everything Watchbell is in one subscription. In: checked settings and the credentials of whoever deploys. Out: ids and
 * addresses, never a secret. Run by `pulumi up` (index.ts), by the sandbox and by the tests, the same each time.
 */

export interface WatchbellOutputs {
  tenantId: string;
  subscriptionId: string;
  resourceGroupName: pulumi.Output<string>;
  publicUrl: pulumi.Output<string>;
  /** Client id of the daemon's registration. */
  clientId: pulumi.Output<string>;
  appIdUri: pulumi.Output<string>;
  portalClientId: pulumi.Output<string>;
  /** Object id of the portal's enterprise application: where an administrator assigns people their role. */
  portalServicePrincipalId: pulumi.Output<string>;
  managedIdentityClientId: pulumi.Output<string>;
  managedIdentityPrincipalId: pulumi.Output<string>;
  actionGroupId: pulumi.Output<string>;
  roleDefinitionId: pulumi.Output<string>;
  /** Log Analytics workspace (customer id). */
  workspaceId: pulumi.Output<string>;
  vaultUri: pulumi.Output<string>;
  /** Environment variables of the worker, all but the secret ones. */
  workerEnvironment: pulumi.Output<Record<string, string>>;
  /** What is left to do by hand; empty when nothing is. */
  nextSteps: string[];
}

export interface ProgramOptions {
  /** For resources that name a principal just created; see replication.ts. Only a real engine can run hooks. */
  hooks?: pulumi.ResourceHookBinding;
}

/** Declares all resources. Rejects when the caller's tenant or subscription cannot be read. */
export async function deployWatchbell(
  settings: InfraSettings,
  options: ProgramOptions = {},
): Promise<WatchbellOutputs> {
  const site = await prepareSite(settings, options);
  const logs = observe(site);
  const identity = identify(site);
  const vault = keepSecrets(site, identity);
  logs.collect("vault-logs", vault.vaultId);
  const host = new WorkerHost("worker-host", { ...site.place, environmentName: site.names.containerEnvironment });
  logs.collect("worker-host-logs", host.environmentId);
  const publicUrl = pulumi.output(settings.publicUrl ?? host.originOf(site.names.containerApp));
  const portal = admitPeople(site, identity, publicUrl);
  const routing = routeAlerts(site, identity, publicUrl);
  const access = grantAccess(site, identity);
  const workerEnvironment = environmentOf(site, { publicUrl, identity, portal, logs });
  runWorker(site, { identity, host, workerEnvironment, dependsOn: [vault.readAccess, access] });
  return {
    ...site.tenant,
    resourceGroupName: site.place.resourceGroupName,
    publicUrl,
    clientId: identity.clientId,
    appIdUri: identity.appIdUri,
    portalClientId: portal.clientId,
    portalServicePrincipalId: portal.servicePrincipalId,
    managedIdentityClientId: identity.identityClientId,
    managedIdentityPrincipalId: identity.identityPrincipalId,
    actionGroupId: routing.actionGroupId,
    roleDefinitionId: access.roleDefinitionId,
    workspaceId: logs.customerId,
    vaultUri: vault.vaultUri,
    workerEnvironment,
    nextSteps: nextSteps(settings),
  };
}

/** Where and for whom everything is made. */
interface Site {
  settings: InfraSettings;
  names: Names;
  tenant: { tenantId: string; subscriptionId: string };
  place: { resourceGroupName: pulumi.Output<string>; location: string; tags: Record<string, string> };
  ownerObjectIds: readonly string[];
  azureMonitorObjectId: string;
  hooks: { hooks?: pulumi.ResourceHookBinding };
}

async function prepareSite(settings: InfraSettings, options: ProgramOptions): Promise<Site> {
  const deployer = await authorization.getClientConfig();
  const names = namesOf(settings.environment, deployer.subscriptionId);
  const tags = tagsOf(settings.environment, settings.tags);
  const azureMonitorObjectId = await findAzureMonitor();
  const group = new resources.ResourceGroup("resource-group", {
    resourceGroupName: names.resourceGroup,
    location: settings.location,
    tags,
  });
  return {
    settings,
    names,
    tenant: { tenantId: deployer.tenantId, subscriptionId: deployer.subscriptionId },
    place: { resourceGroupName: group.name, location: settings.location, tags },
    ownerObjectIds: ownersOf(settings.owners, deployer.objectId),
    azureMonitorObjectId,
    hooks: options.hooks === undefined ? {} : { hooks: options.hooks },
  };
}

/**
 * Looked up, not declared: a first-party principal that a program "uses" is deleted from the tenant by its destroy.
 * Absent only in tenants where nobody has used a secure webhook yet.
 */
async function findAzureMonitor(): Promise<string> {
  try {
    return (await azuread.getServicePrincipal({ clientId: AZURE_MONITOR_CLIENT_ID })).objectId;
  } catch (cause) {
    const command = `az ad sp create --id ${AZURE_MONITOR_CLIENT_ID}`;
    throw new Error(
      `look up Azure Monitor's service principal: if it is absent in this tenant, run \`${command}\` once`,
      {
        cause,
      },
    );
  }
}

function ownersOf(owners: readonly string[], deployerObjectId: string): string[] {
  return [...new Set(owners.map((owner) => (owner === "deployer" ? deployerObjectId : owner)))].sort();
}

function observe({ settings, names, place }: Site): Observability {
  return new Observability("logs", {
    ...place,
    workspacePrefix: names.workspacePrefix,
    retentionDays: settings.logRetentionDays,
    dailyQuotaGb: settings.logDailyQuotaGb,
  });
}

function identify(site: Site): WorkerIdentity {
  return new WorkerIdentity("worker-identity", {
    ...site.place,
    ...site.hooks,
    tenantId: site.tenant.tenantId,
    identityName: site.names.identity,
    displayName: site.names.daemonRegistration,
    ownerObjectIds: site.ownerObjectIds,
    azureMonitorObjectId: site.azureMonitorObjectId,
  });
}

function keepSecrets(site: Site, identity: WorkerIdentity): SecretVault {
  return new SecretVault("vault", {
    ...site.place,
    ...site.tenant,
    ...site.hooks,
    vaultPrefix: site.names.vaultPrefix,
    purgeProtection: site.settings.purgeProtection,
    allowedIps: site.settings.vaultAllowedIps,
    readerPrincipalId: identity.identityPrincipalId,
  });
}

function admitPeople(site: Site, identity: WorkerIdentity, publicUrl: pulumi.Output<string>): PortalRegistration {
  return new PortalRegistration("portal", {
    tenantId: site.tenant.tenantId,
    displayName: site.names.portalRegistration,
    ownerObjectIds: site.ownerObjectIds,
    publicUrl,
    identityPrincipalId: identity.identityPrincipalId,
  });
}

/** After the whole identity: only owners of the application may point an action group at it. */
function routeAlerts(site: Site, identity: WorkerIdentity, publicUrl: pulumi.Output<string>): AlertRouting {
  const args = {
    ...site.tenant,
    resourceGroupName: site.place.resourceGroupName,
    tags: site.place.tags,
    actionGroupName: site.names.actionGroup,
    shortName: site.names.actionGroupShortName,
    ruleName: site.names.alertProcessingRule,
    publicUrl,
    applicationObjectId: identity.applicationObjectId,
    appIdUri: identity.appIdUri,
  };
  return new AlertRouting("alerts", args, { dependsOn: identity });
}

function grantAccess(site: Site, identity: WorkerIdentity): AzureAccess {
  return new AzureAccess("azure-access", {
    ...site.hooks,
    subscriptionId: site.tenant.subscriptionId,
    monitor: site.settings.monitor,
    roleName: site.names.roleName,
    roleDefinitionId: site.names.roleDefinitionId,
    principalId: identity.servicePrincipalId,
  });
}

interface WorkerParts {
  identity: WorkerIdentity;
  host: WorkerHost;
  workerEnvironment: pulumi.Output<Record<string, string>>;
  /** Rights without which the app's first revision fails. */
  dependsOn: pulumi.Resource[];
}

/** Not before its database's address is known: without it the container stops at once. */
function runWorker(site: Site, parts: WorkerParts): void {
  const { databaseSecretUri, image } = site.settings;
  if (databaseSecretUri === undefined) return;
  const args = {
    ...site.place,
    environmentId: parts.host.environmentId,
    appName: site.names.containerApp,
    image,
    identityId: parts.identity.identityId,
    environment: parts.workerEnvironment,
    secretReferences: { [variableOf("database.url")]: databaseSecretUri },
  };
  new WorkerApp("worker", args, { dependsOn: parts.dependsOn });
}

interface EnvironmentSources {
  publicUrl: pulumi.Output<string>;
  identity: WorkerIdentity;
  portal: PortalRegistration;
  logs: Observability;
}

/** The worker's settings, by the names that src/settings.ts reads. */
function environmentOf({ settings, tenant }: Site, from: EnvironmentSources): pulumi.Output<Record<string, string>> {
  const own = settings.worker as Partial<Record<SettingName, string>>;
  const decided: Partial<Record<SettingName, pulumi.Input<string>>> = {
    publicUrl: from.publicUrl,
    "listen.port": String(WORKER_PORT),
    "entra.tenantId": tenant.tenantId,
    "entra.clientId": from.identity.clientId,
    "entra.credential": "federated",
    "entra.managedIdentityClientId": from.identity.identityClientId,
    "entra.portalClientId": from.portal.clientId,
    "azure.subscriptions": tenant.subscriptionId,
    "azure.workspaceId": from.logs.customerId,
    "azureMonitor.writeBack": String(settings.monitor === "read-write"),
  };
  const named = Object.entries({ ...own, ...decided }).map(([name, value]) => [variableOf(name as SettingName), value]);
  return pulumi.output(Object.fromEntries(named) as Record<string, pulumi.Input<string>>);
}

function nextSteps(settings: InfraSettings): string[] {
  if (settings.databaseSecretUri !== undefined) return [];
  return [
    "The Container App is not deployed yet: put the database's address into a secret of the vault (vaultUri), then `pulumi config set watchbell:databaseSecretUri <its address>` and `pulumi up`.",
  ];
}
