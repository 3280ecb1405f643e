import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Kysely } from "kysely";
import { LRUCache } from "lru-cache";
import type { Database } from "../../migrations/tables.ts";
import type { Clock } from "../../platform/clock.ts";
import { appendAudit } from "../../platform/database/audit.ts";
import type { Ids } from "../../platform/ids.ts";
import type { Logger } from "../../platform/log.ts";
import type { Role } from "../contract.ts";
import { checkBrowserRequest } from "../guards/browser-guard.ts";
import { clearCookie, readCookie, SESSION_COOKIE, SIGN_IN_COOKIE, writeCookie } from "./cookies.ts";
import { labelDevice } from "./device-label.ts";
import type { EntraSignIn } from "./entra-sign-in.ts";
import type { Sessions } from "./sessions.ts";
import { describeProblem, problemOfAnswer, problemOfError, type SignInProblem } from "./sign-in-problem.ts";
import {
  checkState,
  createSignInState,
  isLate,
  readSignInState,
  SIGN_IN_MS_MAX,
  type SignInState,
  safeReturnPath,
} from "./sign-in-state.ts";
import { NO_ROLE } from "./standing.ts";
import { joinFirstTeam, upsertPerson } from "./store.ts";
import type { SignInIdentity } from "./token-validators.ts";

/**
 * Signing in and out (threats B1, B2, B4): `GET /auth/sign-in?return=/path`, `GET /auth/callback`, `POST /auth/sign-out`.
 * Every failure ends on a page of the portal, `/sign-in?problem=<code>` or `/not-allowed`; nothing that came in the
 * address is shown. Addresses are built from `publicUrl`, never from a Host header (J10).
 */
export interface SignInRoutesOptions {
  db: Kysely<Database>;
  clock: Clock;
  ids: Ids;
  log: Logger;
  publicUrl: string;
  tenantId: string;
  absoluteDays: number;
  entra: EntraSignIn;
  sessions: Sessions;
  /** Who belongs to no team joins this one; its audit log takes the sign-ins. */
  defaultTeamId: () => Promise<string> | string;
}

const CALLBACK_PATH = "/auth/callback";
/** States that were used; older ones are refused by their age. */
const USED_STATES_MAX = 10_000;
const DAY_SECONDS = 24 * 60 * 60;

/** Registers the three routes on `app`. */
export async function registerSignInRoutes(app: FastifyInstance, options: SignInRoutesOptions): Promise<void> {
  const { publicUrl, clock, entra, sessions, log } = options;
  const usedStates = new LRUCache<string, true>({ max: USED_STATES_MAX });

  app.get("/auth/sign-in", { config: { right: "public" } }, async (request, reply) => {
    const query = queryOf(request);
    const state = createSignInState(safeReturnPath(query.get("return"), publicUrl), clock.now());
    try {
      const prompt = query.get("prompt") === "select_account" ? "select_account" : undefined;
      const page = await entra.authorizationUrl({ ...state, redirectUri: publicUrl + CALLBACK_PATH, prompt });
      const cookie = writeCookie(SIGN_IN_COOKIE, state.cookieValue, SIGN_IN_MS_MAX / 1_000);
      return await redirect(reply.header("set-cookie", cookie), page.href);
    } catch (error) {
      log.warn({ problem: describeProblem(error) }, "Entra's sign-in page cannot be reached");
      return redirect(reply, problemPath("unreachable"));
    }
  });

  app.get(CALLBACK_PATH, { config: { right: "public" } }, async (request, reply) => {
    reply.header("set-cookie", clearCookie(SIGN_IN_COOKIE));
    const query = queryOf(request);
    const begun = takeState(request, query, usedStates, clock.now());
    if (typeof begun === "string") return redirect(reply, problemPath(begun));
    const error = query.get("error");
    if (error !== null) {
      const problem = problemOfAnswer(error, query.get("error_description") ?? undefined);
      log.info({ problem }, "Entra refused a sign-in");
      return redirect(reply, problemPath(problem));
    }
    return finish(request, reply, query, begun, options);
  });

  app.post("/auth/sign-out", { config: { right: "public" } }, async (request, reply) => {
    checkBrowserRequest(request.method, request.headers, publicUrl);
    const cookieValue = readCookie(request.headers, SESSION_COOKIE);
    if (cookieValue !== undefined) await sessions.end(cookieValue);
    return reply.header("set-cookie", clearCookie(SESSION_COOKIE)).header("cache-control", "no-store").code(204).send();
  });
}

