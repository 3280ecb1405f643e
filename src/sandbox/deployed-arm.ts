import { ARM_KINDS, type ArmKind, type Tenancy } from "./deployed-kinds.ts";
import type { ArmResource } from "./world.ts";

export type { Tenancy };

/**
 * From what the program says about an azure-native resource to the resource as ARM keeps it. The provider's inputs are
 * flattened (`properties` is left out) and name the resource by a key of their own; ARM's body is not and does not.
 */

/** A resource as Pulumi registers it. */
export interface RegisteredResource {
  type: string;
  /** Logical name in the program. */
  name: string;
  inputs: Readonly<Record<string, unknown>>;
}

type Inputs = Readonly<Record<string, unknown>>;
type Properties = Record<string, unknown>;

/** Members of ARM's envelope; every other input is a property. */
const ENVELOPE = ["location", "tags", "identity"] as const;

export interface DeployedArm {
  resource: ArmResource;
  /** What the program may read of it, flattened as the provider does it. */
  state: Record<string, unknown>;
}

/** The ARM resource of a registration, and its outputs. Throws for a type that the sandbox has no mapping for. */
export function toArm(registered: RegisteredResource, tenancy: Tenancy): DeployedArm {
  const kind = ARM_KINDS[registered.type];
  if (kind === undefined) throw new Error(`the sandbox cannot hold ${registered.type}`);
  const { inputs } = registered;
  const name =
    typeof inputs[kind.nameInput] === "string" ? String(inputs[kind.nameInput]) : autoName(registered, tenancy);
  const id = idOf(kind, name, inputs, tenancy);
  const added = kind.added?.(tenancy, name, inputs) ?? {};
  const body = armBody(registered);
  const properties = { ...(body["properties"] as Properties), ...added };
  const readable = Object.entries(properties).filter(([key]) => kind.writeOnly?.includes(key) !== true);
  return {
    resource: {
      id,
      type: kind.type,
      apiVersion: kind.apiVersion,
      body: { ...body, id, name, type: kind.type, properties: Object.fromEntries(readable) },
    },
    state: {
      ...inputs,
      ...("properties" in inputs ? { properties } : added),
      name,
    },
  };
}

/** The body of the PUT that the provider sends: envelope and `properties`, without what Azure adds. */
export function armBody({ type, inputs }: RegisteredResource): Record<string, unknown> {
  const kind = ARM_KINDS[type];
  if (kind === undefined) throw new Error(`the sandbox cannot hold ${type}`);
  const envelope = [...ENVELOPE, ...(kind.envelope ?? [])]
    .filter((member) => inputs[member] !== undefined)
    .map((member) => [member, member === "identity" ? armIdentity(inputs[member] as Inputs) : inputs[member]]);
  return { ...Object.fromEntries(envelope), properties: propertiesOf(kind, inputs) };
}

function propertiesOf(kind: ArmKind, inputs: Inputs): Properties {
  const outside = new Set<string>([
    ...ENVELOPE,
    ...(kind.envelope ?? []),
    ...(kind.parentInputs ?? []),
    "resourceGroupName",
    kind.nameInput,
    kind.scopeInput ?? "",
    ...(kind.scopeOf === undefined ? [] : ["workspaceName"]),
  ]);
  const given =
    typeof inputs["properties"] === "object"
      ? (inputs["properties"] as Properties)
      : Object.fromEntries(Object.entries(inputs).filter(([key]) => !outside.has(key)));
  return Object.fromEntries(
    Object.entries(given).map(([key, value]) => [kind.renamed?.[key] ?? key, armValue(kind, key, value)]),
  );
}

function armValue(kind: ArmKind, key: string, value: unknown): unknown {
  if (kind.named?.includes(key)) return namedItems(value as Inputs[]);
  const names = kind.renamedWithin?.[key];
  if (names === undefined) return value;
  return Object.fromEntries(Object.entries(value as Inputs).map(([name, item]) => [names[name] ?? name, item]));
}

/** The provider flattens the items of a list too; in ARM their properties stand apart from the name. */
function namedItems(items: readonly Inputs[]): Record<string, unknown>[] {
  return items.map(({ name, ...properties }) => ({ name, properties }));
}

/** The provider lists user-assigned identities; ARM keys them by id. */
function armIdentity(identity: Inputs): Record<string, unknown> {
  const ids = (identity["userAssignedIdentities"] ?? []) as readonly string[];
  return { ...identity, userAssignedIdentities: Object.fromEntries(ids.map((id) => [id, {}])) };
}

function idOf(kind: ArmKind, name: string, inputs: Inputs, tenancy: Tenancy): string {
  const scope = kind.scopeInput === undefined ? kind.scopeOf?.(tenancy, inputs) : String(inputs[kind.scopeInput]);
  if (scope !== undefined) return `${scope}/providers/${kind.type}/${name}`;
  const group = `/subscriptions/${tenancy.subscriptionId}/resourceGroups/${String(inputs["resourceGroupName"])}`;
  if (kind.nameInput === "resourceGroupName") return group;
  const [namespace = "", ...types] = kind.type.split("/");
  const names = [...(kind.parentInputs ?? []).map((input) => String(inputs[input])), name];
  return `${group}/providers/${namespace}/${types.map((type, index) => `${type}/${names[index]}`).join("/")}`;
}

/** As the provider names what the program left unnamed, but the same at every start. */
function autoName({ type, name }: RegisteredResource, { guid }: Tenancy): string {
  return `${name}${guid(`auto-name/${type}/${name}`).slice(0, 8)}`;
}
