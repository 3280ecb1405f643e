import { createHash } from "node:crypto";
import {
  AZURE_MONITOR_CLIENT_ID,
  AZURE_SECURITY_INSIGHTS_CLIENT_ID,
  MICROSOFT_GRAPH_CLIENT_ID,
} from "../../infra/permissions.ts";
import { type RegisteredResource, type Tenancy, toArm } from "../../src/sandbox/deployed-arm.ts";
import { applyToDirectory, type DirectoryChanges, toDirectory } from "../../src/sandbox/deployed-directory.ts";
import { ARM_KINDS } from "../../src/sandbox/deployed-kinds.ts";
import type { ArmResource, Directory, ResourceStore } from "../../src/sandbox/world.ts";
import { refuseCreate, refuseDelete } from "./cloud-rules.ts";
import { holdsUnknown, isRecord, type Properties, UNKNOWN } from "./property-values.ts";

/**
 * Azure and Entra as far as the engine's tests need them: resources are created, read, updated and deleted one by one, in
 * the shapes of the sandbox's store and tenant (src/sandbox/world.ts). It refuses what Azure refuses (cloud-rules.ts), it
 * refuses on command, and it can be changed past the engine. It checks no input against Azure's schemas.
 */

export const TENANT_ID = "0a1b2c3d-0000-4000-8000-000000000001";
export const SUBSCRIPTION_ID = "5ab5c71e-0000-4000-8000-000000000002";
const DEPLOYER_ID = "de910ce5-0000-4000-8000-000000000003";
const WORKSPACE_ID = "3a0f5a0f-0000-4000-8000-000000000006";

/** What the cloud holds of a resource. */
export interface Live extends RegisteredResource {
  /** In the spelling of who made it. */
  id: string;
  state: Properties;
  /** A resource that is made anew gets new ids of its own (principals, clients). */
  generation: number;
}

export interface Made {
  id: string;
  state: Properties;
}

interface Refusal {
  operation: "create" | "update" | "delete";
  type: RegExp;
  message: string;
  timesLeft: number;
}

export class SimulatedCloud {
  readonly #live = new Map<string, Live>();
  readonly #softDeletedVaults = new Set<string>();
  readonly #refusals: Refusal[] = [];
  /** `create azure-native:keyvault:Vault`, in order: what the engine has asked for. */
  readonly calls: string[] = [];
  #generation = 0;

  /** Lets the next calls of an operation on types that match fail with Azure's words. */
  refuse(operation: Refusal["operation"], type: RegExp, message: string, times = 1): void {
    this.#refusals.push({ operation, type, message, timesLeft: times });
  }

