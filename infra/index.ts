import * as pulumi from "@pulumi/pulumi";
import { handleFailures } from "./failure-hook.ts";
import { deployWatchbell } from "./program.ts";
import { readInfraSettings } from "./settings.ts";

/** What `pulumi up` runs: settings from the stack's configuration, outputs by name; a profile has only some of them. */

/** Settings that hold an object; all others are texts. */
const OBJECTS = new Set(["tags", "worker"]);
const PREFIX = "watchbell:";

/** All of `watchbell:*`, also what is no setting, so that a misspelt name is reported. */
function rawSettings(): Record<string, unknown> {
  const given = Object.entries(pulumi.runtime.allConfig()).filter(([key]) => key.startsWith(PREFIX));
  return Object.fromEntries(
    given.map(([key, text]) => {
      const name = key.slice(PREFIX.length);
      return [name, OBJECTS.has(name) ? new pulumi.Config("watchbell").requireObject<unknown>(name) : text];
    }),
  );
}

const settings = readInfraSettings(rawSettings(), pulumi.getStack());
handleFailures();
const outputs: Readonly<Record<string, unknown>> = { ...(await deployWatchbell(settings)) };

export const {
  tenantId,
  subscriptionId,
  resourceGroupName,
  publicUrl,
  clientId,
  audience,
  appIdUri,
  applicationObjectId,
  servicePrincipalId,
  portalClientId,
  portalServicePrincipalId,
  managedIdentityClientId,
  managedIdentityPrincipalId,
  actionGroupId,
  roleDefinitionId,
  workspaceId,
  workspaceResourceId,
  vaultUri,
  workerEnvironment,
  playbooksClientId,
  clientSecretUri,
  clientSecretEndsAt,
  nextSteps,
  keptAfterDestroy,
} = outputs;
