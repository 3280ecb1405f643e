import * as pulumi from "@pulumi/pulumi";

/**
 * What stacks read of each other, by StackReference: a spoke its hub, a hub its spokes. Read before the first resource, so
 * that a stack of the wrong kind stops the run while nothing is changed.
 */

/** The outputs of a stack of profile `full` that a spoke needs. */
export interface Hub {
  readonly tenantId: string;
  readonly clientId: string;
  readonly audience: "single" | "multi";
  readonly publicUrl: string;
  readonly appIdUri: string;
  /** Object ids of the daemon's application and service principal. */
  readonly applicationObjectId: string;
  readonly servicePrincipalId: string;
  readonly workspaceResourceId: string;
}

const HUB_OUTPUTS = [
  "tenantId",
  "clientId",
  "audience",
  "publicUrl",
  "appIdUri",
  "applicationObjectId",
  "servicePrincipalId",
  "workspaceResourceId",
] as const satisfies readonly (keyof Hub)[];

/** Rejects when the stack is not deployed, or not of profile `full`. */
export async function readHub(stack: string): Promise<Hub> {
  const reference = new pulumi.StackReference("hub", { name: stack });
  const values = await Promise.all(HUB_OUTPUTS.map(async (name) => [name, await textOutput(reference, name)] as const));
  const missing = values.filter(([, value]) => value === undefined).map(([name]) => name);
  if (missing.length > 0) {
    throw new Error(
      `watchbell:hub: stack ${stack} has no output ${missing.join(", ")}; it must be of profile full, and \`pulumi up\` must have run there with this version`,
    );
  }
  return Object.fromEntries(values) as unknown as Hub;
}

/** The outputs of a stack of profile `spoke` that its hub needs. */
export interface Spoke {
  readonly tenantId: string;
  readonly subscriptionId: string;
  /** Client id of its playbooks' identity, which may push; undefined = it has none. */
  readonly playbooksClientId: string | undefined;
}

/** Rejects when one of the stacks is not deployed. */
export function readSpokes(stacks: readonly string[]): Promise<Spoke[]> {
  return Promise.all(stacks.map(readSpoke));
}

async function readSpoke(stack: string): Promise<Spoke> {
  const reference = new pulumi.StackReference(`spoke ${stack}`, { name: stack });
  const [tenantId, subscriptionId, playbooksClientId] = await Promise.all(
    ["tenantId", "subscriptionId", "playbooksClientId"].map((name) => textOutput(reference, name)),
  );
  if (tenantId === undefined || subscriptionId === undefined) {
    throw new Error(`watchbell:spokes: stack ${stack} has no output subscriptionId; run \`pulumi up\` there first`);
  }
  return { tenantId, subscriptionId, playbooksClientId };
}

async function textOutput(reference: pulumi.StackReference, name: string): Promise<string | undefined> {
  const { value } = await reference.getOutputDetails(name);
  return typeof value === "string" ? value : undefined;
}
