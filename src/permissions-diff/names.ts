import { BUILT_IN_ROLES, INTAKE_ROLE, PORTAL_ROLES } from "../../infra/permissions.ts";
import { logicalNameOf, type Preview, type ResourceState, typeWithoutVersion } from "./preview.ts";
import type { Right } from "./right.ts";

/** Names for ids, for people: ids of built-in roles, and of principals and roles that the preview itself shows. */
export type Names = ReadonlyMap<string, string>;

/** Roles that may do nearly everything, or give themselves every right. */
export const BROAD_ROLES: Readonly<Record<string, string>> = {
  "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": "Owner",
  "b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor",
  "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": "User Access Administrator",
  "f58310d9-a9f6-439a-9e8d-f62e7b41a168": "Role Based Access Control Administrator",
  "62e90394-69f5-4237-9190-012177145e10": "Global Administrator",
  "e8611ab8-c189-46e8-94e1-60213ab1f814": "Privileged Role Administrator",
  "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3": "Application Administrator",
};

const GUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
/** A GUID that stands alone, or the id of a role definition. */
const NAMED_ID = new RegExp(`(?<![\\w/-])(${GUID})(?![\\w/-])|/\\S*/roleDefinitions/(${GUID})`, "gi");

const IDS_OF_TYPE: Readonly<Record<string, readonly string[]>> = {
  "azure-native:managedidentity:UserAssignedIdentity": ["principalId", "clientId"],
  "azuread:index/servicePrincipal:ServicePrincipal": ["objectId", "clientId"],
  "azuread:index/applicationRegistration:ApplicationRegistration": ["objectId", "clientId"],
};

export function namesIn({ planned, unchanged }: Preview): Names {
  const names = new Map<string, string>(Object.entries(BROAD_ROLES));
  for (const [word, id] of Object.entries(BUILT_IN_ROLES)) names.set(id, inWords(word));
  for (const { id, displayName } of [INTAKE_ROLE, ...PORTAL_ROLES]) names.set(id, displayName);
  for (const { urn, before, after } of [...planned, ...unchanged]) {
    for (const state of [before, after]) if (state !== undefined) addNames(names, urn, state);
  }
  return names;
}

const inWords = (word: string) =>
  word.replace(/[A-Z]/g, (letter) => ` ${letter}`).replace(/^./, (letter) => letter.toUpperCase());

function addNames(names: Map<string, string>, urn: string, state: ResourceState): void {
  const type = typeWithoutVersion(state.type);
  for (const output of IDS_OF_TYPE[type] ?? []) addName(names, state.outputs?.[output], logicalNameOf(urn));
  if (type === "azure-native:authorization:RoleDefinition") {
    addName(names, state.inputs?.["roleDefinitionId"], state.inputs?.["roleName"]);
  }
}

/** The first name stays: nothing in a preview may rename a role that everybody knows. */
function addName(names: Map<string, string>, id: unknown, name: unknown): void {
  if (typeof id !== "string" || typeof name !== "string" || !new RegExp(`^${GUID}$`, "i").test(id)) return;
  if (!names.has(id.toLowerCase())) names.set(id.toLowerCase(), name);
}

/** The text with names beside the ids that have one. */
export function withNames(text: string, names: Names): string {
  return text.replace(NAMED_ID, (whole, alone?: string, role?: string) => {
    const id = (alone ?? role ?? "").toLowerCase();
    const name = names.get(id);
    return name === undefined ? whole : `${name} (${id})`;
  });
}

const BROAD = new RegExp(`anybody on the internet|everybody in the tenant|${Object.keys(BROAD_ROLES).join("|")}`, "i");

/** A right that deserves a second look: a wildcard, a role that may nearly everything, or a door open to everybody. */
export function isBroad({ who, may }: Right): boolean {
  return may.includes("*") || BROAD.test(`${who} ${may}`);
}
