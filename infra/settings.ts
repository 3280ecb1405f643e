import { z } from "zod";
import { contradictions } from "./setting-rules.ts";
import * as schema from "./setting-schemas.ts";

/**
 * Every setting of the program (`pulumi config set watchbell:<name> <value>`): default, limits, meaning, and for which
 * profiles. All problems are reported at once, before any resource is touched. docs/deploy.md's table is written from here
 * (documentation.ts).
 */

export type Profile = "full" | "spoke" | "connector";

interface Definition<T extends z.ZodType = z.ZodType> {
  readonly schema: T;
  /** Value as it would stand in the configuration; absent together with `optional` = no value. */
  readonly fallback?: unknown;
  readonly optional?: true;
  /** Profiles that know it; absent = all. Given for another profile it is a mistake. */
  readonly profiles?: readonly Profile[];
  readonly doc: string;
}
const define = <T extends z.ZodType>(definition: Definition<T>): Definition<T> => definition;

const FULL = ["full"] as const;
const FULL_OR_CONNECTOR = ["full", "connector"] as const;

export const INFRA_SETTING_DEFINITIONS = {
  profile: define({
    schema: z.enum(["full", "spoke", "connector"]),
    fallback: "full",
    doc: "`full`: everything. `spoke`: a further subscription, whose alerts go to the worker of another stack (`hub`). `connector`: only identity, role and a secret in Key Vault, for a SIGNL4 or Enterprise Alert connector.",
  }),
  environment: define({
    schema: schema.environmentName,
    doc: "Part of every name, so that several environments fit into one subscription and tenant. Default: the stack's name.",
  }),
  location: define({
    schema: schema.region,
    fallback: "westeurope",
    doc: 'Azure region of everything that has one. Action groups and the alert processing rule are global: an "allowed locations" policy must list `global`.',
  }),
  image: define({
    schema: schema.image,
    optional: true,
    profiles: FULL,
    doc: "Container image of the worker, best by digest. Needed, or `buildFrom`.",
  }),
  registry: define({
    schema: schema.registryId,
    optional: true,
    profiles: FULL,
    doc: "Resource id of the Azure Container Registry that holds `image`, when it asks for credentials: the worker's identity gets `AcrPull` there. Absent: the image can be read by everybody.",
  }),
  buildFrom: define({
    schema: schema.gitCommit,
    optional: true,
    profiles: FULL,
    doc: "Instead of `image`: a public git repository and commit, built in the subscription by ACR Tasks into a registry of its own. Not offered in some subscriptions (`TasksOperationsNotAllowed`).",
  }),
  publicUrl: define({
    schema: schema.publicOrigin,
    optional: true,
    profiles: FULL,
    doc: "Origin people use. Default: the address that Azure gives to the Container App. Set it when a name of your own points there.",
  }),
  hub: define({
    schema: schema.stackName,
    optional: true,
    profiles: ["spoke"],
    doc: "Stack (profile `full`) whose worker this subscription reports to. Needed for `spoke`.",
  }),
  spokes: define({
    schema: schema.stackList,
    fallback: "",
    profiles: FULL,
    doc: "Stacks of profile `spoke` that report here (comma list): the worker reads and writes their subscriptions too. Add one after its first `up`.",
  }),
  subscriptions: define({
    schema: schema.guidList,
    fallback: "",
    profiles: FULL,
    doc: "Further subscriptions for the worker (comma list of ids) whose rights come from elsewhere: Azure Lighthouse, or a stack in another state.",
  }),
  monitor: define({
    schema: z.enum(["read", "read-write"]),
    fallback: "read-write",
    doc: "`read` leaves the right to change an alert's state out of the role and switches write-back off.",
  }),
  role: define({
    schema: z.enum(["custom", "monitoring-contributor", "monitoring-reader"]),
    fallback: "custom",
    doc: "Role on the subscription. `custom` is the smallest: exactly what is called. The built-in ones are for tenants that forbid custom roles; Monitoring Contributor may also change alert rules.",
  }),
  sentinel: define({
    schema: schema.sentinelWorkspace,
    fallback: "off",
    doc: "Resource id of the workspace with Microsoft Sentinel, in the same subscription: rights on its incidents, and the playbooks. `off` leaves out both.",
  }),
  graph: define({
    schema: z.enum(["on", "off"]),
    fallback: "off",
    profiles: FULL_OR_CONNECTOR,
    doc: "`on` grants the app roles of Microsoft Graph for Defender's incidents and alerts.",
  }),
  graphGrants: define({
    schema: z.enum(["deploy", "manual"]),
    fallback: "deploy",
    profiles: FULL_OR_CONNECTOR,
    doc: "Who grants them: this program (needs Privileged Role Administrator or `AppRoleAssignment.ReadWrite.All`), or an administrator by the printed command.",
  }),
  audience: define({
    schema: z.enum(["single", "multi"]),
    fallback: "single",
    profiles: FULL_OR_CONNECTOR,
    doc: '`multi` lets administrators of other tenants consent to the worker\'s registration; see "Other tenants".',
  }),
  credential: define({
    schema: z.enum(["federated", "secret"]),
    optional: true,
    profiles: FULL_OR_CONNECTOR,
    doc: "`federated`: the worker's managed identity is trusted, no secret exists (default of `full`). `secret`: a client secret in Key Vault (default of, and needed for, `connector`).",
  }),
  secretMonths: define({
    schema: z
      .enum(["12", "24"])
      .or(z.literal([12, 24]).transform((months) => (months === 12 ? ("12" as const) : ("24" as const)))),
    fallback: "12",
    profiles: FULL_OR_CONNECTOR,
    doc: "Life of a client secret in months, 12 or 24. A new one is made by the `up` after half of it; the old one works until its end.",
  }),
  secretsFrom: define({
    schema: schema.month,
    optional: true,
    profiles: FULL_OR_CONNECTOR,
    doc: "Month of the first client secret (`2026-11`), from which the times of rotation are counted. Needed with `credential: secret` and for `connector`; do not change it later.",
  }),
  network: define({
    schema: z.enum(["private", "public"]),
    fallback: "private",
    profiles: FULL,
    doc: "`private`: a virtual network; the database has no public address and the vault takes requests of the worker's subnet only. `public`: neither; cheaper to look into, for trials.",
  }),
  addressSpace: define({
    schema: schema.privateNetwork,
    fallback: "10.60.0.0/24",
    profiles: FULL,
    doc: "Private /24 network for `network: private`. Matters only where you connect it to other networks.",
  }),
  zoneRedundant: define({
    schema: schema.flag,
    fallback: "false",
    profiles: FULL,
    doc: "Spread worker and database over availability zones. Needs a region with zones, `network: private` and a database size that is not Burstable. The environment's part is decided at its creation.",
  }),
  databaseSku: define({
    schema: schema.databaseSku,
    fallback: "Standard_B2s",
    profiles: FULL,
    doc: "Compute size of the PostgreSQL server: B = Burstable, D = General Purpose, E = Memory Optimized.",
  }),
  databaseStorageGb: define({
    schema: schema.integer(32, 16_384),
    fallback: "32",
    profiles: FULL,
    doc: "Storage at first, gigabytes; it grows by itself and never shrinks.",
  }),
  databaseBackupDays: define({
    schema: schema.integer(7, 35),
    fallback: "14",
    profiles: FULL,
    doc: "Days that one can restore to, 7–35.",
  }),
  databaseGeoBackup: define({
    schema: schema.flag,
    fallback: "true",
    profiles: FULL,
    doc: "Keep backups in the paired region too. Decided at creation; `false` in a region without a pair.",
  }),
  databaseAllowedIps: define({
    schema: schema.databaseAddressList,
    fallback: "",
    profiles: FULL,
    doc: "With `network: public` only, and needed there: who reaches the database (comma list of IPv4 addresses or ranges; `azure` = all services of Azure, of other customers too).",
  }),
  databaseSecretUri: define({
    schema: schema.secretUri,
    optional: true,
    profiles: FULL,
    doc: "Key Vault secret with the worker's `DATABASE_URL`: bring your own PostgreSQL 16 or later, and none is made. For a secret in another vault grant the worker's identity `Key Vault Secrets User` there.",
  }),
  retainData: define({
    schema: schema.flag,
    fallback: "true",
    profiles: FULL,
    doc: "Protect the database from `destroy` and replacement. Set `false` and run `up` before a `destroy` that shall take it along.",
  }),
  replicasMin: define({
    schema: schema.integer(1, 10),
    fallback: "1",
    profiles: FULL,
    doc: "Workers that always run. More than one only when this version's notes say that workers share their work.",
  }),
  replicasMax: define({
    schema: schema.integer(1, 10),
    fallback: "1",
    profiles: FULL,
    doc: "Workers at most: added at 70 % CPU or 50 requests at once per worker.",
  }),
  purgeProtection: define({
    schema: schema.flag,
    fallback: "true",
    profiles: FULL_OR_CONNECTOR,
    doc: "Purge protection of the Key Vault. Cannot be switched off again, and keeps the vault for 90 days after a destroy.",
  }),
  vaultAllowedIps: define({
    schema: schema.addressList,
    fallback: "",
    profiles: FULL_OR_CONNECTOR,
    doc: "IPv4 addresses or ranges (comma list) that reach the Key Vault besides the worker's subnet. Empty with `network: public` or `connector`: every address, and only rights decide.",
  }),
  logRetentionDays: define({
    schema: schema.integer(30, 730),
    fallback: "30",
    profiles: FULL_OR_CONNECTOR,
    doc: "Days that Log Analytics keeps logs, 30–730.",
  }),
  logDailyQuotaGb: define({
    schema: schema.integer(1, 1_000),
    fallback: "1",
    profiles: FULL_OR_CONNECTOR,
    doc: "Gigabytes of logs taken a day at most, 1–1000: the bound of the bill.",
  }),
  tenantLogs: define({
    schema: z.enum(["deploy", "off"]),
    fallback: "off",
    profiles: FULL_OR_CONNECTOR,
    doc: "`deploy` sends the tenant's sign-in and audit logs to the workspace, which three of the alert rules read. One stack a tenant; needs Security Administrator (a person, not a service principal) and Entra ID P1.",
  }),
  operators: define({
    schema: schema.mailList,
    fallback: "",
    doc: "Mail addresses (comma list) that hear when Watchbell itself is in trouble; they are told by Azure, past the worker.",
  }),
  budget: define({
    schema: schema.integer(0, 1_000_000),
    fallback: "0",
    doc: "Monthly budget of the resource group in the currency of the bill: the operators hear at 80 % and 100 %, and when 100 % is forecast. 0 = none.",
  }),
  locks: define({
    schema: schema.flag,
    fallback: "true",
    doc: "Lock vault, workspace, database and registry against deletion by hand. `pulumi destroy` removes the locks first.",
  }),
  owners: define({
    schema: schema.ownerList,
    fallback: "deployer",
    profiles: FULL_OR_CONNECTOR,
    doc: "Owners of the app registrations (comma list of object ids; `deployer` = whoever runs `up`). Only an owner of the daemon's registration may change an action group, so name everybody who deploys, also spokes: a person and the pipeline.",
  }),
  tags: define({
    schema: schema.tags,
    fallback: {},
    doc: "Further tags of every resource (object): `pulumi config set --path watchbell:tags.costCentre 4711`.",
  }),
  worker: define({
    schema: schema.workerSettings,
    fallback: {},
    profiles: FULL,
    doc: "The worker's own settings by name (object): `pulumi config set --path 'watchbell:worker[\"azureMonitor.graceMinutes\"]' 5`. Secrets, and what the program decides, are refused.",
  }),
} as const;

