import { randomUUID } from "node:crypto";
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from "fastify";
import { ProblemError, toProblemDocument } from "../platform/errors.ts";
import type { Logger } from "../platform/log.ts";
import { answerClientError } from "./client-error.ts";
import { BODY_BYTES_MAX, CONNECTIONS_MAX, SERVER_LIMITS, tooLarge } from "./guards/body-limits.ts";

/** The HTTP server itself: limits, and every error as problem details (RFC 9457). Routes are added by the caller. */
export function createServer(options: { log: Logger; trustProxyHops: number }): FastifyInstance {
  const app = Fastify({
    ...SERVER_LIMITS,
    logger: false,
    clientErrorHandler: answerClientError,
    // The nearest so many hops are ours (the ingress); what they say of the caller's address is believed (threats L3).
    trustProxy: (_address: string, hop: number) => hop < options.trustProxyHops,
    forceCloseConnections: true,
    return503OnClosing: true,
    routerOptions: { ignoreTrailingSlash: false, caseSensitive: true, maxParamLength: 200 },
  });
  app.server.maxConnections = CONNECTIONS_MAX;
  app.setErrorHandler((error, _request, reply) => sendProblem(options.log, reply, toProblem(error)));
  return app;
}

/** Writes a problem; anything unexpected is logged under the id that the answer names, without a stack (threats S5). */
export function sendProblem(log: Logger, reply: FastifyReply, problem: ProblemError): FastifyReply {
  const instance = problem.status >= 500 ? `urn:uuid:${randomUUID()}` : undefined;
  if (problem.code === "internal") log.error({ instance, error: stackOf(problem.cause) }, "a request failed");
  return reply
    .code(problem.status)
    .headers({ ...problem.headers, "cache-control": "no-store" })
    .type("application/problem+json")
    .serializer((document: unknown) => JSON.stringify(document))
    .send(toProblemDocument(problem, instance));
}

const stackOf = (cause: unknown) => (cause instanceof Error ? (cause.stack ?? cause.message) : String(cause));

function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  const { code, statusCode } = error as FastifyError;
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") return tooLarge(BODY_BYTES_MAX, "more");
  if (code === "FST_ERR_CTP_INVALID_MEDIA_TYPE")
    return new ProblemError("unsupported-media-type", "Expected application/json.");
  if (code === "FST_ERR_CTP_EMPTY_JSON_BODY")
    return new ProblemError("bad-request", "Expected a JSON object; the body is empty.");
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new ProblemError("bad-request", "The body is not JSON that is accepted here.", { cause: error });
  }
  return isStoreAway(error)
    ? new ProblemError("not-ready", "The database is not reachable.", { headers: { "Retry-After": "2" }, cause: error })
    : new ProblemError("internal", "Something failed here; the log says more under this id.", { cause: error });
}

/** SQLSTATE class 08 and 57P, connection errors of the driver: it comes back by itself. */
export function isStoreAway(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === "string" && /^(08|57P|ECONN|EPIPE|ENOENT)/.test(code)) return true;
  return typeof message === "string" && /Connection terminated|timeout exceeded when trying to connect/.test(message);
}
