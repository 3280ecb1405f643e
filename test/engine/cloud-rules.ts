import type { Directory } from "../../src/sandbox/world.ts";
import type { Live } from "./simulated-cloud.ts";

/** What Azure refuses, in its words: rules that decide in which order a program may create and delete. */

/** Throws when Azure would not create `resource` beside the others. */
export function refuseCreate(
  resource: Live,
  others: readonly Live[],
  directory: Directory,
  softDeletedVaults: ReadonlySet<string>,
): void {
  const { id, type, inputs } = resource;
  // The configuration of a database server is always there; the provider writes into it.
  const isSingleton = type.endsWith(":Configuration");
  if (!isSingleton && others.some((other) => isSame(other.id, id))) {
    throw new Error(`cannot create already existing resource '${id}'`);
  }
  const group = inputs["resourceGroupName"];
  const needsGroup = group !== undefined && !isGroup(resource);
  if (needsGroup && !others.some((other) => other.inputs["resourceGroupName"] === group && isGroup(other))) {
    throw new Error(`ResourceGroupNotFound: Resource group '${group}' could not be found.`);
  }
  if (type.endsWith(":RoleAssignment")) refuseAssignment(resource, others, directory);
  if (type.endsWith(":Vault") && softDeletedVaults.has(String(inputs["vaultName"]))) {
    throw new Error(
      `ConflictError: A vault with the same name already exists in deleted state: ${inputs["vaultName"]}`,
    );
  }
}

/** Throws when Azure would not delete `resource`. */
export function refuseDelete({ id, type }: Live, all: readonly Live[]): void {
  const lock = all.find((each) => isLock(each) && !isSame(each.id, id) && isBelow(id, String(each.inputs["scope"])));
  if (lock !== undefined && !type.includes(":ManagementLock")) {
    throw new Error(`ScopeLocked: The scope '${id}' cannot perform delete operation because of lock '${lock.id}'.`);
  }
  const assigned = all.some((each) => isAssignment(each) && isSame(String(each.inputs["roleDefinitionId"]), id));
  if (assigned) throw new Error(`RoleDefinitionHasAssignments: There are existing role assignments referencing ${id}.`);
}

function refuseAssignment({ inputs }: Live, others: readonly Live[], directory: Directory): void {
  const { principalId } = inputs;
  if (!directory.servicePrincipals.some(({ objectId }) => objectId === principalId)) {
    throw new Error(
      `PrincipalNotFound: Principal ${principalId} does not exist in the directory ${directory.tenantId}.`,
    );
  }
  const triple = (of: Live["inputs"]) => JSON.stringify([of["scope"], of["principalId"], of["roleDefinitionId"]]);
  const same = others.some((other) => isAssignment(other) && isSame(triple(other.inputs), triple(inputs)));
  if (same) throw new Error("RoleAssignmentExists: The role assignment already exists.");
}

const isAssignment = ({ type }: Live) => type.endsWith(":RoleAssignment");
const isGroup = ({ type }: Live) => type.endsWith(":ResourceGroup");
const isLock = ({ type }: Live) => type.includes(":ManagementLock");
const isSame = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
const isBelow = (id: string, scope: string) => `${id}/`.toLowerCase().startsWith(`${scope}/`.toLowerCase());
