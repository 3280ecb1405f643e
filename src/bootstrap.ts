import { createHash, randomBytes } from "node:crypto";
import { type Kysely, sql } from "kysely";
import { createVapidKeys } from "./channels/web-push/vapid.ts";
import type { EscalationPolicy } from "./escalation/escalation-policy.ts";
import type { Database } from "./migrations/tables.ts";
import type { Schedule } from "./on-duty/schedule.ts";
import type { Ids } from "./platform/ids.ts";
import type { Settings } from "./settings.ts";

/**
 * What an empty installation begins with: one team, its first people, a schedule with the first of them on duty, a default
 * policy and one Azure Monitor source; and the installation's own secrets. Running it again changes nothing but the
 * subscriptions and the bootstrap webhook, which follow the settings.
 */
export interface InstanceSecrets {
  vapid: { publicKey: string; privateKey: string };
  signingKey: Buffer;
}

export interface Bootstrapped {
  teamId: string;
  sourceId: string;
  /** First administrator, else the first person; null when nobody is known yet. */
  administratorId: string | null;
}

/** Any number that no other advisory lock of ours has. */
const BOOTSTRAP_LOCK = 7_461_001;
const TEAM_NAME = "Operations";
const SCHEDULE_NAME = "Operations primary";
const POLICY_NAME = "Operations default";
const SOURCE_NAME = "Azure Monitor";
/** Marks the contact that follows the setting. */
const BOOTSTRAP_WEBHOOK = "Webhook of the setting bootstrap.webhook";

/** On duty first; after five minutes the whole team; that twice more. */
const defaultPolicy = (scheduleId: string, teamId: string): EscalationPolicy => ({
  repeat: 2,
  steps: [
    { delayMinutes: 5, targets: [`schedule:${scheduleId}`] },
    { delayMinutes: 10, targets: [`team:${teamId}`] },
  ],
});

export async function bootstrap(
  db: Kysely<Database>,
  settings: Settings,
  ids: Ids,
  now: number,
): Promise<Bootstrapped> {
  const people = parsePeople(settings["bootstrap.people"]);
  return db.transaction().execute(async (tx) => {
    // Several workers may start at once on an empty store.
    await sql`select pg_advisory_xact_lock(${BOOTSTRAP_LOCK})`.execute(tx);
    const existing = await tx.selectFrom("team").selectAll().orderBy("created_at").executeTakeFirst();
    const teamId = existing?.id ?? (await makeTeam(tx, settings, people, ids, now));
    const source = await tx
      .selectFrom("source")
      .select("id")
      .where("team_id", "=", teamId)
      .where("kind", "=", "azure-monitor")
      .orderBy("created_at")
      .executeTakeFirstOrThrow();
    await tx
      .updateTable("source")
      .set({ subscriptions: [...settings["azure.subscriptions"]] })
      .where("team_id", "=", teamId)
      .where("id", "=", source.id)
      .execute();
    await followWebhook(tx, settings, teamId, ids, now);
    return { teamId, sourceId: source.id, administratorId: await administratorOf(tx) };
  });
}

interface BootstrapPerson {
  objectId: string;
  name: string;
  role: string | null;
}

/** `oid|Name|Role;oid|Name|Role`: the role may be missing. Throws naming the part that is wrong. */
export function parsePeople(text: string): BootstrapPerson[] {
  return text
    .split(";")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map((part) => {
      const [objectId, name, role] = part.split("|").map((field) => field.trim());
      if (!objectId || !/^[0-9a-f-]{36}$/i.test(objectId) || !name) {
        throw new Error(`bootstrap.people: “${part.slice(0, 80)}” is not objectId|Name|Role`);
      }
      return { objectId: objectId.toLowerCase(), name, role: role || null };
    });
}

