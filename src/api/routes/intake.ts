import type { FastifyInstance, FastifyRequest } from "fastify";
import type { SourceConfiguration } from "../../configuration.ts";
import type { Flow } from "../../flow.ts";
import type { Clock } from "../../platform/clock.ts";
import { ProblemError } from "../../platform/errors.ts";
import type { Logger } from "../../platform/log.ts";
import { type Authenticator, readBearer, unauthenticated } from "../auth/authenticate.ts";
import { readSourceKey, type SourceKeys } from "../auth/source-keys.ts";
import type { TokenValidators } from "../auth/token-validators.ts";
import type { AccessGuard } from "../guards/access.ts";
import {
  BODY_BYTES_MAX,
  checkContentEncoding,
  checkContentLength,
  checkJsonContentType,
} from "../guards/body-limits.ts";

/**
 * `POST /api/v1/intake/azure-monitor`: what comes in is a push signed by Entra (secure webhook) or with a source key; what
 * goes out is 202 with the alerts' ids, after the commit. Order of threats I1: route, method, rate, credential, size,
 * body. An authentic body is never lost: what cannot be read is kept raw and raised as an alert of its own. Nothing is
 * accepted that cannot be stored: 503 with Retry-After before, never after.
 */
export interface IntakeOptions {
  flow: Pick<Flow, "push">;
  clock: Clock;
  log: Logger;
  validators: Pick<TokenValidators, "validateIntakeToken">;
  sourceKeys: Pick<SourceKeys, "find">;
  authenticator: Pick<Authenticator, "noteRefusal">;
  guard: AccessGuard;
  sources(): readonly SourceConfiguration[];
  /** Notes a push in the source's health. */
  pushed(source: { teamId: string; id: string }, now: number): Promise<void>;
}

interface Sender {
  teamId: string;
  sourceId: string;
  via: "entra" | "key";
}

declare module "fastify" {
  interface FastifyRequest {
    sender: Sender | null;
  }
}

const PATH = "/api/v1/intake/azure-monitor";
const RETRY_AFTER_SECONDS = 5;
/** A source's "last push" is written at most so often. */
const PUSHED_EVERY_MS = 5_000;

export function registerIntake(app: FastifyInstance, options: IntakeOptions): void {
  const notePush = createPushNote(options);
  app.decorateRequest("sender", null);
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: BODY_BYTES_MAX }, (_request, body, done) =>
      done(null, body),
    );
    scope.post(PATH, {
      config: { right: "intake" },
      onRequest: async (request) => {
        request.sender = await authenticateSender(options, request);
        checkContentEncoding(request.headers);
        checkJsonContentType(request.headers);
        checkContentLength(request.headers, BODY_BYTES_MAX);
      },
      handler: async (request, reply) => {
        const sender = request.sender!;
        const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        notePush({ teamId: sender.teamId, id: sender.sourceId });
        const alertId = await accept(options, {
          ...sender,
          contentType: request.headers["content-type"] ?? null,
          body,
        });
        reply.code(202);
        return { alertIds: alertId === null ? [] : [alertId] };
      },
    });
  });
  app.route({
    method: ["GET", "PUT", "PATCH", "DELETE"],
    url: PATH,
    config: { right: "public" },
    handler: async (request) => {
      throw new ProblemError("method-not-allowed", `${request.method} is not taken here; POST is.`, {
        headers: { Allow: "POST" },
      });
    },
  });
}

async function authenticateSender(options: IntakeOptions, request: FastifyRequest): Promise<Sender> {
  const key = readSourceKey(request.headers, new URLSearchParams(request.raw.url?.split("?", 2)[1] ?? ""));
  const refuse = (credential: string, error: ProblemError): never => {
    if (credential === "") options.guard.countAnonymous(request);
    else options.authenticator.noteRefusal(request.ip, credential, error.message);
    throw error;
  };
  if (key !== undefined) {
    if (request.headers.authorization !== undefined)
      throw new ProblemError("two-credentials", "The request has a source key and an Authorization header.");
    const match = options.sourceKeys.find(key);
    if (!match) return refuse(key, unauthenticated("The source key is unknown, expired or revoked."));
    return { teamId: match.teamId, sourceId: match.sourceId, via: "key" };
  }
  const token = readBearer(request);
  if (token === undefined) {
    return refuse(
      "",
      unauthenticated(
        "Expected Authorization: Bearer with an Entra token of this tenant, or X-Watchbell-Key; received neither.",
      ),
    );
  }
  try {
    await options.validators.validateIntakeToken(token);
  } catch (error) {
    if (error instanceof ProblemError && error.code === "unauthenticated") return refuse(token, error);
    throw error;
  }
  const source = options.sources().find((candidate) => candidate.kind === "azure-monitor");
  if (!source)
    throw new ProblemError("not-ready", "No Azure Monitor source is set up.", { headers: { "Retry-After": "60" } });
  return { teamId: source.teamId, sourceId: source.id, via: "entra" };
}

async function accept(options: IntakeOptions, push: Parameters<Flow["push"]>[0]): Promise<string | null> {
  const headers = { "Retry-After": String(RETRY_AFTER_SECONDS) };
  const accepted = options.flow.push(push);
  if (accepted === null) throw new ProblemError("not-ready", "Too many events wait for the store.", { headers });
  try {
    return (await accepted).alertId;
  } catch (cause) {
    options.log.error({ error: String(cause) }, "an event could not be stored");
    throw new ProblemError("not-ready", "The event could not be stored; nothing was accepted. Send it again.", {
      headers,
      cause,
    });
  }
}

function createPushNote(options: IntakeOptions): (source: { teamId: string; id: string }) => void {
  const notedAt = new Map<string, number>();
  return (source) => {
    const now = options.clock.now();
    if (now - (notedAt.get(source.id) ?? 0) < PUSHED_EVERY_MS) return;
    notedAt.set(source.id, now);
    options
      .pushed(source, now)
      .catch((error: unknown) =>
        options.log.warn({ error: String(error) }, "a push was not noted in the source's health"),
      );
  };
}
