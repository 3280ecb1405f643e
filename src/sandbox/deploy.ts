import {
  AZURE_MONITOR_CLIENT_ID,
  AZURE_SECURITY_INSIGHTS_CLIENT_ID,
  MICROSOFT_GRAPH_CLIENT_ID,
  PORTAL_ROLES,
} from "../../infra/permissions.ts";
import { type RegisteredResource, type Tenancy, toArm } from "./deployed-arm.ts";
import { applyToDirectory, type DeployedObject, type DirectoryChanges, toDirectory } from "./deployed-directory.ts";
import type { ArmResource, Directory, DirectoryServicePrincipal, World } from "./world.ts";

/**
 * Deploys the infra program into the simulated Azure: the same program that `pulumi up` runs, in process, through
 * Pulumi's mocks. In: a world and settings of the program. Out: what the program outputs. Ids are derived from tenant
 * and name, so a later start deploys onto the same resources. A resource that the sandbox cannot hold rejects, and
 * nothing of the deployment is kept.
 */

/** Settings of the program (infra/settings.ts) by name; those left out have the sandbox's or the program's default. */
export interface SandboxSettings {
  /** Origin of the portal; plain http on loopback is accepted. */
  publicUrl: string;
  /** Settings of the worker by name, handed to it as the Container App would. */
  worker?: Record<string, string>;
  [name: string]: unknown;
}

export interface SandboxOutputs {
  tenantId: string;
  subscriptionId: string;
  publicUrl: string;
  clientId: string;
  appIdUri: string;
  portalClientId: string;
  portalServicePrincipalId: string;
  managedIdentityClientId: string;
  managedIdentityPrincipalId: string;
  actionGroupId: string;
  roleDefinitionId: string;
  workspaceId: string;
  vaultUri: string;
  /** All environment variables of the worker but the secret ones and the database's address. */
  workerEnvironment: Record<string, string>;
}

/** What is needed of infra/. It is loaded on demand: @pulumi/* are development dependencies. */
interface InfraProgram {
  deployWatchbell(settings: unknown, options: { now: number }): Promise<Record<string, unknown>>;
}
interface InfraSettingsReader {
  readInfraSettings(raw: Readonly<Record<string, unknown>>): unknown;
}
interface InfraNaming {
  stableGuid(name: string): string;
}

const INFRA = new URL("../../infra/", import.meta.url);

/** Placeholder for what only a real subscription needs: the sandbox pulls no image. */
const DEFAULTS = { environment: "sandbox", image: "registry.example/watchbell/worker:sandbox" };

/** The deployed database is a resource without a server behind it; the sandbox's worker brings its own. */
const DATABASE_VARIABLES = ["DATABASE_URL", "WATCHBELL_DATABASE_ENTRA_AUTH"];

/** App roles of Microsoft Graph that a program may ask for, with their ids of the public cloud. */
const GRAPH_ROLE_IDS: Readonly<Record<string, string>> = {
  "SecurityIncident.Read.All": "45cc0394-e837-488b-a098-1918f48d186c",
  "SecurityIncident.ReadWrite.All": "34bf0e97-1971-4929-b999-9e2442d941d7",
  "SecurityAlert.Read.All": "472e4a4d-bb4a-4026-98d1-0b0d74cb74a5",
  "SecurityAlert.ReadWrite.All": "ed4fca05-be46-441f-9803-1873825f8fdb",
};

/** Who has which role in the portal: what an administrator would assign by hand after a deployment. */
const DEMO_ROLES: Readonly<Record<string, string>> = {
  "Dana Weiss": "Admin",
  "Cem Yıldız": "Manager",
  "Ana Ribeiro": "Responder",
  "Ben Okafor": "Responder",
  "Elif Arslan": "Viewer",
};

/** Pulumi's runtime is one per process, so deployments wait for each other. */
let queue: Promise<unknown> = Promise.resolve();

/** Deploys into `world` and returns the program's outputs. Rejects with all wrong settings at once. */
export function deployInto(world: World, settings: SandboxSettings): Promise<SandboxOutputs> {
  const deployment = queue.then(() => deploy(world, settings));
  queue = deployment.catch(() => undefined);
  return deployment;
}

async function deploy(world: World, settings: SandboxSettings): Promise<SandboxOutputs> {
  const { stableGuid } = await load<InfraNaming>("naming.ts");
  const { readInfraSettings } = await load<InfraSettingsReader>("settings.ts");
  const checked = readInfraSettings({ ...DEFAULTS, ...settings });
  const guid = (name: string) => stableGuid(`${world.directory.tenantId}/${name}`);
  admitFirstParties(world.directory, guid);
  const deployment = new Deployment(world, guid);
  const outputs = (await runProgram(deployment, checked)) as unknown as SandboxOutputs;
  deployment.finish();
  assignDemoRoles(world.directory, outputs.portalServicePrincipalId);
  const environment = Object.entries(outputs.workerEnvironment).filter(([name]) => !DATABASE_VARIABLES.includes(name));
  return { ...outputs, workerEnvironment: Object.fromEntries(environment) };
}

async function load<T>(file: string): Promise<T> {
  return (await import(/* @vite-ignore */ new URL(file, INFRA).href)) as T;
}

/** One run of the program: gathers what it registers and answers what it asks. */
class Deployment {
  readonly #world: World;
  readonly #tenancy: Tenancy;
  readonly #resources: ArmResource[] = [];
  readonly #changes: DirectoryChanges = { applications: [], servicePrincipals: [], grants: [] };
  #failure: unknown;

