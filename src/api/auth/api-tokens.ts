import type { Kysely } from "kysely";
import { LRUCache } from "lru-cache";
import type { Database } from "../../migrations/tables.ts";
import type { Clock } from "../../platform/clock.ts";
import { appendAudit } from "../../platform/database/audit.ts";
import { ProblemError } from "../../platform/errors.ts";
import type { Ids } from "../../platform/ids.ts";
import type { Logger } from "../../platform/log.ts";
import { ROLES, type Role } from "../contract.ts";
import { createLastUse } from "./last-use.ts";
import { createCredential, digestOf, isCredential, TOKEN_PREFIX } from "./random-credential.ts";
import { type Caller, requireFreshSignIn } from "./rights.ts";
import { parseRole, resolveStanding } from "./standing.ts";
import {
  type ApiTokenRow,
  findApiToken,
  findApiTokenById,
  insertApiToken,
  listApiTokens,
  revokeApiToken,
  touchApiToken,
  upsertApiToken,
} from "./store.ts";

/**
 * Bearer tokens for automation (threats J11): `wb_` and 256 random bits, shown once, kept as SHA-256. A token acts as
 * the person who made it, with at most its role and teams, and at most that person's own of today.
 */
export interface ApiTokens {
  create(caller: Caller, request: NewApiToken): Promise<{ id: string; token: string }>;
  /** The caller's own tokens, newest first. */
  list(caller: Caller): Promise<ApiTokenSummary[]>;
  /** The caller's own, or anybody's for an Admin; else 404. In this process it ends at once, in others within 10 s. */
  revoke(caller: Caller, id: string): Promise<void>;
  /** Who speaks by this token; undefined = it is not valid. */
  verify(raw: string): Promise<Caller | undefined>;
  /** Makes `token` an Admin's for 24 h from `now` (epoch ms): the setting `bootstrap.apiToken`. */
  adoptBootstrapToken(token: string, personId: string, now: number): Promise<void>;
}

export interface NewApiToken {
  name: string;
  role: Role;
  team?: string | undefined;
  /** ISO 8601. */
  expiresAt: string;
}

/** As the API shows it; instants are ISO 8601. */
export interface ApiTokenSummary {
  id: string;
  name: string;
  role: Role;
  team: string | null;
  createdAt: string;
  expiresAt: string;
  lastUsedAt: string | null;
}

const LIFETIME_MS_MAX = 366 * 24 * 60 * 60_000;
const BOOTSTRAP_LIFETIME_MS = 24 * 60 * 60_000;
/** A verified token is asked again at the store after so long. */
const CACHE_MS = 10_000;
const CACHED_TOKENS_MAX = 10_000;

interface CachedToken {
  caller: Caller;
  row: ApiTokenRow;
  readAt: number;
}

export interface ApiTokensOptions {
  db: Kysely<Database>;
  clock: Clock;
  ids: Ids;
  log: Logger;
  /** Team whose audit log takes what belongs to the whole installation. */
  defaultTeamId: () => Promise<string> | string;
  /** Called when a token was revoked: streams opened with it close. */
  onTokenRevoked?: (credentialId: string) => void;
}

