import type { Kysely } from "kysely";
import type { PersonRef } from "../../alert/alert.ts";
import type { Database } from "../../migrations/tables.ts";
import { ROLES, type Role } from "../contract.ts";
import { lowerRole } from "./rights.ts";
import { readAllTeamIds, readStanding } from "./store.ts";

/** `person.role` of somebody from whom Entra took every role: their tokens act no more. Null = never signed in. */
export const NO_ROLE = "none";

/** Who a stored credential acts for right now. */
export interface Standing {
  person: PersonRef;
  objectId: string;
  role: Role;
  teamIds: readonly string[];
}

/** A role of the store; undefined for texts that are none. */
export function parseRole(text: string | null): Role | undefined {
  return ROLES.find((role) => role === text);
}

/**
 * The person's standing with at most `role`: their own role caps it unless `isRoleGranted` (the operator's bootstrap
 * token, a session's own freshly read role). `teamId` narrows the teams to that one. Undefined = may do nothing.
 */
export async function resolveStanding(
  db: Kysely<Database>,
  request: { personId: string; role: Role; teamId: string | null; isRoleGranted: boolean },
): Promise<Standing | undefined> {
  const found = await readStanding(db, request.personId);
  if (!found || (found.role === NO_ROLE && !request.isRoleGranted)) return undefined;
  const own = parseRole(found.role);
  const role = own === undefined || request.isRoleGranted ? request.role : lowerRole(own, request.role);
  // An Admin's objects are those of all teams (threats section 5).
  const teamIds = role === "Admin" ? await readAllTeamIds(db) : found.teamIds;
  const { teamId } = request;
  return {
    person: found.person,
    objectId: found.objectId,
    role,
    teamIds: teamId === null ? teamIds : teamIds.filter((id) => id === teamId),
  };
}