export type InfraSettingName = keyof typeof INFRA_SETTING_DEFINITIONS;
type Value<N extends InfraSettingName> = z.output<(typeof INFRA_SETTING_DEFINITIONS)[N]["schema"]>;
type Absent = "image" | "registry" | "buildFrom" | "publicUrl" | "hub" | "secretsFrom" | "databaseSecretUri";
export type InfraSettings = { readonly [N in Exclude<InfraSettingName, Absent>]: Value<N> } & {
  readonly [N in Absent]?: Value<N>;
};

/** Everything wrong with the configuration, one line each. */
export class InfraSettingsError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(
      `${problems.length} setting(s) are wrong, nothing was deployed:\n${problems.map((line) => `  ${line}`).join("\n")}`,
    );
    this.name = "InfraSettingsError";
    this.problems = problems;
  }
}

/**
 * Validates raw configuration (texts, or objects for `tags` and `worker`). `stack` is the default of `environment`.
 * Throws `InfraSettingsError` with every problem at once; values are not repeated, they may be secret.
 */
export function readInfraSettings(raw: Readonly<Record<string, unknown>>, stack?: string): InfraSettings {
  const given: Record<string, unknown> = { environment: stack, ...withoutUndefined(raw) };
  const problems = Object.keys(given)
    .filter((name) => !Object.hasOwn(INFRA_SETTING_DEFINITIONS, name))
    .map((name) => `watchbell:${name} is not a setting`);
  const profile = profileOf(given["profile"]);
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(INFRA_SETTING_DEFINITIONS) as InfraSettingName[]) {
    const read = readSetting(name, given[name], profile);
    problems.push(...read.problems);
    if (read.value !== undefined) values[name] = read.value;
  }
  values["credential"] ??= profile === "connector" ? "secret" : "federated";
  const wrong = new Set(problems.map(settingOf));
  problems.push(...contradictions(values as Partial<InfraSettings>).filter((line) => !wrong.has(settingOf(line))));
  if (problems.length > 0) throw new InfraSettingsError(problems);
  return Object.freeze(values) as InfraSettings;
}

