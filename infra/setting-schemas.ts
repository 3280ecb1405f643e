import { z } from "zod";
import { Secret } from "../src/platform/secret.ts";
import { SETTING_DEFINITIONS, type SettingName } from "../src/settings.ts";

/** What a setting of the program may hold, one schema a kind of value. A message says what would be right. */

export const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);
/** Registry, path and a tag or digest; `latest` says nothing about what runs. */
const IMAGE = /^[a-z0-9][a-z0-9.:-]*(\/[a-z0-9._-]+)+(:(?!latest$)[\w][\w.-]{0,127}|@sha256:[0-9a-f]{64})$/;
const SECRET_URI =
  /^https:\/\/[a-z0-9-]{3,24}\.vault\.(azure\.net|usgovcloudapi\.net|azure\.cn)\/secrets\/[0-9A-Za-z-]{1,127}(\/[0-9a-f]{32})?$/;
/** A public repository at one commit: a branch would be another image tomorrow, a credential would stand in the state. */
const GIT_COMMIT = /^https:\/\/[a-z0-9.-]+\/[\w./-]+\.git#[0-9a-f]{40}$/;
const GUID_TEXT = GUID.source.slice(1, -1);
const GROUP_ID = `/subscriptions/${GUID_TEXT}/resourceGroups/[\\w.()-]{1,90}/providers/`;
const WORKSPACE_ID = new RegExp(`^${GROUP_ID}Microsoft\\.OperationalInsights/workspaces/[A-Za-z0-9-]{4,63}$`);
const REGISTRY_ID = new RegExp(`^${GROUP_ID}Microsoft\\.ContainerRegistry/registries/[A-Za-z0-9]{5,50}$`);

export const commaList = z.string().transform((items) =>
  items
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== ""),
);
export const integer = (from: number, to: number) =>
  z.coerce.number(`a whole number from ${from} to ${to}`).int().min(from).max(to);
/** `pulumi config set --path` turns what looks like a number or a truth value into one. */
export const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);
export const flag = z
  .enum(["true", "false"])
  .or(z.boolean().transform((value) => (value ? ("true" as const) : ("false" as const))))
  .transform((word) => word === "true");

export const environmentName = z
  .string()
  .regex(/^[a-z][a-z0-9]{1,11}$/, "2–12 lower-case letters and digits, a letter first");
export const region = z.string().regex(/^[a-z0-9]+$/, "a region's short name such as westeurope");
export const image = z.string().regex(IMAGE, "registry/name with a tag (not latest) or, better, @sha256:<digest>");
export const gitCommit = z
  .string()
  .regex(GIT_COMMIT, "https://<host>/<path>.git#<40 hexadecimal digits of a commit>, without credentials");
export const registryId = z
  .string()
  .regex(REGISTRY_ID, "the resource id of a registry: /subscriptions/…/Microsoft.ContainerRegistry/registries/<name>");
export const sentinelWorkspace = z
  .literal("off")
  .or(z.string().regex(WORKSPACE_ID, "off, or the resource id of a Log Analytics workspace with Sentinel"));
export const secretUri = z
  .string()
  .regex(SECRET_URI, "https://<vault>.vault.azure.net/secrets/<name>, with or without version");
export const stackName = z
  .string()
  .regex(/^[\w.-]+(\/[\w.-]+){0,2}$/, "a stack's name, best in full: <organization>/<project>/<stack>");
export const guidList = commaList.pipe(z.array(z.string().regex(GUID, "lower-case GUIDs")));
export const stackList = commaList.pipe(z.array(stackName));
export const ownerList = commaList.pipe(
  z.array(
    z.string().refine((item) => item === "deployer" || GUID.test(item), "`deployer` or an object id (lower-case GUID)"),
  ),
);
export const mailList = commaList.pipe(z.array(z.email("mail addresses")));
export const month = z.string().regex(/^20\d\d-(0[1-9]|1[0-2])$/, "a month such as 2026-11");
/** A network of 256 addresses in one of the private ranges (RFC 1918), so that both subnets fit. */
export const privateNetwork = z
  .string()
  .regex(
    /^(10\.\d{1,3}|172\.(1[6-9]|2\d|3[01])|192\.168)\.\d{1,3}\.0\/24$/,
    "a private /24 network such as 10.60.0.0/24",
  )
  .pipe(z.cidrv4("a private /24 network such as 10.60.0.0/24"));

const ipRanges = z.array(z.union([z.ipv4(), z.cidrv4()], "IPv4 addresses or ranges"));
export const addressList = commaList.pipe(ipRanges);
/** Addresses that may reach a public database. Everything at once is refused; `azure` is the services of Azure. */
export const databaseAddressList = commaList.pipe(
  z.array(
    z.union(
      [
        z.literal("azure"),
        z.ipv4(),
        z.cidrv4().refine((range) => Number(range.split("/")[1]) >= 16, "ranges of /16 or smaller"),
      ],
      "`azure`, IPv4 addresses, or ranges of /16 or smaller",
    ),
  ),
);
export const databaseSku = z
  .string()
  .regex(/^Standard_(B|D|E)[A-Za-z0-9_]+$/, "a compute size such as Standard_B2s or Standard_D2ds_v5");

/** Origin of the portal: https, or http on this machine only (the sandbox). */
export const publicOrigin = z.string().transform((address, context) => {
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

export const tags = z.record(z.string().regex(/^[^<>%&\\?/]{1,512}$/, "a tag name"), text.pipe(z.string().max(256)));

/** Settings of the worker that the program itself decides; giving them twice would be a contradiction. */
const DECIDED_BY_PROGRAM: readonly SettingName[] = [
  "publicUrl",
  "listen.host",
  "listen.port",
  "listen.trustProxy",
  "data.folder",
  "database.url",
  "database.entraAuth",
  "entra.tenantId",
  "entra.clientId",
  "entra.credential",
  "entra.clientSecret",
  "entra.managedIdentityClientId",
  "entra.portalClientId",
  "azure.subscriptions",
  "azure.workspaceId",
  "azureMonitor.writeBack",
  "identity.endpoint",
];

/** A worker's setting by name; checked with the worker's own schema, so that a wrong one stops here and not at its start. */
export const workerSettings = z.record(z.string(), text).superRefine((record, context) => {
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