  create(resource: RegisteredResource): Made {
    this.#record("create", resource.type);
    const generation = ++this.#generation;
    const made = this.#make(resource, generation);
    refuseCreate({ ...resource, ...made, generation }, this.all(), this.directory, this.#softDeletedVaults);
    this.#live.set(made.id.toLowerCase(), { ...resource, ...made, generation });
    return made;
  }

  read(id: string): Live | undefined {
    return this.#live.get(id.toLowerCase());
  }

  update(id: string, inputs: Properties): Properties {
    const known = this.#existing(id);
    this.#record("update", known.type);
    const { state } = this.#make({ ...known, inputs }, known.generation);
    this.#live.set(id.toLowerCase(), { ...known, inputs, state });
    return state;
  }

  /** With everything below it. Deleting what is gone succeeds, as the providers take a 404. */
  delete(id: string): void {
    const known = this.read(id);
    if (known === undefined) return;
    this.#record("delete", known.type);
    refuseDelete(known, this.all());
    this.removePastEngine(id);
    if (known.type === "azure-native:keyvault:Vault") this.#softDeletedVaults.add(String(known.inputs["vaultName"]));
  }

  /** Somebody changes a resource by hand. */
  changePastEngine(id: string, change: (inputs: Properties) => Properties): void {
    const known = this.#existing(id);
    const inputs = change(structuredClone({ ...known.inputs }));
    this.#live.set(id.toLowerCase(), {
      ...known,
      inputs,
      state: this.#make({ ...known, inputs }, known.generation).state,
    });
  }

  /** Somebody deletes a resource by hand, with everything below it. */
  removePastEngine(id: string): void {
    const key = id.toLowerCase();
    for (const each of this.#live.keys()) if (each === key || each.startsWith(`${key}/`)) this.#live.delete(each);
  }

  /** What the program may read of a resource that is not made yet. */
  planned({ type, inputs }: RegisteredResource): Properties {
    const kind = ARM_KINDS[type];
    if (kind === undefined) return { ...inputs };
    const addedInside = kind.added !== undefined && isRecord(inputs["properties"]);
    return { ...inputs, name: inputs[kind.nameInput] ?? UNKNOWN, ...(addedInside ? { properties: UNKNOWN } : {}) };
  }

  softDeletedVaults(): string[] {
    return [...this.#softDeletedVaults];
  }

  all(): Live[] {
    return [...this.#live.values()];
  }

  /** The only resource whose type ends so, by its name in the program where there are several. */
  only(typeEnd: string, name?: string): Live {
    const found = this.all().filter(
      (each) => each.type.endsWith(typeEnd) && (name === undefined || each.name === name),
    );
    if (found.length !== 1) throw new Error(`expected one ${typeEnd} ${name ?? ""}, found ${found.length}`);
    return found[0] as Live;
  }

  /** What is deployed, as the sandbox keeps it. */
  get resources(): Pick<ResourceStore, "get" | "list"> {
    const arm = this.all().filter(({ type }) => type in ARM_KINDS);
    const stored = arm.map((each): ArmResource => toArm(each, this.#tenancy(each.generation)).resource);
    return {
      get: (id) => stored.find((each) => each.id.toLowerCase() === id.toLowerCase()),
      list: (type) => stored.filter((each) => type === "*" || each.type.toLowerCase() === type.toLowerCase()),
    };
  }

  /** The tenant, as the sandbox keeps it. */
  get directory(): Directory {
    const directory: Directory = {
      tenantId: TENANT_ID,
      applications: [],
      servicePrincipals: [],
      users: [],
      grants: [],
    };
    for (const [clientId, displayName] of Object.entries(FIRST_PARTIES)) {
      const objectId = guid(`first-party/${clientId}`);
      directory.servicePrincipals.push({ ...PRINCIPAL, objectId, clientId, displayName, kind: "first-party" });
    }
    const changes: DirectoryChanges = { applications: [], servicePrincipals: [], grants: [] };
    for (const each of this.all()) {
      if (each.type.startsWith("azuread:")) toDirectory(each, changes, this.#tenancy(each.generation).guid);
      if (each.type.endsWith(":UserAssignedIdentity")) changes.servicePrincipals.push(managedIdentity(each.state));
    }
    applyToDirectory(directory, changes);
    return directory;
  }

  /** Answer of a provider function. */
  invoke(token: string, args: Properties): Properties {
    if (token === "azure-native:authorization:getClientConfig") {
      return { tenantId: TENANT_ID, subscriptionId: SUBSCRIPTION_ID, objectId: DEPLOYER_ID, clientId: DEPLOYER_ID };
    }
    if (token === "azuread:index/getServicePrincipal:getServicePrincipal") {
      const found = this.directory.servicePrincipals.find(({ clientId }) => clientId === args["clientId"]);
      if (found !== undefined) return { ...found, id: found.objectId, appRoleIds: {} };
    }
    if (token === "azuread:index/getApplication:getApplication") {
      const found = this.all().find(
        ({ type, inputs }) =>
          type.endsWith(":ApplicationRegistration") && inputs["displayName"] === args["displayName"],
      );
      if (found !== undefined) return { ...found.state, id: found.id, notes: found.inputs["notes"] };
    }
    throw new Error(`${token}: not found`);
  }

  #make(resource: RegisteredResource, generation: number): Made {
    if (holdsUnknown(resource.inputs)) throw new Error(`${resource.name}: an unknown value reached the cloud`);
    const tenancy = this.#tenancy(generation);
    if (resource.type.startsWith("azuread:")) return this.#makeInTenant(resource, tenancy);
    const { resource: arm, state } = toArm(resource, tenancy);
    return { id: arm.id, state };
  }

  /** Parts of an application are made on those that are there. */
  #makeInTenant(resource: RegisteredResource, tenancy: Tenancy): Made {
    const { applications } = this.directory;
    return toDirectory(resource, { applications, servicePrincipals: [], grants: [] }, tenancy.guid);
  }

  #tenancy(generation: number): Tenancy {
    return {
      tenantId: TENANT_ID,
      subscriptionId: SUBSCRIPTION_ID,
      workspaceId: WORKSPACE_ID,
      guid: (name) => guid(`${generation}/${name}`),
    };
  }

  #existing(id: string): Live {
    const known = this.read(id);
    if (known === undefined) throw new Error(`ResourceNotFound: ${id}`);
    return known;
  }

  #record(operation: Refusal["operation"], type: string): void {
    this.calls.push(`${operation} ${type}`);
    const refusal = this.#refusals.find(
      (each) => each.operation === operation && each.type.test(type) && each.timesLeft > 0,
    );
    if (refusal === undefined) return;
    refusal.timesLeft -= 1;
    throw new Error(refusal.message);
  }
}

/** Microsoft's own principals, in every tenant. */
const FIRST_PARTIES = {
  [AZURE_MONITOR_CLIENT_ID]: "Azns AAD Webhook",
  [AZURE_SECURITY_INSIGHTS_CLIENT_ID]: "Azure Security Insights",
  [MICROSOFT_GRAPH_CLIENT_ID]: "Microsoft Graph",
};
const PRINCIPAL = { appRoleAssignmentRequired: false };

function managedIdentity(state: Properties): Directory["servicePrincipals"][number] {
  const [objectId, clientId, displayName] = [state["principalId"], state["clientId"], state["name"]].map(String);
  return {
    ...PRINCIPAL,
    objectId,
    clientId,
    displayName,
    kind: "managed-identity",
  } as Directory["servicePrincipals"][number];
}

function guid(name: string): string {
  const hex = createHash("sha256").update(name).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}
