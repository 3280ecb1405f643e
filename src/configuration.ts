import type { Kysely } from "kysely";
import type { PersonRef } from "./alert/alert.ts";
import type { ContactMethod } from "./channels/channel.ts";
import { type EscalationPolicy, escalationPolicy } from "./escalation/escalation-policy.ts";
import type { Database } from "./migrations/tables.ts";
import { onDutyAt, type Schedule, schedule } from "./on-duty/schedule.ts";

/**
 * What decisions read: teams, people, their contacts, schedules, policies and sources, as one immutable snapshot in
 * memory. It is loaded at start, after every change made here, and every `RELOAD_MS` for changes made by other workers.
 */
export interface Configuration {
  team(teamId: string): TeamConfiguration | undefined;
  teams: readonly TeamConfiguration[];
  person(personId: string): PersonRef;
  /** Working contact methods of a person. */
  contacts(personId: string): readonly ContactMethod[];
  sources: readonly SourceConfiguration[];
  policyVersion(policyId: string, version: number): PolicyVersion | undefined;
}

export interface TeamConfiguration {
  id: string;
  name: string;
  members: readonly string[];
  schedules: readonly { id: string; name: string; definition: Schedule }[];
  /** The policy that new alerts get. */
  policy: PolicyVersion;
}

export interface PolicyVersion {
  id: string;
  version: number;
  name: string;
  definition: EscalationPolicy;
}

export interface SourceConfiguration {
  teamId: string;
  id: string;
  kind: string;
  name: string;
  subscriptions: readonly string[];
  paused: boolean;
}

export interface ConfigurationCache {
  current(): Configuration;
  /** Loads it anew. */
  refresh(): Promise<void>;
}

/** Changes made by another worker are seen after this long. */
export const RELOAD_MS = 10_000;

export async function createConfigurationCache(db: Kysely<Database>): Promise<ConfigurationCache> {
  let current = await load(db);
  let last: Promise<void> = Promise.resolve();
  // One load after the other: a caller who has just changed something never gets a load that began before.
  const refresh = () => {
    const next = last
      .catch(() => undefined)
      .then(async () => {
        current = await load(db);
      });
    last = next;
    return next;
  };
  return { current: () => current, refresh };
}

async function load(db: Kysely<Database>): Promise<Configuration> {
  const [teams, people, members, contacts, schedules, policies, sources] = await Promise.all([
    db.selectFrom("team").selectAll().orderBy("created_at").execute(),
    db.selectFrom("person").select(["id", "name"]).execute(),
    db.selectFrom("team_member").selectAll().orderBy("created_at").orderBy("person_id").execute(),
    db.selectFrom("contact_method").selectAll().where("state", "=", "active").orderBy("created_at").execute(),
    db.selectFrom("schedule").selectAll().execute(),
    db.selectFrom("escalation_policy").selectAll().orderBy("created_at").orderBy("version").execute(),
    db.selectFrom("source").selectAll().orderBy("created_at").execute(),
  ]);
  const names = new Map(people.map((person) => [person.id, person.name]));
  const versions = policies.map((row) => ({ ...row, definition: escalationPolicy.parse(row.definition) }));
  const teamConfigurations = teams.flatMap((team): TeamConfiguration[] => {
    // The team's first policy, in its newest version.
    const first = versions.find((row) => row.team_id === team.id);
    const policy = versions.findLast((row) => row.id === first?.id);
    if (!policy) return [];
    return [
      {
        id: team.id,
        name: team.name,
        members: members.filter((m) => m.team_id === team.id).map((m) => m.person_id),
        schedules: schedules
          .filter((row) => row.team_id === team.id)
          .map((row) => ({ id: row.id, name: row.name, definition: schedule.parse(row.definition) })),
        policy,
      },
    ];
  });
  const byPerson = Map.groupBy(contacts, (contact) => contact.person_id);
  return {
    teams: teamConfigurations,
    team: (teamId) => teamConfigurations.find((team) => team.id === teamId),
    person: (personId) => ({ id: personId, name: names.get(personId) ?? "Somebody who left" }),
    contacts: (personId) =>
      (byPerson.get(personId) ?? []).map((row) => ({ id: row.id, personId, channel: row.channel, config: row.config })),
    sources: sources.map((row) => ({
      teamId: row.team_id,
      id: row.id,
      kind: row.kind,
      name: row.name,
      subscriptions: row.subscriptions,
      paused: row.paused,
    })),
    policyVersion: (policyId, version) => versions.find((row) => row.id === policyId && row.version === version),
  };
}

/** Who a policy's targets mean at an instant: `user:`, `schedule:` (on duty then), `team:` (all members); each once. */
export function resolveTargets(team: TeamConfiguration, targets: readonly string[], at: number): string[] {
  const people = targets.flatMap((target) => {
    const [kind, id] = [target.slice(0, target.indexOf(":")), target.slice(target.indexOf(":") + 1)];
    if (kind === "user") return [id];
    if (kind === "team") return id === team.id || id === team.name ? [...team.members] : [];
    if (kind !== "schedule") return [];
    const found = team.schedules.find((entry) => entry.id === id || entry.name === id);
    return found ? onDutyAt(found.definition, at).people : [];
  });
  return [...new Set(people)];
}