  constructor(world: World, guid: (name: string) => string) {
    this.#world = world;
    const { subscriptionId, workspaceId } = world;
    this.#tenancy = { tenantId: world.directory.tenantId, subscriptionId, workspaceId, guid };
  }

  now(): number {
    return this.#world.now();
  }

  /** Id and outputs of a resource. A failure is kept for `finish`: inside Pulumi it would end the process. */
  register(registered: RegisteredResource): DeployedObject {
    try {
      if (registered.type.startsWith("azuread:")) return toDirectory(registered, this.#changes, this.#tenancy.guid);
      if (registered.type.startsWith("azure-native:")) return this.#registerArm(registered);
      return { id: "", state: { ...registered.inputs } };
    } catch (error) {
      this.#failure ??= error;
      return { id: registered.name, state: { ...registered.inputs } };
    }
  }

  #registerArm(registered: RegisteredResource): DeployedObject {
    const { resource, state } = toArm(registered, this.#tenancy);
    this.#resources.push(resource);
    if (registered.type === "azure-native:managedidentity:UserAssignedIdentity") {
      this.#changes.servicePrincipals.push(managedIdentity(state));
    }
    return { id: resource.id, state };
  }

  /** Answer of a provider function. */
  invoke(token: string, inputs: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const { tenantId, subscriptionId, guid } = this.#tenancy;
    if (token === "azure-native:authorization:getClientConfig") {
      return { tenantId, subscriptionId, objectId: guid("deployer/object"), clientId: guid("deployer/client") };
    }
    if (token === "azuread:index/getServicePrincipal:getServicePrincipal") {
      const found = this.#world.directory.servicePrincipals.find((each) => each.clientId === inputs["clientId"]);
      const appRoleIds = inputs["clientId"] === MICROSOFT_GRAPH_CLIENT_ID ? GRAPH_ROLE_IDS : {};
      if (found !== undefined) return { ...found, appRoleIds };
    }
    if (token === "azure-native:operationalinsights:getWorkspace") return { customerId: this.#tenancy.workspaceId };
    // What the tenant holds is this environment's own: an earlier start deployed it.
    if (token === "azuread:index/getApplication:getApplication") throw new Error("no application of that name");
    throw new Error(`the sandbox cannot answer ${token}`);
  }

  /** Brings the deployment into the world, or throws the first failure and leaves the world as it was. */
  finish(): void {
    if (this.#failure !== undefined) throw this.#failure;
    for (const resource of this.#resources) this.#world.resources.put(resource);
    applyToDirectory(this.#world.directory, this.#changes);
  }
}

async function runProgram(deployment: Deployment, settings: unknown): Promise<Record<string, unknown>> {
  const pulumi = await import("@pulumi/pulumi");
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) =>
        deployment.register({ type, name, inputs: revealed(inputs) as Record<string, unknown> }),
      call: (args) => deployment.invoke(args.token, args.inputs),
    },
    "watchbell",
    "sandbox",
    false,
  );
  try {
    const { deployWatchbell } = await load<InfraProgram>("program.ts");
    const outputs = pulumi.output(await deployWatchbell(settings, { now: deployment.now() }));
    return await new Promise((resolve) => {
      outputs.apply((values) => resolve(values as Record<string, unknown>));
    });
  } finally {
    await pulumi.runtime.disconnect();
  }
}

/** Key under which Pulumi marks a value as secret on its way to a provider. */
const SECRET_MARK = "4dabf18193072939515e22adb298388d";

/** Inputs without the marks: to Azure a secret is a value. */
function revealed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== "object" || value === null) return value;
  if (SECRET_MARK in value && "value" in value) return revealed(value.value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revealed(item)]));
}

/** A user-assigned identity is a principal of the tenant too. */
function managedIdentity(state: Readonly<Record<string, unknown>>): DirectoryServicePrincipal {
  return {
    objectId: String(state["principalId"]),
    clientId: String(state["clientId"]),
    displayName: String(state["name"]),
    appRoleAssignmentRequired: false,
    kind: "managed-identity",
  };
}

/** Microsoft's own principals that the program looks up, as every tenant has them. */
function admitFirstParties(directory: Directory, guid: (name: string) => string): void {
  const firstParties = {
    [AZURE_MONITOR_CLIENT_ID]: "Azns AAD Webhook",
    [AZURE_SECURITY_INSIGHTS_CLIENT_ID]: "Azure Security Insights",
    [MICROSOFT_GRAPH_CLIENT_ID]: "Microsoft Graph",
  };
  for (const [clientId, displayName] of Object.entries(firstParties)) {
    if (directory.servicePrincipals.some((principal) => principal.clientId === clientId)) continue;
    const objectId = guid(`first-party/${clientId}`);
    const principal = {
      objectId,
      clientId,
      displayName,
      appRoleAssignmentRequired: false,
      kind: "first-party" as const,
    };
    directory.servicePrincipals.push(principal);
  }
}

/** People who are not in the tenant get nothing; those who have a role of the portal already keep it. */
function assignDemoRoles(directory: Directory, resourceObjectId: string): void {
  for (const { displayName, objectId: principalObjectId } of directory.users) {
    const role = PORTAL_ROLES.find((each) => each.value === DEMO_ROLES[displayName]);
    const assigned = directory.grants.some(
      (grant) => grant.principalObjectId === principalObjectId && grant.resourceObjectId === resourceObjectId,
    );
    if (role !== undefined && !assigned) {
      directory.grants.push({ principalObjectId, resourceObjectId, appRoleId: role.id });
    }
  }
}