/** Name of the setting that a problem is about: one that is wrong by itself is not also reported as missing. */
function settingOf(problem: string): string {
  return /^watchbell:(\w+)/.exec(problem)?.[1] ?? "";
}

function profileOf(given: unknown): Profile {
  return INFRA_SETTING_DEFINITIONS.profile.schema.catch("full").parse(given ?? "full");
}

/** The value of one setting; undefined where it has none, is wrong, or is none of this profile. */
function readSetting(
  name: InfraSettingName,
  given: unknown,
  profile: Profile,
): { value?: unknown; problems: string[] } {
  const definition: Definition = INFRA_SETTING_DEFINITIONS[name];
  if (given !== undefined && definition.profiles?.includes(profile) === false) {
    return { problems: [`watchbell:${name} has no meaning with profile ${profile}: remove it`] };
  }
  const value = given ?? definition.fallback;
  if (value === undefined) {
    return { problems: definition.optional ? [] : [`watchbell:${name} is missing. ${definition.doc}`] };
  }
  const parsed = definition.schema.safeParse(value);
  if (parsed.success) return { value: parsed.data, problems: [] };
  const at = (path: readonly PropertyKey[]) => path.map((part) => `.${String(part)}`).join("");
  return { problems: parsed.error.issues.map((issue) => `watchbell:${name}${at(issue.path)}: ${issue.message}`) };
}

function withoutUndefined(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}
