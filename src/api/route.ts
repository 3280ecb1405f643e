import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { type Issue, ProblemError } from "../platform/errors.ts";
import type { Caller, Right } from "./auth/rights.ts";
import { callerOf } from "./guards/access.ts";

/**
 * One operation of the API as data: address, right, shapes in and out, and what it does. Registration, validation and
 * OpenAPI read the same description.
 */
export interface ApiRoute<Params = unknown, Query = unknown, Body = unknown> {
  method: "GET" | "POST" | "DELETE";
  /** Fastify's form: `/api/v1/alerts/:id`. */
  path: string;
  right: Right;
  summary: string;
  params?: z.ZodType<Params>;
  query?: z.ZodType<Query>;
  body?: z.ZodType<Body>;
  /** Status and shape of the answer; null = no body. */
  answer: { status: number; schema: z.ZodType | null };
  handle(input: RouteInput<Params, Query, Body>): Promise<unknown>;
}

export interface RouteInput<Params, Query, Body> {
  caller: Caller;
  params: Params;
  query: Query;
  body: Body;
  request: FastifyRequest;
}

/** A route with its types inferred from its schemas. */
export const defineRoute = <Params, Query, Body>(route: ApiRoute<Params, Query, Body>): ApiRoute =>
  route as unknown as ApiRoute;

const NO_MEMBERS = z.strictObject({});

/** Registers routes; inputs are parsed strictly, every problem is named with its place. */
export function registerRoutes(app: FastifyInstance, routes: readonly ApiRoute[]): void {
  for (const route of routes) {
    const handler = async (request: FastifyRequest, reply: FastifyReply) => {
      const answer = await route.handle({
        caller: callerOf(request),
        params: parse(route.params ?? NO_MEMBERS, request.params ?? {}, "path", "not-found"),
        query: parse(route.query ?? NO_MEMBERS, request.query ?? {}, "query", "bad-request"),
        body: parse(route.body ?? NO_MEMBERS, request.body ?? {}, "body", "bad-request"),
        request,
      });
      reply.code(route.answer.status);
      return route.answer.schema === null ? undefined : answer;
    };
    app.route({ method: route.method, url: route.path, config: { right: route.right }, handler });
  }
}

function parse<T>(schema: z.ZodType<T>, value: unknown, place: string, code: "bad-request" | "not-found"): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  if (code === "not-found") throw new ProblemError("not-found", "Nothing here by that name.");
  throw new ProblemError("bad-request", `The ${place} is not as described.`, {
    issues: parsed.error.issues.map((issue) => toIssue(issue, place)),
  });
}

const toIssue = (issue: z.core.$ZodIssue, place: string): Issue => ({
  code: issue.code,
  path: `/${place}${issue.path.map((part) => `/${String(part)}`).join("")}`,
  expected: issue.message,
  ...(issue.code === "unrecognized_keys"
    ? { received: `unknown members ${issue.keys.slice(0, 10).join(", ").slice(0, 200)}` }
    : {}),
});

/** Path parameter of an object of ours. */
export const idParams = z.strictObject({ id: z.uuid() });
