import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { Kysely } from "kysely";
import { sql } from "kysely";
import { collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { Flow } from "../../flow.ts";
import type { Database } from "../../migrations/tables.ts";
import { ProblemError } from "../../platform/errors.ts";
import type { Secret } from "../../platform/secret.ts";
import { unauthenticated } from "../auth/authenticate.ts";
import type { Health } from "../contract.ts";

/**
 * Probes (threats S5): component names and counts, no teams, people or titles. `/healthz`: the process answers. `/readyz`:
 * it can take events; a source in trouble is shown but does not make it unready, since pushes still arrive.
 */
export interface ProbeOptions {
  db: Kysely<Database>;
  flow: Pick<Flow, "stats">;
  health(): Promise<Health>;
  metricsToken: Secret | undefined;
  version: string;
}

const HEALTH_CACHE_MS = 1_000;

export function registerProbes(app: FastifyInstance, options: ProbeOptions): void {
  const registry = createMetrics(options);
  const health = cached(options.health, HEALTH_CACHE_MS);
  app.get("/healthz", { config: { right: "probe" }, logLevel: "silent" }, async () => ({
    status: "ok",
    version: options.version,
  }));
  app.get("/readyz", { config: { right: "probe" }, logLevel: "silent" }, async (_request, reply) => {
    const components = await readComponents(options, health);
    const ready = components["database"] === "ok" && components["intake"] === "ok";
    if (!ready) reply.code(503).header("retry-after", "2");
    return { status: ready ? "ready" : "not-ready", components };
  });
  app.get("/metrics", { config: { right: "probe" }, logLevel: "silent" }, async (request, reply) => {
    requireMetricsAccess(options.metricsToken, request.headers.authorization, request.ip);
    reply.type(registry.contentType);
    return registry.metrics();
  });
}

async function readComponents(options: ProbeOptions, health: () => Promise<Health>): Promise<Record<string, string>> {
  try {
    await sql`select 1`.execute(options.db);
  } catch {
    return { database: "unreachable", intake: "stopped" };
  }
  const { sources, outbox } = await health();
  const worst =
    (["failing", "degraded", "starting", "ok"] as const).find((status) =>
      sources.some((source) => source.status === status),
    ) ?? "ok";
  return {
    database: "ok",
    intake: "ok",
    "azure-monitor": worst,
    outbox: (outbox.oldestSeconds ?? 0) > 60 ? "late" : "ok",
  };
}

function createMetrics(options: ProbeOptions): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  gauge("watchbell_intake_waiting", "Events waiting for a commit", () => options.flow.stats().intakeDepth);
  gauge("watchbell_outbox_waiting", "Messages waiting in memory", () => options.flow.stats().outbox.waiting);
  gauge("watchbell_outbox_sending", "Messages being sent", () => options.flow.stats().outbox.sending);
  return registry;
}

/** By token; without one only loopback may read. */
function requireMetricsAccess(token: Secret | undefined, authorization: string | undefined, address: string): void {
  if (token === undefined) {
    if (address === "127.0.0.1" || address === "::1") return;
    throw new ProblemError("not-found", "Nothing here by that name.");
  }
  const digest = (text: string) => createHash("sha256").update(text).digest();
  if (!timingSafeEqual(digest(authorization ?? ""), digest(`Bearer ${token.reveal()}`)))
    throw unauthenticated("Expected the metrics token.");
}

function cached<T>(read: () => Promise<T>, ms: number): () => Promise<T> {
  let value: { at: number; promise: Promise<T> } | null = null;
  return () => {
    const now = performance.now();
    if (!value || now - value.at > ms) {
      value = { at: now, promise: read() };
      value.promise.catch(() => {
        value = null;
      });
    }
    return value.promise;
  };
}
