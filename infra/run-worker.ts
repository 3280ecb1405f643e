import * as pulumi from "@pulumi/pulumi";
import { variableOf } from "../src/settings.ts";
import { ImageRegistry } from "./components/image-registry.ts";
import { assignRole } from "./components/role-assignment.ts";
import { WorkerApp } from "./components/worker-app.ts";
import type { Foundation } from "./foundation.ts";
import type { Front } from "./front.ts";
import type { FoundFirst } from "./full.ts";
import { roleDefinitionResourceId } from "./naming.ts";
import { BUILT_IN_ROLES } from "./permissions.ts";
import type { Site } from "./site.ts";
import { workerEnvironment } from "./worker-environment.ts";

export interface RunningWorker {
  /** All variables but the secret ones. */
  workerEnvironment: pulumi.Output<Record<string, string>>;
  /** Log Analytics customer id of the workspace that is queried. */
  workspaceId: pulumi.Output<string>;
}

/** The worker itself, after every right that its first revision needs: without them it fails a quarter of an hour later. */
export function runWorker(site: Site, found: FoundFirst, base: Foundation, front: Front): RunningWorker {
  const { identity, database } = base;
  const workspaceId = pulumi.output(found.sentinel?.customerId ?? base.logs.customerId);
  const environment = workerEnvironment(site, {
    publicUrl: front.publicUrl,
    clientId: base.daemon.clientId,
    portalClientId: front.portal.clientId,
    identityClientId: identity.clientId,
    workspaceId,
    spokes: found.spokes,
    ...(database === undefined ? {} : { databaseUrl: database.url }),
    ...(front.playbooks === undefined ? {} : { playbooksClientId: front.playbooks.identityClientId }),
  });
  const { ready, ...image } = chooseImage(site, base);
  const args = {
    ...site.place,
    ...image,
    environmentId: front.host.environmentId,
    appName: site.names.containerApp,
    identityId: identity.identityId,
    environment,
    secretReferences: secretReferences(site, base),
    replicas: { min: site.settings.replicasMin, max: site.settings.replicasMax },
  };
  new WorkerApp("worker", args, { dependsOn: [...needed(base), ...ready] });
  return { workerEnvironment: environment, workspaceId };
}

function needed({ vault, rights, secret, database }: Foundation): pulumi.Resource[] {
  return [
    ...vault.readAccess,
    ...rights.granted,
    ...(secret === undefined ? [] : [secret.secret.stored]),
    ...(database === undefined ? [] : [database.ready]),
  ];
}

/** Environment variables that hold a secret, by the address of the vault's secret. */
function secretReferences({ settings }: Site, { secret }: Foundation): Record<string, pulumi.Input<string>> {
  return {
    ...(settings.databaseSecretUri === undefined ? {} : { [variableOf("database.url")]: settings.databaseSecretUri }),
    ...(secret === undefined ? {} : { [variableOf("entra.clientSecret")]: secret.secret.secretUri }),
  };
}

interface ChosenImage {
  image: pulumi.Input<string>;
  registryServer?: pulumi.Input<string>;
  ready: pulumi.Resource[];
}

/** The image by reference, from a registry that everybody or the identity may read, or built in the subscription. */
function chooseImage(site: Site, { identity, safe }: Foundation): ChosenImage {
  const { settings, tenant, names } = site;
  if (settings.buildFrom !== undefined) {
    const built = new ImageRegistry("image", {
      ...site.place,
      ...safe,
      subscriptionId: tenant.subscriptionId,
      registryPrefix: names.registryPrefix,
      buildFrom: settings.buildFrom,
      pullerPrincipalId: identity.principalId,
    });
    return { image: built.image, registryServer: built.loginServer, ready: built.ready };
  }
  const { image = "", registry } = settings;
  if (registry === undefined) return { image, ready: [] };
  const pull = {
    scope: registry,
    principalId: identity.principalId,
    roleDefinitionId: roleDefinitionResourceId(tenant.subscriptionId, BUILT_IN_ROLES.acrPull),
  };
  const [registryServer = ""] = image.split("/");
  return { image, registryServer, ready: [assignRole("image-pull", pull, { parent: identity })] };
}
