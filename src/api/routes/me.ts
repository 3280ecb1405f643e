import { createHash } from "node:crypto";
import type { Kysely } from "kysely";
import type { z } from "zod";
import type { ConfigurationCache, TeamConfiguration } from "../../configuration.ts";
import type { Database } from "../../migrations/tables.ts";
import { onDutyAt } from "../../on-duty/schedule.ts";
import type { Clock } from "../../platform/clock.ts";
import { appendAudit } from "../../platform/database/audit.ts";
import { ProblemError } from "../../platform/errors.ts";
import type { Ids } from "../../platform/ids.ts";
import { type Caller, requireFreshSignIn } from "../auth/rights.ts";
import { device, deviceBody, deviceList, me } from "../contract.ts";
import { type ApiRoute, defineRoute, idParams } from "../route.ts";

/** The caller: who they are, whether they are on duty and reachable, and their devices. */
export interface MeRouteOptions {
  db: Kysely<Database>;
  clock: Clock;
  ids: Ids;
  configuration: ConfigurationCache;
  vapidPublicKey: string;
  installation: { tenantId: string; publicUrl: string; version: string };
  /** Is this a push subscription that we would send to? (threats W9) */
  isPushContact(subscription: unknown): boolean;
}

const DEVICES_MAX = 20;
type DeviceBody = z.output<typeof deviceBody>;

export function meRoutes(options: MeRouteOptions): ApiRoute[] {
  const { db, clock, configuration, vapidPublicKey } = options;

  const whoAmI = defineRoute({
    method: "GET",
    path: "/api/v1/me",
    right: "alerts.read",
    summary: "Who am I, am I on duty, can I be reached",
    answer: { status: 200, schema: me },
    handle: async ({ caller }) => {
      const current = configuration.current();
      const teams = caller.teamIds.flatMap((id) => current.team(id) ?? []);
      return {
        person: caller.person,
        role: caller.role,
        teams: teams.map(({ id, name }) => ({ id, name })),
        onDuty: dutyOf(teams, caller.person.id, clock.now()),
        reachable: current.contacts(caller.person.id).length > 0,
        vapidPublicKey,
        signedInAt: new Date(caller.signedInAt).toISOString(),
        installation: options.installation,
      };
    },
  });

  const list = defineRoute({
    method: "GET",
    path: "/api/v1/me/devices",
    right: "devices.own",
    summary: "My devices and channels",
    answer: { status: 200, schema: deviceList },
    handle: async ({ caller }) => ({ devices: await devicesOf(db, caller.person.id), vapidPublicKey }),
  });

  const add = defineRoute({
    method: "POST",
    path: "/api/v1/me/devices",
    right: "devices.own",
    summary: "Register this browser's push subscription",
    body: deviceBody,
    answer: { status: 201, schema: device },
    handle: async ({ caller, body }) => {
      requireFreshSignIn(caller, clock.now());
      if (!options.isPushContact(body.subscription)) {
        const issues = [
          {
            code: "push-subscription",
            path: "/body/subscription",
            expected: "a push service of the setting egress.pushHosts, a P-256 key and 16 bytes of auth",
          },
        ];
        throw new ProblemError("bad-request", "This is not a push subscription that can be sent to.", { issues });
      }
      const id = await saveDevice(options, caller, body);
      await configuration.refresh();
      return (await devicesOf(db, caller.person.id)).find((entry) => entry.id === id);
    },
  });

  const remove = defineRoute({
    method: "DELETE",
    path: "/api/v1/me/devices/:id",
    right: "devices.own",
    summary: "Remove a device",
    params: idParams,
    answer: { status: 204, schema: null },
    handle: async ({ caller, params }) => {
      requireFreshSignIn(caller, clock.now());
      const removed = await retire(db, caller.person.id, params.id, clock.now());
      if (!removed) throw new ProblemError("not-found", "There is no such device of yours.");
      await audit(options, caller, "device-removed", params.id);
      await configuration.refresh();
    },
  });
  return [whoAmI, list, add, remove];
}

