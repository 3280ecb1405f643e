import * as pulumi from "@pulumi/pulumi";
import { type SettingName, variableOf } from "../src/settings.ts";
import { WORKER_PORT } from "./components/worker-app.ts";
import type { Spoke } from "./other-stacks.ts";
import { AZURE_MONITOR_CLIENT_ID } from "./permissions.ts";
import type { Site } from "./site.ts";

/** The worker's settings as environment variables, by the names that src/settings.ts reads. */

export interface EnvironmentSources {
  publicUrl: pulumi.Input<string>;
  clientId: pulumi.Input<string>;
  portalClientId: pulumi.Input<string>;
  identityClientId: pulumi.Input<string>;
  /** Log Analytics customer id of the workspace that is queried. */
  workspaceId: pulumi.Input<string>;
  /** Address of the program's own database, without password; undefined = it comes as a secret. */
  databaseUrl?: pulumi.Input<string>;
  /** Client id of the own playbooks' identity. */
  playbooksClientId?: pulumi.Input<string>;
  spokes: readonly Spoke[];
}

/** All variables but the secret ones. */
export function workerEnvironment(site: Site, from: EnvironmentSources): pulumi.Output<Record<string, string>> {
  const { settings, tenant } = site;
  const own = settings.worker as Partial<Record<SettingName, string>>;
  const decided: Partial<Record<SettingName, pulumi.Input<string>>> = {
    publicUrl: from.publicUrl,
    "listen.port": String(WORKER_PORT),
    "entra.tenantId": tenant.tenantId,
    "entra.clientId": from.clientId,
    "entra.credential": settings.credential,
    "entra.managedIdentityClientId": from.identityClientId,
    "entra.portalClientId": from.portalClientId,
    "azure.subscriptions": subscriptionsOf(site, from.spokes).join(","),
    "azure.workspaceId": from.workspaceId,
    "azureMonitor.writeBack": String(settings.monitor === "read-write"),
    ...callersOf(own["intake.callers"], from),
    ...(from.databaseUrl === undefined ? {} : { "database.url": from.databaseUrl, "database.entraAuth": "true" }),
  };
  const named = Object.entries({ ...own, ...decided }).map(([name, value]) => [variableOf(name as SettingName), value]);
  return pulumi.output(Object.fromEntries(named) as Record<string, pulumi.Input<string>>);
}

/** Own subscription first. A spoke of another tenant is left out: the worker has tokens of its own tenant only. */
function subscriptionsOf({ settings, tenant }: Site, spokes: readonly Spoke[]): string[] {
  const served = spokes.filter((spoke) => spoke.tenantId === tenant.tenantId).map((spoke) => spoke.subscriptionId);
  return [...new Set([tenant.subscriptionId, ...served, ...settings.subscriptions])];
}

/** Who may push, where that is more than the worker's default (Azure Monitor). */
function callersOf(
  given: string | undefined,
  { playbooksClientId, spokes }: EnvironmentSources,
): Partial<Record<SettingName, pulumi.Input<string>>> {
  const playbooks = [playbooksClientId, ...spokes.map((spoke) => spoke.playbooksClientId)].filter(
    (clientId) => clientId !== undefined,
  );
  if (playbooks.length === 0) return {};
  const known = given ?? AZURE_MONITOR_CLIENT_ID;
  return { "intake.callers": pulumi.all(playbooks).apply((clientIds) => [known, ...clientIds].join(",")) };
}
