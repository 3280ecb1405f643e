import { z } from "zod";
import { Secret } from "./platform/secret.ts";

/**
 * Every setting of the worker: name, environment variable, default, unit, reason. The only reader of the environment.
 * Unknown `WATCHBELL_*` variables and wrong values stop the start with the full list. docs/settings.md is generated
 * from this table.
 *
 * A setting `entra.authorityHost` is the variable `WATCHBELL_ENTRA_AUTHORITY_HOST`; those with another customary name
 * say so (`DATABASE_URL`, `IDENTITY_ENDPOINT`).
 */

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const guid = z
  .string()
  .regex(GUID, "a GUID")
  .transform((text) => text.toLowerCase());
const origin = z.url({ protocol: /^https?$/ }).transform((text) => new URL(text).origin);
const url = z.url({ protocol: /^https?$/ }).transform((text) => text.replace(/\/+$/, ""));
const list = z.string().transform((text) =>
  text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== ""),
);
const hostPort = z.string().regex(/^(\[[0-9a-f:]+\]|[^:/\s]+):\d{1,5}$/i, "host:port");
const flag = z.enum(["true", "false"]).transform((text) => text === "true");
const integer = (from: number, to: number) => z.coerce.number().int().min(from).max(to);
const secret = z
  .string()
  .min(1)
  .transform((text) => new Secret(text));

interface Definition<T extends z.ZodType = z.ZodType> {
  schema: T;
  /** Text as it would stand in the environment; undefined = none (then the setting may be absent or is required). */
  fallback?: string;
  required?: boolean;
  /** Other variable name than the derived one. */
  variable?: string;
  doc: string;
}
const define = <T extends z.ZodType>(definition: Definition<T>): Definition<T> => definition;

