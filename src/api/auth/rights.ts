import type { PersonRef } from "../../alert/alert.ts";
import { ProblemError } from "../../platform/errors.ts";
import { ROLES, type Role } from "../contract.ts";

/**
 * Who may do what (threats section 5) as data. A route declares one right; the caller's role must hold it (A1), and the
 * object must belong to one of the caller's teams (A2, A3).
 */
export const RIGHT_HOLDERS = {
  /** Alerts, duty and policies of own teams; the event stream. */
  "alerts.read": ["Viewer", "Responder", "Manager", "Admin"],
  /** Acknowledge, take, close, reopen, comment. */
  "alerts.respond": ["Responder", "Manager", "Admin"],
  /** Own push subscriptions and contact methods. */
  "devices.own": ["Viewer", "Responder", "Manager", "Admin"],
  /** Own API tokens, at most with the own role. */
  "tokens.own": ["Viewer", "Responder", "Manager", "Admin"],
  /** Own sign-ins: list and revoke. */
  "sessions.own": ["Viewer", "Responder", "Manager", "Admin"],
  /** Sources, outbox and unreachable people, as figures. */
  "health.read": ["Viewer", "Responder", "Manager", "Admin"],
  /** Payloads as received. */
  "raw-events.read": ["Admin"],
  /** Sources and their keys. */
  "sources.manage": ["Admin"],
  /** Audit log of the own teams. */
  "audit.read": ["Manager", "Admin"],
} as const satisfies Record<string, readonly Role[]>;

export type Right = keyof typeof RIGHT_HOLDERS;

/**
 * What a route declares in its `config.right`: a right, or one of three ways without a person. `public` counts against
 * the address's rate, `probe` does not, `intake` checks its own credentials.
 */
export type RouteRight = Right | "public" | "probe" | "intake";

/** The authenticated one: who acts, in which role, for which teams. */
export interface Caller {
  person: PersonRef;
  role: Role;
  /** Teams whose objects exist for this caller: the own ones, all for an Admin. */
  teamIds: readonly string[];
  via: "session" | "api-token" | "entra";
  /** When the person proved who they are: sign-in, or the token's making. Epoch milliseconds. */
  signedInAt: number;
  /** What ends this caller's standing: id of the session or token (no secret). Also names the rate's bucket. */
  credentialId: string;
}

/** A configuration, key, token or contact change needs a sign-in at most this old (B5). */
const FRESH_SIGN_IN_MS = 12 * 60 * 60_000;

/** Highest role among `names`; null when none is ours. */
export function highestRole(names: readonly string[]): Role | null {
  return ROLES.findLast((role) => names.includes(role)) ?? null;
}

/** The lower of two roles. */
export function lowerRole(a: Role, b: Role): Role {
  return ROLES.indexOf(a) <= ROLES.indexOf(b) ? a : b;
}

export function holdsRight(role: Role, right: Right): boolean {
  const holders: readonly Role[] = RIGHT_HOLDERS[right];
  return holders.includes(role);
}

/** Throws 403 `role-missing` that names the roles that would do. */
export function requireRight(caller: Caller, right: Right): void {
  if (holdsRight(caller.role, right)) return;
  throw new ProblemError(
    "role-missing",
    `This needs the role ${RIGHT_HOLDERS[right].join(" or ")}; yours is ${caller.role}.`,
  );
}

/** A3: an object of another team is as absent as one that never was. Gives the object back when it is the caller's. */
export function requireOwnTeam<Found extends { teamId: string }>(caller: Caller, found: Found | undefined): Found {
  if (found !== undefined && caller.teamIds.includes(found.teamId)) return found;
  throw new ProblemError("not-found", "Nothing here by that name.");
}

/** B5: throws 403 `sign-in-too-old` unless the caller signed in within 12 h. `now` is epoch milliseconds. */
export function requireFreshSignIn(caller: Caller, now: number): void {
  if (now - caller.signedInAt <= FRESH_SIGN_IN_MS) return;
  throw new ProblemError("sign-in-too-old", "This change needs a sign-in of the last 12 hours.");
}