function dutyOf(teams: readonly TeamConfiguration[], personId: string, now: number) {
  for (const team of teams) {
    for (const schedule of team.schedules) {
      const duty = onDutyAt(schedule.definition, now);
      if (!duty.people.includes(personId)) continue;
      return { until: duty.untilAt === null ? null : new Date(duty.untilAt).toISOString(), schedule: schedule.name };
    }
  }
  return null;
}

async function devicesOf(db: Kysely<Database>, personId: string) {
  const rows = await db
    .selectFrom("contact_method")
    .selectAll()
    .where("person_id", "=", personId)
    .orderBy("created_at")
    .limit(100)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    channel: row.channel,
    name: row.name,
    createdAt: row.created_at.toISOString(),
    state: row.state,
    lastDeliveredAt: row.last_delivered_at?.toISOString() ?? null,
    target: hostOf(row.config),
  }));
}

/** The host of an endpoint: the rest of the address is a secret. */
function hostOf(config: unknown): string {
  const { endpoint, url } = config as { endpoint?: unknown; url?: unknown };
  const text = typeof endpoint === "string" ? endpoint : typeof url === "string" ? url : "";
  return URL.canParse(text) ? new URL(text).host : "";
}

/** One row an endpoint and person; an endpoint that another person used on this browser stops ringing for them. */
async function saveDevice(options: MeRouteOptions, caller: Caller, body: DeviceBody): Promise<string> {
  const { db, clock, ids } = options;
  const now = new Date(clock.now());
  const digest = createHash("sha256").update(body.subscription.endpoint).digest();
  const active = await db
    .selectFrom("contact_method")
    .select("id")
    .where("person_id", "=", caller.person.id)
    .where("state", "=", "active")
    .execute();
  if (active.length >= DEVICES_MAX)
    throw new ProblemError("bad-request", `You have ${DEVICES_MAX} devices already; remove one first.`);
  const id = await db.transaction().execute(async (tx) => {
    await tx
      .updateTable("contact_method")
      .set({ state: "retired", retired_at: now, retired_reason: "the browser is used by somebody else" })
      .where("channel", "=", "web-push")
      .where("config_digest", "=", digest)
      .where("person_id", "<>", caller.person.id)
      .where("state", "=", "active")
      .execute();
    const config = JSON.stringify(body.subscription);
    const row = await tx
      .insertInto("contact_method")
      .values({
        id: ids.next(clock.now()),
        person_id: caller.person.id,
        channel: "web-push",
        name: body.name,
        config,
        config_digest: digest,
        state: "active",
        created_at: now,
        last_delivered_at: null,
        retired_at: null,
        retired_reason: null,
      })
      .onConflict((conflict) =>
        conflict
          .columns(["person_id", "channel", "config_digest"])
          .doUpdateSet({ config, name: body.name, state: "active", retired_at: null, retired_reason: null }),
      )
      .returning("id")
      .executeTakeFirstOrThrow();
    return row.id;
  });
  await audit(options, caller, "device-added", id);
  return id;
}

async function retire(db: Kysely<Database>, personId: string, id: string, now: number): Promise<boolean> {
  const answer = await db
    .updateTable("contact_method")
    .set({ state: "retired", retired_at: new Date(now), retired_reason: "removed by its owner" })
    .where("id", "=", id)
    .where("person_id", "=", personId)
    .where("state", "=", "active")
    .executeTakeFirst();
  return answer.numUpdatedRows > 0n;
}

async function audit(
  { db, clock, configuration }: MeRouteOptions,
  caller: Caller,
  action: string,
  target: string,
): Promise<void> {
  const teamId = caller.teamIds[0] ?? configuration.current().teams[0]?.id;
  if (teamId === undefined) return;
  await appendAudit(db.$pickTables<"audit">(), {
    teamId,
    at: clock.now(),
    actor: caller.person.id,
    action,
    target,
    data: {},
  });
}