export const SETTING_DEFINITIONS = {
  publicUrl: define({
    schema: origin,
    required: true,
    doc: "Origin people use: links, redirects and the Origin check are built from it, never from a Host header.",
  }),
  "listen.host": define({
    schema: z.string().min(1),
    fallback: "0.0.0.0",
    doc: "Address to listen on. TLS ends at the ingress.",
  }),
  "listen.port": define({ schema: integer(0, 65_535), fallback: "8080", doc: "Port to listen on; 0 = a free one." }),
  "listen.trustProxy": define({
    schema: integer(0, 5),
    fallback: "1",
    doc: "Proxy hops in front whose X-Forwarded-For is believed (the ingress = 1; none = 0).",
  }),
  "log.level": define({
    schema: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]),
    fallback: "info",
    doc: "Least severe level written.",
  }),
  "database.url": define({
    schema: secret,
    variable: "DATABASE_URL",
    doc: "PostgreSQL 16 or later. Without it the embedded server is started (needs the development dependencies).",
  }),
  "database.entraAuth": define({
    schema: flag,
    fallback: "false",
    doc: "Use an Entra token of the managed identity as the database password.",
  }),
  "database.pool": define({ schema: integer(2, 100), fallback: "12", doc: "Connections at most." }),
  "database.asyncCommit": define({
    schema: flag,
    fallback: "false",
    doc: "Measuring only: answer before the disk has the commit (`synchronous_commit=off`). Loses alerts on power loss.",
  }),
  "data.folder": define({ schema: z.string().min(1), fallback: ".watchbell", doc: "Folder of the embedded server." }),
  "entra.tenantId": define({ schema: guid, required: true, doc: "The tenant; tokens of any other are refused." }),
  "entra.clientId": define({ schema: guid, required: true, doc: "Client id of the daemon's app registration." }),
  "entra.credential": define({
    schema: z.enum(["federated", "secret", "managed-identity"]),
    fallback: "federated",
    doc: "How the daemon signs in: the managed identity's token as client assertion (no secret), a client secret, or the managed identity itself.",
  }),
  "entra.clientSecret": define({ schema: secret, doc: "Only with `entra.credential=secret`; from Key Vault." }),
  "entra.managedIdentityClientId": define({
    schema: guid,
    doc: "Client id of the user-assigned identity whose token is the assertion.",
  }),
  "entra.portalClientId": define({
    schema: guid,
    required: true,
    doc: "Client id of the portal's app registration (sign-in and API tokens of people).",
  }),
  "entra.portalClientSecret": define({
    schema: secret,
    doc: "Only where the portal's registration has no federated credential.",
  }),
  "entra.authorityHost": define({
    schema: url,
    fallback: "https://login.microsoftonline.com",
    doc: "Where tokens, key sets and OpenID documents come from.",
  }),
  "entra.browserAuthority": define({
    schema: origin,
    doc: "Replaces the origin of the sign-in page's address; http only for loopback. Default: the authority.",
  }),
  "entra.cloud": define({
    schema: z.enum(["public", "usgov", "china"]),
    fallback: "public",
    doc: "Decides the default issuers.",
  }),
  "entra.issuerV1": define({
    schema: z.string().min(1),
    doc: "Exact issuer of version 1 tokens. Default: Microsoft's for tenant and cloud.",
  }),
  "entra.issuerV2": define({
    schema: z.string().min(1),
    doc: "Exact issuer of version 2 tokens. Default: Microsoft's for tenant and cloud.",
  }),
  "intake.audiences": define({
    schema: list,
    fallback: "",
    doc: "Extra App ID URIs accepted as audience of the secure webhook (comma list). `api://{clientId}` and the client id always are.",
  }),
  "intake.callers": define({
    schema: list,
    fallback: "461e8683-5575-4561-ac7f-899cc907d62a",
    doc: "Client ids that may push by Entra token: Azure Monitor's action groups, and the playbooks' identity.",
  }),
  "intake.role": define({
    schema: z.string().min(1),
    fallback: "ActionGroupsSecureWebhook",
    doc: "App role the pushing client must hold.",
  }),
  "intake.queueMax": define({
    schema: integer(100, 1_000_000),
    fallback: "20000",
    doc: "Events waiting for a commit; beyond it the intake answers 503 with Retry-After.",
  }),
  "azure.resourceManager": define({
    schema: url,
    fallback: "https://management.azure.com",
    doc: "Azure Resource Manager.",
  }),
  "azure.resourceManagerScope": define({
    schema: z.string().min(1),
    fallback: "https://management.azure.com/.default",
    doc: "Token scope of it.",
  }),
  "azure.portalUrl": define({
    schema: url,
    fallback: "https://portal.azure.com",
    doc: "Azure portal, for links built from ids.",
  }),
  "azure.logsEndpoint": define({
    schema: url,
    fallback: "https://api.loganalytics.io",
    doc: "Log Analytics query endpoint.",
  }),
  "azure.subscriptions": define({
    schema: list.pipe(z.array(guid)),
    fallback: "",
    doc: "Subscriptions the worker reads and writes (comma list). Pushes of others are notified, never called back.",
  }),
  "azure.workspaceId": define({ schema: guid, doc: "Log Analytics workspace (customer id) for enrichment." }),
  "azureMonitor.pollSeconds": define({
    schema: integer(15, 600).or(z.literal("5").transform(() => 5)),
    fallback: "30",
    doc: "Seconds between polls of the alert list, 15–600 (5 is accepted for the sandbox). The first poll is at start.",
  }),
  "azureMonitor.severities": define({
    schema: list.pipe(z.array(z.enum(["Sev0", "Sev1", "Sev2", "Sev3", "Sev4"]))),
    fallback: "Sev0,Sev1,Sev2,Sev3,Sev4",
    doc: "Severities taken (comma list).",
  }),
  "azureMonitor.includeSuppressed": define({
    schema: flag,
    fallback: "false",
    doc: "Also take alerts that an alert processing rule suppresses.",
  }),
  "azureMonitor.graceMinutes": define({
    schema: integer(0, 120),
    fallback: "0",
    doc: "Auto-recovery grace period in minutes from the fired time; nobody is told if it is resolved or no longer New by then.",
  }),
  "azureMonitor.autoClose": define({
    schema: flag,
    fallback: "true",
    doc: "Monitor condition Resolved closes the alert here.",
  }),
  "azureMonitor.writeBack": define({
    schema: flag,
    fallback: "true",
    doc: "Write Acknowledged, Closed and New to Azure. Off with `monitor: read`.",
  }),
  "azureMonitor.writeClosedToAzure": define({
    schema: flag,
    fallback: "false",
    doc: "Also write Closed to Azure when auto-close closed the alert here.",
  }),
  "azureMonitor.severityMap": define({
    schema: list,
    fallback: "Sev0=critical,Sev1=high,Sev2=medium,Sev3=low,Sev4=info",
    doc: "Severity mapping (comma list of `SevN=word`).",
  }),
  "egress.allow": define({
    schema: list.pipe(z.array(hostPort)),
    fallback: "",
    doc: "Private targets (host:port, comma list) that webhooks may reach, also by http. 169.254/16, 168.63.129.16 and the identity endpoint never.",
  }),
  "egress.ports": define({
    schema: list.pipe(
      z.array(
        z
          .string()
          .regex(/^\d{1,5}$/, "a port")
          .transform(Number),
      ),
    ),
    fallback: "443",
    doc: "Ports public targets may have.",
  }),
  "egress.pushHosts": define({
    schema: list,
    fallback: "fcm.googleapis.com,updates.push.services.mozilla.com,*.notify.windows.com,*.push.apple.com",
    doc: "Hosts of push services (comma list, leading `*.` = any subdomain).",
  }),
  "notify.pushSubject": define({
    schema: z.string().min(1),
    fallback: "mailto:watchbell@localhost",
    doc: "VAPID subject (RFC 8292): how a push service reaches the operator.",
  }),
  "notify.webhookSecret": define({
    schema: secret,
    doc: "Default signing secret (`whsec_…`, Standard Webhooks) of the bootstrap webhook.",
  }),
  "bootstrap.people": define({
    schema: z.string(),
    fallback: "",
    doc: "The first people, `objectId|Name|Role;objectId|Name|Role` (Entra object ids; the role may be missing); the first is on duty. Used while the store is empty.",
  }),
  "bootstrap.webhook": define({
    schema: z.string(),
    fallback: "",
    doc: "Webhook contact of the person on duty, set at start.",
  }),
  "bootstrap.intakeKey": define({
    schema: secret,
    doc: "Key of the first Azure Monitor source, used while it has none.",
  }),
  "bootstrap.apiToken": define({
    schema: secret,
    doc: "Administrator's API token valid 24 h from start (`wb_…`), for scripts beside the sandbox.",
  }),
  "identity.endpoint": define({
    schema: url,
    variable: "IDENTITY_ENDPOINT",
    doc: "Managed identity endpoint, set by the platform.",
  }),
  "identity.header": define({
    schema: secret,
    variable: "IDENTITY_HEADER",
    doc: "Secret header of it, set by the platform.",
  }),
  "session.idleDays": define({
    schema: integer(1, 30),
    fallback: "7",
    doc: "A sign-in ends after so many days without use.",
  }),
  "session.absoluteDays": define({
    schema: integer(1, 90),
    fallback: "30",
    doc: "A sign-in ends after so many days in any case.",
  }),
  "session.recheckMinutes": define({
    schema: integer(1, 60),
    fallback: "60",
    doc: "Role and account are asked again at Entra after so many minutes.",
  }),
  "retention.days": define({
    schema: integer(1, 3_650),
    fallback: "90",
    doc: "Closed alerts, raw events and notifications are kept so many days from receipt.",
  }),
  "metrics.token": define({
    schema: secret,
    doc: "Bearer token that /metrics asks for; without it only loopback may read.",
  }),
} as const;

