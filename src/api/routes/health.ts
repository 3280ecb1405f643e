import type { Kysely } from "kysely";
import { sql } from "kysely";
import type { ConfigurationCache } from "../../configuration.ts";
import { resolveTargets } from "../../configuration.ts";
import type { Database, SourceTable } from "../../migrations/tables.ts";
import type { Clock } from "../../platform/clock.ts";
import { type Health, health } from "../contract.ts";
import { type ApiRoute, defineRoute } from "../route.ts";

/** Health as people see it: sources with what to do, the outbox, and people who cannot be reached. */
export interface HealthOptions {
  db: Kysely<Database>;
  clock: Clock;
  configuration: ConfigurationCache;
  pollIntervalMs: number;
}

const DAY_MS = 86_400_000;
/** A source that was not read for so many poll intervals is behind. */
const LATE_POLLS = 4;
/** A message that waits longer than this is trouble. */
const OUTBOX_LATE_SECONDS = 60;

export function healthRoutes(options: HealthOptions): ApiRoute[] {
  return [
    defineRoute({
      method: "GET",
      path: "/api/v1/health",
      right: "health.read",
      summary: "Sources, outbox, and people who cannot be reached",
      answer: { status: 200, schema: health },
      handle: ({ caller }) => readHealth(options, caller.teamIds),
    }),
  ];
}

/** Health of the given teams. */
export async function readHealth(options: HealthOptions, teamIds: readonly string[]): Promise<Health> {
  const { db, clock, configuration } = options;
  const now = clock.now();
  if (teamIds.length === 0)
    return {
      status: "ok",
      sources: [],
      outbox: { pending: 0, oldestSeconds: null, failed24h: 0, delivered24h: 0 },
      unreachable: [],
    };
  const [sources, waiting, outbox] = await Promise.all([
    db.selectFrom("source").selectAll().where("team_id", "in", teamIds).orderBy("created_at").limit(200).execute(),
    db
      .selectFrom("write_back")
      .innerJoin("alert", (join) =>
        join.onRef("alert.team_id", "=", "write_back.team_id").onRef("alert.id", "=", "write_back.alert_id"),
      )
      .select(["alert.source_id", sql<string>`count(*)`.as("count")])
      .where("write_back.team_id", "in", teamIds)
      .where("write_back.state", "=", "pending")
      .groupBy("alert.source_id")
      .execute(),
    outboxOf(db, teamIds, now),
  ]);
  const waitingOf = new Map(waiting.map((row) => [row.source_id, Number(row.count)]));
  const shown = sources.map((source) => toHealth(source, waitingOf.get(source.id) ?? 0, options.pollIntervalMs, now));
  const unreachable = unreachableOf(configuration, teamIds, now);
  const failing = shown.some((source) => source.status === "failing");
  const degraded =
    unreachable.length > 0 ||
    shown.some((source) => source.status === "degraded") ||
    (outbox.oldestSeconds ?? 0) > OUTBOX_LATE_SECONDS;
  return { status: failing ? "failing" : degraded ? "degraded" : "ok", sources: shown, outbox, unreachable };
}

async function outboxOf(db: Kysely<Database>, teamIds: readonly string[], now: number): Promise<Health["outbox"]> {
  const since = new Date(now - DAY_MS);
  const [pending, ended] = await Promise.all([
    db
      .selectFrom("message")
      .select([sql<string>`count(*)`.as("count"), sql<Date | null>`min(created_at)`.as("oldest")])
      .where("team_id", "in", teamIds)
      .where("state", "=", "pending")
      .where("kind", "=", "call-out")
      .executeTakeFirstOrThrow(),
    db
      .selectFrom("message")
      .select(["state", sql<string>`count(*)`.as("count")])
      .where("team_id", "in", teamIds)
      .where("ended_at", ">", since)
      .groupBy("state")
      .execute(),
  ]);
  const countOf = (state: string) => Number(ended.find((row) => row.state === state)?.count ?? 0);
  return {
    pending: Number(pending.count),
    oldestSeconds: pending.oldest === null ? null : Math.max(0, (now - new Date(pending.oldest).getTime()) / 1_000),
    failed24h: countOf("failed"),
    delivered24h: countOf("delivered"),
  };
}

function toHealth(
  source: Omit<SourceTable, "paused"> & { paused: boolean },
  writesWaiting: number,
  pollIntervalMs: number,
  now: number,
): Health["sources"][number] {
  const lagSeconds =
    source.last_success_at === null ? null : Math.max(0, (now - source.last_success_at.getTime()) / 1_000);
  const late = lagSeconds !== null && lagSeconds * 1_000 > pollIntervalMs * LATE_POLLS;
  const failing = source.last_error !== null;
  const never = source.last_success_at === null;
  const status = source.paused
    ? "paused"
    : failing
      ? late || never
        ? "failing"
        : "degraded"
      : never
        ? "starting"
        : late
          ? "degraded"
          : "ok";
  return {
    id: source.id,
    kind: source.kind,
    name: source.name,
    status,
    lastSuccessAt: source.last_success_at?.toISOString() ?? null,
    lastPushAt: source.last_push_at?.toISOString() ?? null,
    lagSeconds,
    error: source.last_error,
    advice: source.last_advice ?? (failing ? "Pushed alerts still arrive. It is tried again by itself." : null),
    writesWaiting,
  };
}

/** People whom a policy could call now and who have no working device. */
function unreachableOf(
  configuration: ConfigurationCache,
  teamIds: readonly string[],
  now: number,
): Health["unreachable"] {
  const current = configuration.current();
  const called = teamIds.flatMap((teamId) => {
    const team = current.team(teamId);
    return team ? team.policy.definition.steps.flatMap((step) => resolveTargets(team, step.targets, now)) : [];
  });
  return [...new Set(called)]
    .filter((personId) => current.contacts(personId).length === 0)
    .map((personId) => ({
      person: current.person(personId),
      reason: "No device or channel is set up, or the last one stopped working.",
    }));
}
