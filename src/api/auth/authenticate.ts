import type { IncomingHttpHeaders } from "node:http";
import type { Kysely } from "kysely";
import { LRUCache } from "lru-cache";
import type { Database } from "../../migrations/tables.ts";
import type { Clock } from "../../platform/clock.ts";
import { appendAudit } from "../../platform/database/audit.ts";
import { ProblemError } from "../../platform/errors.ts";
import type { Ids } from "../../platform/ids.ts";
import type { Logger } from "../../platform/log.ts";
import { countFailedCredential, createTokenBuckets, FAILED_CREDENTIAL_RATE } from "../guards/rate-limit.ts";
import type { ApiTokens } from "./api-tokens.ts";
import { readCookie, SESSION_COOKIE } from "./cookies.ts";
import { TOKEN_PREFIX } from "./random-credential.ts";
import type { Caller } from "./rights.ts";
import type { Sessions } from "./sessions.ts";
import { recordPerson } from "./sign-in.ts";
import { resolveStanding } from "./standing.ts";
import type { ApiIdentity, TokenValidators } from "./token-validators.ts";

/**
 * Who calls? One credential: the session's cookie, or one `Authorization` header with an API token (`wb_…`) or an Entra
 * access token. Nothing else carries identity: no query member, no `X-MS-CLIENT-PRINCIPAL` or `X-Forwarded-User` (J9,
 * J10). Refusals are 401 with `WWW-Authenticate`; 10 a minute per address and beginning of the credential, then 429.
 */
export interface Authenticator {
  /** Throws 400 for two credentials, 401 for none or a wrong one, 403 without a role, 429, 503. */
  authenticate(request: CredentialRequest): Promise<Caller>;
  /** Counts and logs a credential that was refused elsewhere (the intake); throws 429 when there were too many. */
  noteRefusal(address: string, credential: string, reason: string): void;
}

/** The parts of a request that may hold a credential; a Fastify request has them. */
export interface CredentialRequest {
  headers: IncomingHttpHeaders;
  raw: { rawHeaders: string[]; url?: string | undefined };
  /** Address of the caller behind the ingress. */
  ip: string;
}

export interface AuthenticatorOptions {
  db: Kysely<Database>;
  clock: Clock;
  ids: Ids;
  log: Logger;
  tenantId: string;
  sessions: Pick<Sessions, "find">;
  apiTokens: Pick<ApiTokens, "verify">;
  validators: Pick<TokenValidators, "validateApiToken">;
  defaultTeamId: () => Promise<string> | string;
}

const EXPECTED = "a session cookie, or one header Authorization: Bearer with an API token or an Entra access token";
const AUDIT_EVERY_MS = 60_000;
/** A person of an Entra token is written again after so long, or when the token's role differs. */
const PERSON_CACHE_MS = 10_000;
const PEOPLE_MAX = 1_000;

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { clock, log } = options;
  const failures = createTokenBuckets(FAILED_CREDENTIAL_RATE);
  const auditRefusal = createRefusalAudit(options);
  const findEntraCaller = createEntraCallers(options);

  const noteRefusal: Authenticator["noteRefusal"] = (address, credential, reason) => {
    auditRefusal(reason);
    log.info({ address, reason }, "a credential was refused");
    countFailedCredential(failures, address, credential, clock.now());
  };
  const refuse = (request: CredentialRequest, credential: string, error: ProblemError): never => {
    noteRefusal(request.ip, credential, error.message);
    throw error;
  };
  const authenticateBearer = async (request: CredentialRequest, token: string): Promise<Caller> => {
    if (token.startsWith(TOKEN_PREFIX)) {
      const caller = await options.apiTokens.verify(token);
      return caller ?? refuse(request, token, unauthenticated("The API token is unknown, expired or revoked."));
    }
    let identity: ApiIdentity;
    try {
      identity = await options.validators.validateApiToken(token);
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== "unauthenticated") throw error;
      return refuse(request, token, error);
    }
    return findEntraCaller(identity);
  };
  const authenticate: Authenticator["authenticate"] = async (request) => {
    const cookieValue = readCookie(request.headers, SESSION_COOKIE);
    const token = readBearer(request);
    if (cookieValue !== undefined && token !== undefined) {
      throw new ProblemError("two-credentials", "The request has a session cookie and an Authorization header.");
    }
    if (token !== undefined) return authenticateBearer(request, token);
    if (cookieValue === undefined) throw unauthenticated(`Expected ${EXPECTED}; ${received(request)}.`);
    const caller = await options.sessions.find(cookieValue);
    // Every session ends some day, so this is no guess to count; 256 random bits are not guessed anyway.
    if (!caller) throw unauthenticated("The session has ended or is unknown.");
    return caller;
  };
  return { authenticate, noteRefusal };
}