export type SettingName = keyof typeof SETTING_DEFINITIONS;
type Value<N extends SettingName> = z.output<(typeof SETTING_DEFINITIONS)[N]["schema"]>;
type Definite<N extends SettingName> = (typeof SETTING_DEFINITIONS)[N] extends { schema: z.ZodType } ? Value<N> : never;

/** Settings that always have a value: required ones and those with a default. */
type Optional =
  | "database.url"
  | "entra.clientSecret"
  | "entra.managedIdentityClientId"
  | "entra.portalClientSecret"
  | "entra.browserAuthority"
  | "entra.issuerV1"
  | "entra.issuerV2"
  | "azure.workspaceId"
  | "notify.webhookSecret"
  | "bootstrap.intakeKey"
  | "bootstrap.apiToken"
  | "identity.endpoint"
  | "identity.header"
  | "metrics.token";
export type Settings = { readonly [N in Exclude<SettingName, Optional>]: Definite<N> } & {
  readonly [N in Optional]?: Definite<N>;
};

/** One wrong or missing setting. */
export interface SettingIssue {
  variable: string;
  message: string;
}

export class SettingsError extends Error {
  readonly issues: SettingIssue[];
  constructor(issues: SettingIssue[]) {
    super(`${issues.length} setting(s) are wrong:\n${issues.map((i) => `  ${i.variable}: ${i.message}`).join("\n")}`);
    this.name = "SettingsError";
    this.issues = issues;
  }
}

/** The environment variable of a setting. */
export function variableOf(name: SettingName): string {
  const definition: Definition = SETTING_DEFINITIONS[name];
  return (
    definition.variable ??
    `WATCHBELL_${name
      .replace(/([A-Z])/g, "_$1")
      .replaceAll(".", "_")
      .toUpperCase()}`
  );
}

/**
 * Reads all settings from `environment`. Throws `SettingsError` with every problem at once. Values of wrong settings
 * are not repeated in the message: they may be secrets.
 */
export function readSettings(environment: Record<string, string | undefined>): Settings {
  const issues: SettingIssue[] = [];
  const known = new Set<string>();
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(SETTING_DEFINITIONS) as SettingName[]) {
    const definition: Definition = SETTING_DEFINITIONS[name];
    const variable = variableOf(name);
    known.add(variable);
    const text = environment[variable] || definition.fallback;
    if (text === undefined) {
      if (definition.required) issues.push({ variable, message: `is missing. ${definition.doc}` });
      continue;
    }
    const parsed = definition.schema.safeParse(text);
    if (parsed.success) values[name] = parsed.data;
    else
      issues.push({ variable, message: `${parsed.error.issues.map((i) => i.message).join("; ")}. ${definition.doc}` });
  }
  for (const variable of Object.keys(environment)) {
    if (variable.startsWith("WATCHBELL_") && !known.has(variable))
      issues.push({ variable, message: "is not a setting" });
  }
  if (issues.length > 0) throw new SettingsError(issues);
  return Object.freeze(values) as Settings;
}
