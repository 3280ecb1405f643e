import { z } from "zod";
import { Secret } from "../src/platform/secret.ts";
import { SETTING_DEFINITIONS, type SettingName } from "../src/settings.ts";

/**
 * Every setting of the program (`pulumi config set watchbell:<name> <value>`): default, limits, meaning. All problems
 * are reported at once, before any resource is touched.
 */

/** Settings of the worker that the program itself decides; giving them twice would be a contradiction. */
const DECIDED_BY_PROGRAM: readonly SettingName[] = [
  "publicUrl",
  "listen.host",
  "listen.port",
  "listen.trustProxy",
  "data.folder",
  "entra.tenantId",
  "entra.clientId",
  "entra.credential",
  "entra.managedIdentityClientId",
  "entra.portalClientId",
  "azure.subscriptions",
  "azure.workspaceId",
  "azureMonitor.writeBack",
  "identity.endpoint",
];

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);
/** Registry, path and a tag or digest; `latest` says nothing about what runs. */
const IMAGE = /^[a-z0-9][a-z0-9.:-]*(\/[a-z0-9._-]+)+(:(?!latest$)[\w][\w.-]{0,127}|@sha256:[0-9a-f]{64})$/;
const SECRET_URI =
  /^https:\/\/[a-z0-9-]{3,24}\.vault\.(azure\.net|usgovcloudapi\.net|azure\.cn)\/secrets\/[0-9A-Za-z-]{1,127}(\/[0-9a-f]{32})?$/;

const commaList = z.string().transform((items) =>
  items
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== ""),
);
const integer = (from: number, to: number) => z.coerce.number().int().min(from).max(to);
/** `pulumi config set --path` turns what looks like a number or a truth value into one. */
const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const flag = z
  .enum(["true", "false"])
  .or(z.boolean().transform((value) => (value ? ("true" as const) : ("false" as const))))
  .transform((word) => word === "true");

/** Origin of the portal: https, or http on this machine only (the sandbox). */
const publicOrigin = z.string().transform((address, context) => {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const secure = url?.protocol === "https:" || (url?.protocol === "http:" && LOOPBACK.has(url.hostname));
  if (
    url === undefined ||
    !secure ||
    url.pathname !== "/" ||
    url.search !== "" ||
    url.hash !== "" ||
    url.username !== ""
  ) {
    context.addIssue("an origin such as https://watchbell.example.com, without path; http only for loopback");
    return z.NEVER;
  }
  return url.origin;
});

/** A worker's setting by name; checked with the worker's own schema, so that a wrong one stops here and not at its start. */
const workerSettings = z.record(z.string(), text).superRefine((record, context) => {
  for (const [name, value] of Object.entries(record)) {
    const problem = workerSettingProblem(name, value);
    if (problem !== undefined) context.addIssue({ code: "custom", path: [name], message: problem });
  }
});

function workerSettingProblem(name: string, value: string): string | undefined {
  if (!Object.hasOwn(SETTING_DEFINITIONS, name)) return "is not a setting of the worker";
  const setting = name as SettingName;
  if (DECIDED_BY_PROGRAM.includes(setting)) return "is decided by the program";
  const parsed = SETTING_DEFINITIONS[setting].schema.safeParse(value);
  if (!parsed.success) return parsed.error.issues.map((issue) => issue.message).join("; ");
  if (parsed.data instanceof Secret) return "is a secret, which must not stand in configuration or environment";
  return undefined;
}

interface Definition<T extends z.ZodType = z.ZodType> {
  readonly schema: T;
  /** Value as it would stand in the configuration; absent together with `optional` = no value. */
  readonly fallback?: unknown;
  readonly optional?: true;
  readonly doc: string;
}
const define = <T extends z.ZodType>(definition: Definition<T>): Definition<T> => definition;

