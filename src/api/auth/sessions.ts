import type { Kysely } from "kysely";
import { LRUCache } from "lru-cache";
import type { Database } from "../../migrations/tables.ts";
import type { Clock } from "../../platform/clock.ts";
import { appendAudit } from "../../platform/database/audit.ts";
import { ProblemError } from "../../platform/errors.ts";
import type { Logger } from "../../platform/log.ts";
import type { Role } from "../contract.ts";
import { createLastUse } from "./last-use.ts";
import { createCredential, digestOf, isCredential } from "./random-credential.ts";
import type { Caller } from "./rights.ts";
import {
  ASK_AGAIN_MS,
  createRoleRecheck,
  LAST_ROLE_MS_MAX,
  type RecheckPort,
  type RefreshOutcome,
} from "./role-recheck.ts";
import { sealToken } from "./sealed-token.ts";
import { NO_ROLE, parseRole, resolveStanding, type Standing } from "./standing.ts";
import {
  deleteEndedSessions,
  deleteSession,
  deleteSessionsOf,
  findSession,
  insertSession,
  listSessions,
  renewSession,
  type SessionRow,
  setPersonRole,
  touchSession,
} from "./store.ts";

/**
 * Signed-in browsers (threats B2, B5). A session is known by the digest of its cookie; it ends after idle and absolute
 * limits, by sign-out, by revocation, and when Entra refuses the person or takes their role: asked again at most 60 min
 * after the last time, with a refresh token that only the cookie can open. While Entra cannot be reached, the last role
 * serves for 12 h, noted in the audit log.
 *
 *   signed in --(role older than recheckMinutes)--> asking Entra --role--> signed in
 *                                                        |--refused, or no role--> ended
 *                                                        `--unreachable--> signed in (<= 12 h), asked again each minute
 */
export interface Sessions {
  /** A new session and the value of its cookie. */
  start(request: { personId: string; role: Role; label: string; refreshToken: string | undefined }): Promise<string>;
  /** Who speaks by this cookie value; undefined = nobody. Throws 503 when the role could not be asked for too long. */
  find(cookieValue: string): Promise<Caller | undefined>;
  /** Ends the session of a cookie value, if there is one. */
  end(cookieValue: string): Promise<void>;
  list(personId: string): Promise<SessionSummary[]>;
  /** Ends one of the person's own sessions; 404 when it is none of theirs. */
  revoke(personId: string, sessionId: string): Promise<void>;
  /** Deletes sessions past their limits; call it daily. */
  clean(): Promise<number>;
}

export interface SessionSummary {
  id: string;
  /** Browser and system. */
  label: string;
  /** Epoch milliseconds. */
  createdAt: number;
  lastUsedAt: number;
}

export interface SessionLimits {
  idleDays: number;
  absoluteDays: number;
  recheckMinutes: number;
}

export interface SessionsOptions {
  db: Kysely<Database>;
  clock: Clock;
  log: Logger;
  limits: SessionLimits;
  /** Asks Entra again for the person of `objectId`; never throws for what Entra answers or fails to. */
  refresh: (refreshToken: string, objectId: string) => Promise<RefreshOutcome>;
  defaultTeamId: () => Promise<string> | string;
  /** Called when a session ended, so that its streams close. */
  onSessionEnded: (personId: string, sessionId: string) => void;
}

const DAY_MS = 24 * 60 * 60_000;
/** A session read from the store serves so long; ended ones end at once in this process. */
const CACHE_MS = 10_000;
const CACHED_SESSIONS_MAX = 10_000;

interface OpenSession {
  row: SessionRow;
  role: Role;
  standing: Standing;
  readAt: number;
}