async function makeTeam(
  tx: Kysely<Database>,
  settings: Settings,
  people: readonly BootstrapPerson[],
  ids: Ids,
  now: number,
): Promise<string> {
  const created_at = new Date(now);
  const teamId = ids.next(now);
  await tx.insertInto("team").values({ id: teamId, name: TEAM_NAME, created_at }).execute();
  const personIds = people.map(() => ids.next(now));
  if (people.length > 0) {
    const rows = people.map((person, index) => ({
      id: personIds[index]!,
      tenant_id: settings["entra.tenantId"],
      object_id: person.objectId,
      name: person.name,
      role: person.role,
      role_read_at: created_at,
      created_at,
    }));
    await tx.insertInto("person").values(rows).execute();
    await tx
      .insertInto("team_member")
      .values(personIds.map((person_id) => ({ team_id: teamId, person_id, created_at })))
      .execute();
  }
  const scheduleId = ids.next(now);
  const schedule: Schedule = { timeZone: "UTC", layers: [{ participants: personIds.slice(0, 1) }] };
  await tx
    .insertInto("schedule")
    .values({
      team_id: teamId,
      id: scheduleId,
      name: SCHEDULE_NAME,
      definition: JSON.stringify(schedule),
      version: 1,
      created_at,
    })
    .execute();
  await tx
    .insertInto("escalation_policy")
    .values({
      team_id: teamId,
      id: ids.next(now),
      version: 1,
      name: POLICY_NAME,
      definition: JSON.stringify(defaultPolicy(scheduleId, teamId)),
      created_at,
    })
    .execute();
  await tx
    .insertInto("source")
    .values({
      team_id: teamId,
      id: ids.next(now),
      kind: "azure-monitor",
      name: SOURCE_NAME,
      subscriptions: [],
      created_at,
      cursor_at: null,
      last_poll_at: null,
      last_success_at: null,
      last_push_at: null,
      last_error: null,
      last_advice: null,
    })
    .execute();
  return teamId;
}

/** The person on duty has the webhook of the setting, and no other one of it. */
async function followWebhook(
  tx: Kysely<Database>,
  settings: Settings,
  teamId: string,
  ids: Ids,
  now: number,
): Promise<void> {
  const url = settings["bootstrap.webhook"];
  const digest = createHash("sha256").update(url).digest();
  await tx
    .updateTable("contact_method")
    .set({ state: "retired", retired_at: new Date(now), retired_reason: "the setting bootstrap.webhook changed" })
    .where("name", "=", BOOTSTRAP_WEBHOOK)
    .where("config_digest", "<>", digest)
    .where("state", "=", "active")
    .execute();
  if (url === "") return;
  const secret = settings["notify.webhookSecret"]?.reveal();
  if (secret === undefined)
    throw new Error("bootstrap.webhook needs notify.webhookSecret, the key that signs its messages");
  const personId = await personOnDuty(tx, teamId);
  if (personId === undefined) throw new Error("bootstrap.webhook needs somebody on duty: set bootstrap.people");
  const config = JSON.stringify({ url, secret });
  await tx
    .insertInto("contact_method")
    .values({
      id: ids.next(now),
      person_id: personId,
      channel: "webhook",
      name: BOOTSTRAP_WEBHOOK,
      config,
      config_digest: digest,
      state: "active",
      created_at: new Date(now),
      last_delivered_at: null,
      retired_at: null,
      retired_reason: null,
    })
    .onConflict((conflict) =>
      conflict
        .columns(["person_id", "channel", "config_digest"])
        .doUpdateSet({ config, state: "active", retired_at: null, retired_reason: null }),
    )
    .execute();
}

async function personOnDuty(tx: Kysely<Database>, teamId: string): Promise<string | undefined> {
  const row = await tx
    .selectFrom("schedule")
    .select("definition")
    .where("team_id", "=", teamId)
    .orderBy("created_at")
    .executeTakeFirst();
  return (row?.definition as Schedule | undefined)?.layers[0]?.participants[0];
}

async function administratorOf(tx: Kysely<Database>): Promise<string | null> {
  const people = await tx.selectFrom("person").select(["id", "role"]).orderBy("created_at").orderBy("id").execute();
  return (people.find((person) => person.role === "Admin") ?? people[0])?.id ?? null;
}

/** The installation's own keys, made once. */
export async function readInstanceSecrets(db: Kysely<Database>, now: number): Promise<InstanceSecrets> {
  const vapid = createVapidKeys();
  const fresh = {
    "vapid-public-key": vapid.publicKey,
    "vapid-private-key": vapid.privateKey.reveal(),
    "signing-key": randomBytes(32).toString("base64url"),
  };
  const created_at = new Date(now);
  const known = await db.selectFrom("instance_secret").select("name").execute();
  if (known.length < Object.keys(fresh).length) {
    const rows = Object.entries(fresh).map(([name, value]) => ({ name, value, created_at }));
    // All or none: the two halves of a key pair belong together.
    await db
      .insertInto("instance_secret")
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
  const stored = new Map(
    (await db.selectFrom("instance_secret").selectAll().execute()).map((row) => [row.name, row.value]),
  );
  return {
    vapid: { publicKey: stored.get("vapid-public-key")!, privateKey: stored.get("vapid-private-key")! },
    signingKey: Buffer.from(stored.get("signing-key")!, "base64url"),
  };
}