/** The sign-in's first half, once: by cookie and state, or the word for why not. */
function takeState(
  request: FastifyRequest,
  query: URLSearchParams,
  usedStates: LRUCache<string, true>,
  now: number,
): SignInState | SignInProblem {
  const received = query.get("state") ?? "";
  const cookieValue = readCookie(request.headers, SIGN_IN_COOKIE);
  if (cookieValue === undefined || cookieValue === "") return isLate(received, now) ? "expired" : "cookie-blocked";
  const begun = readSignInState(cookieValue);
  if (!begun || checkState(begun, received, now) !== "ok" || usedStates.has(begun.state)) return "expired";
  usedStates.set(begun.state, true);
  return begun;
}

async function finish(
  request: FastifyRequest,
  reply: FastifyReply,
  query: URLSearchParams,
  begun: SignInState,
  options: SignInRoutesOptions,
): Promise<FastifyReply> {
  const { entra, sessions, publicUrl, log } = options;
  const callback = new URL(`${publicUrl}${CALLBACK_PATH}?${query}`);
  let answer: Awaited<ReturnType<EntraSignIn["redeem"]>>;
  try {
    answer = await entra.redeem(callback, begun);
  } catch (error) {
    const problem = problemOfError(error);
    log.warn({ problem, answer: describeProblem(error) }, "a sign-in failed");
    return redirect(reply, problemPath(problem));
  }
  const { identity, refreshToken } = answer;
  const personId = await admit(identity, options);
  if (identity.role === null) return redirect(reply, problemPath("not-allowed"));
  // The session that this browser had is over: a new id at every sign-in.
  const before = readCookie(request.headers, SESSION_COOKIE);
  if (before !== undefined) await sessions.end(before);
  const label = labelDevice(request.headers["user-agent"]);
  const cookieValue = await sessions.start({ personId, role: identity.role, label, refreshToken });
  const cookie = writeCookie(SESSION_COOKIE, cookieValue, options.absoluteDays * DAY_SECONDS);
  return redirect(reply.header("set-cookie", cookie), safeReturnPath(begun.returnPath, publicUrl));
}

/** Notes the person (J8), their team and the sign-in or refusal. Gives the person's id. */
async function admit(identity: SignInIdentity, options: SignInRoutesOptions): Promise<string> {
  const { clock, log } = options;
  const role: Role | null = identity.role;
  const { personId, teamId } = await recordPerson(options, { ...identity, role: role ?? NO_ROLE });
  const action = role === null ? "sign-in-refused" : "sign-in";
  const entry = { teamId, at: clock.now(), actor: personId, action, target: personId, data: { role } };
  await appendAudit(options.db.$pickTables<"audit">(), entry);
  log.info({ person: personId, role }, role === null ? "a sign-in without a role was refused" : "signed in");
  return personId;
}

/** The person of (tenant, object id), made if new; with a role and no team yet they join the default one. */
export async function recordPerson(
  options: Pick<SignInRoutesOptions, "db" | "clock" | "ids" | "tenantId" | "defaultTeamId">,
  identity: { objectId: string; name: string; role: Role | typeof NO_ROLE },
): Promise<{ personId: string; teamId: string }> {
  const { db, clock, ids, tenantId } = options;
  const { objectId, name, role } = identity;
  const now = new Date(clock.now());
  const teamId = await options.defaultTeamId();
  const personId = await upsertPerson(db, { id: ids.next(clock.now()), tenantId, objectId, name, role }, now);
  if (role !== NO_ROLE) await joinFirstTeam(db, personId, teamId, now);
  return { personId, teamId };
}

const problemPath = (problem: SignInProblem) =>
  problem === "not-allowed" ? "/not-allowed" : `/sign-in?problem=${problem}`;

const queryOf = (request: FastifyRequest) => new URLSearchParams(request.raw.url?.split("?", 2)[1] ?? "");

function redirect(reply: FastifyReply, location: string): FastifyReply {
  return reply.header("cache-control", "no-store").header("referrer-policy", "no-referrer").redirect(location, 303);
}
