import * as pulumi from "@pulumi/pulumi";
import { deployWatchbell } from "./program.ts";
import { replicationHook } from "./replication.ts";
import { readInfraSettings } from "./settings.ts";

/** What `pulumi up` runs: settings from the stack's configuration, outputs by name. */

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

export const {
  tenantId,
  subscriptionId,
  resourceGroupName,
  publicUrl,
  clientId,
  appIdUri,
  portalClientId,
  portalServicePrincipalId,
  managedIdentityClientId,
  managedIdentityPrincipalId,
  actionGroupId,
  roleDefinitionId,
  workspaceId,
  vaultUri,
  workerEnvironment,
  nextSteps,
} = await deployWatchbell(readInfraSettings(rawSettings(), pulumi.getStack()), {
  hooks: { onError: [replicationHook()] },
});