export function createSessions(options: SessionsOptions): Sessions {
  const { db, clock, log, limits } = options;
  const cache = new LRUCache<string, OpenSession>({ max: CACHED_SESSIONS_MAX });
  let ended = 0;

  const audit = async (action: string, personId: string, data: Record<string, unknown>) => {
    const teamId = await options.defaultTeamId();
    const entry = { teamId, at: clock.now(), actor: personId, action, target: personId, data };
    await appendAudit(db.$pickTables<"audit">(), entry);
  };
  const noteUse = createLastUse(clock, log, (id, now) => touchSession(db, Buffer.from(id, "hex"), new Date(now)));

  const forget = (personId: string, sessionId: string) => {
    ended += 1;
    for (const [key, open] of cache.entries()) {
      if (sessionId === "" ? open.row.person_id === personId : idOf(open.row.digest) === sessionId) cache.delete(key);
    }
    options.onSessionEnded(personId, sessionId);
  };
  const endRow = async (row: SessionRow, action: string, data: Record<string, unknown> = {}) => {
    if ((await deleteSession(db, row.digest)) === 0) return;
    forget(row.person_id, idOf(row.digest));
    await audit(action, row.person_id, { session: idOf(row.digest), ...data });
  };
  const endPerson = async (personId: string, reason: string) => {
    await setPersonRole(db, personId, NO_ROLE, new Date(clock.now()));
    await deleteSessionsOf(db, personId);
    forget(personId, "");
    await audit("role-removed", personId, { reason });
  };

  const load = async (digest: Buffer): Promise<OpenSession | undefined> => {
    const row = await findSession(db, digest);
    const role = row && parseRole(row.role);
    if (!row || !role) return undefined;
    const request = { personId: row.person_id, role, teamId: null, isRoleGranted: true };
    const standing = await resolveStanding(db, request);
    return standing && { row, role, standing, readAt: clock.now() };
  };
  const open = async (digest: Buffer): Promise<OpenSession | undefined> => {
    const key = digest.toString("hex");
    const known = cache.get(key);
    if (known && clock.now() - known.readAt < CACHE_MS) return known;
    const endedBefore = ended;
    const found = await load(digest);
    // What was read while a session ended may be older than that: good for this request, not for the next.
    if (found && endedBefore === ended) cache.set(key, found);
    else cache.delete(key);
    return found;
  };
  const isPast = (row: SessionRow) =>
    clock.now() >= row.ends_at.getTime() || clock.now() - row.last_used_at.getTime() >= limits.idleDays * DAY_MS;

  const renew: RecheckPort["renew"] = async ({ row, role: before }, cookieValue, role, refreshToken) => {
    const now = new Date(clock.now());
    const sealed = refreshToken === undefined ? {} : { refresh_token: sealToken(cookieValue, refreshToken) };
    await renewSession(db, row.digest, { role, role_read_at: now, ...sealed });
    await setPersonRole(db, row.person_id, role, now);
    if (role !== before) await audit("role-changed", row.person_id, { from: before, to: role });
    cache.delete(row.digest.toString("hex"));
  };
  const recheck = createRoleRecheck(clock, log, limits.recheckMinutes, {
    refresh: options.refresh,
    renew,
    endPerson,
    endSession: (row, reason) => endRow(row, "session-refused", { reason }),
    noteUnreachable: (row, reason) => audit("role-not-rechecked", row.person_id, { reason }),
  });
  /** The session with a role fresh enough, or undefined when it ended. */
  const withFreshRole = async (session: OpenSession, cookieValue: string): Promise<OpenSession | undefined> => {
    const { row, role, standing } = session;
    await recheck.ensure({ row, role, objectId: standing.objectId }, cookieValue);
    const now = await open(row.digest);
    if (!now || clock.now() - now.row.role_read_at.getTime() <= LAST_ROLE_MS_MAX) return now;
    throw new ProblemError(
      "not-ready",
      "Entra cannot be asked for your role, and the last answer is over 12 hours old.",
      { headers: { "Retry-After": String(ASK_AGAIN_MS / 1_000) } },
    );
  };

  const find: Sessions["find"] = async (cookieValue) => {
    if (!isCredential(cookieValue)) return undefined;
    const digest = digestOf(cookieValue);
    const found = await open(digest);
    if (!found) return undefined;
    if (isPast(found.row)) {
      await endRow(found.row, "session-expired");
      return undefined;
    }
    const session = await withFreshRole(found, cookieValue);
    if (!session) return undefined;
    noteUse(digest.toString("hex"), session.row.last_used_at);
    const { person, teamIds } = session.standing;
    const signedInAt = session.row.created_at.getTime();
    return { person, role: session.role, teamIds, via: "session", signedInAt, credentialId: idOf(digest) };
  };
  const start: Sessions["start"] = async ({ personId, role, label, refreshToken }) => {
    const cookieValue = createCredential();
    const now = new Date(clock.now());
    await insertSession(db, {
      digest: digestOf(cookieValue),
      person_id: personId,
      role,
      label,
      created_at: now,
      last_used_at: now,
      role_read_at: now,
      ends_at: new Date(clock.now() + limits.absoluteDays * DAY_MS),
      refresh_token: refreshToken === undefined ? null : sealToken(cookieValue, refreshToken),
    });
    return cookieValue;
  };
  const end: Sessions["end"] = async (cookieValue) => {
    const row = isCredential(cookieValue) ? await findSession(db, digestOf(cookieValue)) : undefined;
    if (row) await endRow(row, "sign-out");
  };
  const revoke: Sessions["revoke"] = async (personId, sessionId) => {
    const row = (await listSessions(db, personId)).find((candidate) => idOf(candidate.digest) === sessionId);
    if (!row) throw new ProblemError("not-found", "No sign-in by that id.");
    await endRow(row, "session-revoked");
  };
  const list: Sessions["list"] = async (personId) =>
    (await listSessions(db, personId)).filter((row) => !isPast(row)).map(summarise);
  const clean: Sessions["clean"] = () =>
    deleteEndedSessions(db, new Date(clock.now()), new Date(clock.now() - limits.idleDays * DAY_MS));
  return { start, find, end, list, revoke, clean };
}

/** Id of a session for lists and logs: half of the digest, of no use as a cookie. */
function idOf(digest: Buffer): string {
  return digest.toString("hex").slice(0, 32);
}

function summarise(row: SessionRow): SessionSummary {
  const { label, created_at, last_used_at, digest } = row;
  return { id: idOf(digest), label, createdAt: created_at.getTime(), lastUsedAt: last_used_at.getTime() };
}