/** docs/deploy.md lists these; a test compares. */
export const INFRA_SETTING_DEFINITIONS = {
  environment: define({
    schema: z.string().regex(/^[a-z][a-z0-9]{1,11}$/, "2–12 lower-case letters and digits, a letter first"),
    doc: "Part of every name, so that several environments fit into one subscription and tenant. Default: the stack's name.",
  }),
  location: define({
    schema: z.string().regex(/^[a-z0-9]+$/, "a region's short name such as westeurope"),
    fallback: "westeurope",
    doc: "Azure region of everything that has one. Action group and alert processing rule are global.",
  }),
  image: define({
    schema: z.string().regex(IMAGE, "registry/name with a tag (not latest) or, better, @sha256:<digest>"),
    doc: "Container image of the worker, best by digest, from a registry that can be read without credentials.",
  }),
  publicUrl: define({
    schema: publicOrigin,
    optional: true,
    doc: "Origin people use. Default: the address that Azure gives to the Container App. Set it when a name of your own points there.",
  }),
  monitor: define({
    schema: z.enum(["read", "read-write"]),
    fallback: "read-write",
    doc: "`read` leaves the right to change an alert's state out of the role and switches write-back off.",
  }),
  databaseSecretUri: define({
    schema: z.string().regex(SECRET_URI, "https://<vault>.vault.azure.net/secrets/<name>, with or without version"),
    optional: true,
    doc: "Key Vault secret that holds the worker's DATABASE_URL. The database itself is not yet part of the program: bring a PostgreSQL 16 or later, put its address into the vault of the first `up` (output `vaultUri`), set this, and run `up` again. Until it is set everything but the Container App is deployed. For a secret in another vault grant the worker's identity `Key Vault Secrets User` there.",
  }),
  purgeProtection: define({
    schema: flag,
    fallback: "true",
    doc: "Purge protection of the Key Vault. Cannot be switched off again, and keeps the vault for 90 days after a destroy.",
  }),
  vaultAllowedIps: define({
    schema: commaList.pipe(z.array(z.union([z.ipv4(), z.cidrv4()], "IPv4 addresses or ranges"))),
    fallback: "",
    doc: "IPv4 addresses or ranges (comma list) that reach the Key Vault; all others are refused, so the Container App's outgoing addresses must be among them. Empty: every address, and only rights decide.",
  }),
  logRetentionDays: define({
    schema: integer(30, 730),
    fallback: "30",
    doc: "Days that Log Analytics keeps logs, 30–730.",
  }),
  logDailyQuotaGb: define({
    schema: integer(1, 1_000),
    fallback: "1",
    doc: "Gigabytes of logs taken a day at most, 1–1000: the bound of the bill.",
  }),
  owners: define({
    schema: commaList.pipe(
      z.array(
        z
          .string()
          .refine((item) => item === "deployer" || GUID.test(item), "`deployer` or an object id (lower-case GUID)"),
      ),
    ),
    fallback: "deployer",
    doc: "Owners of both app registrations (comma list of object ids; `deployer` = whoever runs `up`). Only an owner of the daemon's registration may change the action group, so name everybody who deploys: a person and the pipeline.",
  }),
  tags: define({
    schema: z.record(z.string().regex(/^[^<>%&\\?/]{1,512}$/, "a tag name"), text.pipe(z.string().max(256))),
    fallback: {},
    doc: "Further tags of every resource (object).",
  }),
  worker: define({
    schema: workerSettings,
    fallback: {},
    doc: 'Settings of the worker by name (object), for example `azureMonitor.graceMinutes: "5"` or `bootstrap.people`; see the worker\'s settings. Secrets and what the program decides are refused.',
  }),
} as const;

export type InfraSettingName = keyof typeof INFRA_SETTING_DEFINITIONS;
type Value<N extends InfraSettingName> = z.output<(typeof INFRA_SETTING_DEFINITIONS)[N]["schema"]>;
type Absent = "publicUrl" | "databaseSecretUri";
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
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(INFRA_SETTING_DEFINITIONS) as InfraSettingName[]) {
    const definition: Definition = INFRA_SETTING_DEFINITIONS[name];
    const value = given[name] ?? definition.fallback;
    if (value === undefined) {
      if (definition.optional !== true) problems.push(`watchbell:${name} is missing. ${definition.doc}`);
      continue;
    }
    const parsed = definition.schema.safeParse(value);
    if (parsed.success) values[name] = parsed.data;
    else
      problems.push(
        ...parsed.error.issues.map(
          (issue) =>
            `${["watchbell:", name, ...issue.path.map((part) => `.${String(part)}`)].join("")}: ${issue.message}`,
        ),
      );
  }
  if (problems.length > 0) throw new InfraSettingsError(problems);
  return Object.freeze(values) as InfraSettings;
}

function withoutUndefined(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}