/** The token of the one `Authorization` header; undefined = no such header. Throws for several, or another scheme. */
export function readBearer(request: Pick<CredentialRequest, "headers" | "raw">): string | undefined {
  const header = request.headers.authorization;
  if (header === undefined) return undefined;
  // Node keeps the first of several in `headers`, so they are counted where all of them stand.
  const count = request.raw.rawHeaders.filter(
    (name, at) => at % 2 === 0 && name.toLowerCase() === "authorization",
  ).length;
  if (count > 1) throw new ProblemError("two-credentials", "Send one Authorization header only.");
  const token = /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(header)?.[1];
  if (token === undefined) throw unauthenticated("Expected Authorization: Bearer with a token; received another form.");
  return token;
}

/** 401 with the challenge that RFC 9110 §11.6.1 asks for. */
export function unauthenticated(detail: string): ProblemError {
  return new ProblemError("unauthenticated", detail, { headers: { "WWW-Authenticate": "Bearer" } });
}

/** The usual mistake has an answer of its own: a token in the address would stand in logs and histories. */
function received(request: CredentialRequest): string {
  const query = new URLSearchParams(request.raw.url?.split("?", 2)[1] ?? "");
  const isInAddress = query.has("access_token") || query.has("token");
  return isInAddress ? "a token in the address is not accepted" : "received none";
}

/** People and apps that bring Entra access tokens become persons of ours (J8), as at sign-in. */
function createEntraCallers(options: AuthenticatorOptions): (identity: ApiIdentity) => Promise<Caller> {
  const { db, clock } = options;
  const known = new LRUCache<string, { caller: Caller; readAt: number }>({ max: PEOPLE_MAX });
  return async (identity) => {
    const { objectId, role, name } = identity;
    if (role === null) {
      throw new ProblemError("role-missing", "Your account has no role here: Admin, Manager, Responder or Viewer.");
    }
    const key = `${objectId} ${role} ${identity.issuedAt}`;
    const cached = known.get(key);
    if (cached && clock.now() - cached.readAt < PERSON_CACHE_MS) return cached.caller;
    const { personId } = await recordPerson(options, { objectId, name, role });
    const standing = await resolveStanding(db, { personId, role, teamId: null, isRoleGranted: true });
    if (!standing) throw new Error(`person ${personId} vanished`);
    const { person, teamIds } = standing;
    const signedInAt = identity.issuedAt * 1_000;
    const caller: Caller = { person, role, teamIds, via: "entra", signedInAt, credentialId: personId };
    known.set(key, { caller, readAt: clock.now() });
    return caller;
  };
}

/** Refusals go to the audit log once a minute with their number (S6): a flood of guesses is no flood of rows. */
function createRefusalAudit({ db, clock, log, defaultTeamId }: AuthenticatorOptions): (reason: string) => void {
  let writtenAt = Number.NEGATIVE_INFINITY;
  let count = 0;
  const write = async (at: number, data: Record<string, unknown>) => {
    const entry = {
      teamId: await defaultTeamId(),
      at,
      actor: "unknown",
      action: "credential-refused",
      target: "api",
      data,
    };
    await appendAudit(db.$pickTables<"audit">(), entry);
  };
  return (reason) => {
    count += 1;
    const now = clock.now();
    if (now - writtenAt < AUDIT_EVERY_MS) return;
    write(now, { reason, sinceLastEntry: count }).catch((error: Error) => {
      log.warn({ problem: error.message }, "a refusal was not written to the audit log");
    });
    writtenAt = now;
    count = 0;
  };
}
