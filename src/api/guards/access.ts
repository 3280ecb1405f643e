import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Clock } from "../../platform/clock.ts";
import { ProblemError } from "../../platform/errors.ts";
import type { Authenticator } from "../auth/authenticate.ts";
import { type Caller, RIGHT_HOLDERS, type RouteRight, requireRight } from "../auth/rights.ts";
import {
  announcesBody,
  checkContentEncoding,
  checkContentLength,
  checkFraming,
  checkJsonContentType,
  checkUrl,
} from "./body-limits.ts";
import { checkBrowserRequest, hasSessionCookie } from "./browser-guard.ts";
import { ANONYMOUS_RATE, CALLER_RATE, createTokenBuckets, requireRate } from "./rate-limit.ts";
import { securityHeaders } from "./security-headers.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Who may call the route (threats A1); a route without it stops the start. */
    right?: RouteRight;
    /** Largest body, bytes; default 1 MiB. */
    bodyBytesMax?: number;
  }
  interface FastifyRequest {
    /** Set before the handler of every route that declares a right. */
    caller: Caller | null;
  }
}

export interface AccessOptions {
  clock: Clock;
  publicUrl: string;
  authenticator: Authenticator;
  /** `server.bodyLimit`: what a route has without a limit of its own. */
  bodyBytesMax: number;
}

/** What routes that check their own credentials need of the guard. */
export interface AccessGuard {
  /** Takes one from the bucket of the caller's address; throws 429. For requests without a valid credential. */
  countAnonymous(request: Pick<FastifyRequest, "ip">): void;
}

const WORDS: readonly string[] = [...Object.keys(RIGHT_HOLDERS), "public", "probe", "intake"];

/**
 * Guards every route of `app`, in the order of threats I1: route (right declared), address, rate, credential, right,
 * size, then Fastify reads the body. Call it before routes are added. Routes of kind `intake` get the headers and the
 * address check only: they do the rest themselves, with the functions of body-limits.ts.
 */
export function guardAccess(app: FastifyInstance, options: AccessOptions): AccessGuard {
  app.decorateRequest("caller", null);
  requireDeclaredRights(app);
  const callers = createTokenBuckets(CALLER_RATE);
  const addresses = createTokenBuckets(ANONYMOUS_RATE);
  const countAnonymous: AccessGuard["countAnonymous"] = ({ ip }) =>
    requireRate(addresses, ip, options.clock.now(), "this address");

  app.addHook("onRequest", async (request, reply) => {
    const right = request.routeOptions.config.right ?? "public";
    reply.headers(securityHeaders(isApi(request) ? "api" : "portal", options.publicUrl));
    checkUrl(request.raw.url ?? "");
    checkFraming(request.headers);
    if (right === "intake" || right === "probe") return;
    if (right === "public") {
      // Files of the portal are free for people with a session, many may share an address; a false cookie gains no more.
      if (isApi(request) || !hasSessionCookie(request.headers)) countAnonymous(request);
      return;
    }
    checkBrowserRequest(request.method, request.headers, options.publicUrl);
    try {
      request.caller = await options.authenticator.authenticate(request);
    } catch (error) {
      if (error instanceof ProblemError && error.code === "unauthenticated") countAnonymous(request);
      throw error;
    }
    requireRate(callers, bucketOf(request.caller), options.clock.now(), "this person or token");
    requireRight(request.caller, right);
    checkBody(request, options.bodyBytesMax);
  });
  return { countAnonymous };
}

/** The caller of a route that declares a right; a programmer's error elsewhere. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === null) throw new Error(`the route ${request.routeOptions.url} has no caller`);
  return request.caller;
}

/** A1: throws while the server is put together, so a forgotten right never serves a request. */
function requireDeclaredRights(app: FastifyInstance): void {
  app.addHook("onRoute", (route) => {
    const right = route.config?.right;
    if (right !== undefined && WORDS.includes(right)) return;
    throw new Error(`the route ${route.method} ${route.url} declares no right (config.right)`);
  });
}

function checkBody(request: FastifyRequest, bodyBytesMax: number): void {
  checkContentEncoding(request.headers);
  if (!announcesBody(request.headers)) return;
  checkJsonContentType(request.headers);
  checkContentLength(request.headers, request.routeOptions.config.bodyBytesMax ?? bodyBytesMax);
}

/** People have one bucket for all their browsers; each API token has its own. */
const bucketOf = (caller: Caller) => (caller.via === "api-token" ? caller.credentialId : caller.person.id);

const isApi = (request: FastifyRequest) => /^\/(api\/|auth\/)/.test(request.raw.url ?? "");