export function createApiTokens(options: ApiTokensOptions): ApiTokens {
  const { db, clock, ids, log } = options;
  const cache = new LRUCache<string, CachedToken>({ max: CACHED_TOKENS_MAX });
  /** Digests of the operator's own tokens: their role is granted by the setting, not by the person's. */
  const bootstrapDigests = new Set<string>();
  let changes = 0;

  const audit = async (action: string, actor: string, target: string, data: Record<string, unknown>) => {
    const teamId = await options.defaultTeamId();
    await appendAudit(db.$pickTables<"audit">(), { teamId, at: clock.now(), actor, action, target, data });
  };
  const noteUse = createLastUse(clock, log, async (id, now, isNotable) => {
    await touchApiToken(db, id, new Date(now));
    if (isNotable) await audit("api-token-used", "system", id, {});
  });
  const load = async (digest: Buffer, cacheKey: string): Promise<CachedToken | undefined> => {
    const row = await findApiToken(db, digest);
    const role = row && parseRole(row.role);
    if (!role || row.revoked_at !== null) return undefined;
    const { person_id: personId, team_id: teamId } = row;
    const standing = await resolveStanding(db, {
      personId,
      role,
      teamId,
      isRoleGranted: bootstrapDigests.has(cacheKey),
    });
    if (!standing) return undefined;
    const { person, teamIds } = standing;
    const signedInAt = row.created_at.getTime();
    const caller: Caller = { person, role: standing.role, teamIds, via: "api-token", signedInAt, credentialId: row.id };
    return { caller, row, readAt: clock.now() };
  };

  const forget = (digest: Buffer) => {
    changes += 1;
    cache.delete(digest.toString("base64"));
  };

  const verify: ApiTokens["verify"] = async (raw) => {
    if (!isApiToken(raw)) return undefined;
    const digest = digestOf(raw);
    const cacheKey = digest.toString("base64");
    let found = cache.get(cacheKey);
    if (!found || clock.now() - found.readAt >= CACHE_MS) {
      const changesBefore = changes;
      found = await load(digest, cacheKey);
      // What was read while a token was revoked may be older than that: good for this request, not for the next.
      if (found && changes === changesBefore) cache.set(cacheKey, found);
      else cache.delete(cacheKey);
    }
    if (!found || found.row.expires_at.getTime() <= clock.now()) return undefined;
    noteUse(found.row.id, found.row.last_used_at);
    return found.caller;
  };
  const create: ApiTokens["create"] = async (caller, request) => {
    const now = clock.now();
    requireFreshSignIn(caller, now);
    checkRequest(caller, request, now);
    const token = TOKEN_PREFIX + createCredential();
    const id = ids.next(now);
    await insertApiToken(db, {
      id,
      digest: digestOf(token),
      person_id: caller.person.id,
      name: request.name,
      role: request.role,
      team_id: request.team ?? null,
      created_at: new Date(now),
      expires_at: new Date(request.expiresAt),
      last_used_at: null,
      revoked_at: null,
    });
    const { role, team = null, expiresAt } = request;
    await audit("api-token-created", caller.person.id, id, { role, team, expiresAt });
    return { id, token };
  };
  const revoke: ApiTokens["revoke"] = async (caller, id) => {
    const row = isUuid(id) ? await findApiTokenById(db, id) : undefined;
    if (!row || (row.person_id !== caller.person.id && caller.role !== "Admin")) {
      throw new ProblemError("not-found", "No token by that id.");
    }
    await revokeApiToken(db, id, new Date(clock.now()));
    forget(row.digest);
    options.onTokenRevoked?.(id);
    await audit("api-token-revoked", caller.person.id, id, {});
  };
  const adoptBootstrapToken: ApiTokens["adoptBootstrapToken"] = async (token, personId, now) => {
    if (!isApiToken(token)) throw new Error("bootstrap.apiToken must be wb_ and 43 characters of base64url");
    const digest = digestOf(token);
    const row = { id: ids.next(now), digest, person_id: personId, name: "bootstrap", role: "Admin", team_id: null };
    const times = { created_at: new Date(now), expires_at: new Date(now + BOOTSTRAP_LIFETIME_MS) };
    const id = await upsertApiToken(db, { ...row, ...times, last_used_at: null, revoked_at: null });
    bootstrapDigests.add(digest.toString("base64"));
    forget(digest);
    await audit("api-token-created", "system", id, { role: "Admin", bootstrap: true });
  };
  const list: ApiTokens["list"] = async (caller) => (await listApiTokens(db, caller.person.id)).map(summarise);
  return { create, list, revoke, verify, adoptBootstrapToken };
}

/** Has the text the form of an API token? */
export function isApiToken(raw: string): boolean {
  return raw.startsWith(TOKEN_PREFIX) && isCredential(raw.slice(TOKEN_PREFIX.length));
}

function checkRequest(caller: Caller, request: NewApiToken, now: number): void {
  if (ROLES.indexOf(request.role) > ROLES.indexOf(caller.role)) {
    throw new ProblemError("role-missing", `A token has at most its maker's role; yours is ${caller.role}.`);
  }
  if (request.team !== undefined && !caller.teamIds.includes(request.team)) {
    throw new ProblemError("not-found", "No team by that id.");
  }
  const expiresAt = Date.parse(request.expiresAt);
  if (!(expiresAt > now && expiresAt <= now + LIFETIME_MS_MAX)) {
    const expected = "an instant in the future, at most one year away";
    const received = Number.isNaN(expiresAt) ? "no instant" : expiresAt <= now ? "a past instant" : "a later instant";
    const issues = [{ code: "range", path: "/expiresAt", expected, received }];
    throw new ProblemError("bad-request", `expiresAt must be ${expected}.`, { issues });
  }
}

const isUuid = (text: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);

function summarise(row: ApiTokenRow): ApiTokenSummary {
  return {
    id: row.id,
    name: row.name,
    role: parseRole(row.role) ?? "Viewer",
    team: row.team_id,
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
  };
}
