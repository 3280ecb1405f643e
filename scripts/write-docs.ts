import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { PERMISSIONS, type PermissionCondition, PORTAL_ROLES } from "../infra/permissions.ts";
import { RIGHT_HOLDERS, type Right } from "../src/api/auth/rights.ts";
import { ROLES } from "../src/api/contract.ts";
import { PROBLEMS } from "../src/platform/errors.ts";
import { Secret } from "../src/platform/secret.ts";
import { SETTING_DEFINITIONS, type SettingName, variableOf } from "../src/settings.ts";

/**
 * Writes the pages of docs/ that are tables of the code: `node scripts/write-docs.ts`. A tidy test compares them, so a
 * setting, an error or a permission cannot change without its page.
 */

const NOTE = "<!-- Written by scripts/write-docs.ts from the code. Change the code, then run it. -->";

/** Path below the repository's root to the page's whole text. */
export function generatedPages(): Record<string, string> {
  return {
    "docs/settings.md": settingsPage(),
    "docs/errors.md": errorsPage(),
    "docs/permissions.md": permissionsPage(),
  };
}

const SETTING_GROUPS: Record<string, string> = {
  publicUrl: "Address and server",
  listen: "Address and server",
  log: "Address and server",
  metrics: "Address and server",
  database: "Store",
  data: "Store",
  retention: "Store",
  entra: "Entra ID",
  identity: "Entra ID",
  session: "Sign-in",
  intake: "Intake",
  azure: "Azure",
  azureMonitor: "Azure Monitor",
  egress: "Outgoing requests",
  notify: "Notification",
  bootstrap: "First start",
};

function settingsPage(): string {
  const names = Object.keys(SETTING_DEFINITIONS) as SettingName[];
  const groups = Map.groupBy(names, (name) => groupOf(name));
  const tables = [...groups].map(
    ([title, members]) =>
      `## ${title}\n\n${table(["setting", "variable", "value", "default", "what it does"], members.map(settingRow))}`,
  );
  return page(
    "Settings of the worker",
    `The worker reads all of its settings from the environment, once, at its start. A wrong value, a missing required
setting or a \`WATCHBELL_…\` variable that is none stops the start with the whole list. Values of secrets are never
printed. Lists are separated by commas. An empty variable counts as not set.

The infra program sets what it decides itself; \`pulumi config set --path 'watchbell:worker["<setting>"]' <value>\` sets
the others ([deploy.md](deploy.md)). Beside the sandbox, your own variables win: \`WATCHBELL_LOG_LEVEL=info npm start\`.`,
    ...tables,
  );
}

function groupOf(name: SettingName): string {
  const group = SETTING_GROUPS[name.split(".")[0]!];
  if (group === undefined) throw new Error(`${name}: no group in SETTING_GROUPS`);
  return group;
}

function settingRow(name: SettingName): string[] {
  const definition: { schema: z.ZodType; fallback?: string; required?: boolean; doc: string } =
    SETTING_DEFINITIONS[name];
  const fallback = definition.fallback ? code(definition.fallback) : "–";
  return [
    code(name),
    code(variableOf(name)),
    valueWords(definition.schema),
    definition.required ? "**required**" : fallback,
    definition.doc,
  ];
}

interface JsonSchema {
  type?: string;
  format?: string;
  pattern?: string;
  enum?: string[];
  const?: string;
  minimum?: number;
  maximum?: number;
  anyOf?: JsonSchema[];
}

function valueWords(schema: z.ZodType): string {
  if (schema.safeParse("x".repeat(40)).data instanceof Secret) return "secret";
  return wordsOf(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema);
}

function wordsOf({ type, format, pattern, enum: words, const: only, minimum, maximum, anyOf }: JsonSchema): string {
  if (anyOf) return anyOf.map(wordsOf).join(" or ");
  if (only !== undefined) return code(only);
  if (words) return words.map(code).join(", ");
  if (type === "integer") return `${minimum}–${maximum}`;
  if (format === "uri") return "address";
  return pattern === undefined ? "text" : "GUID";
}

function errorsPage(): string {
  const rows = Object.entries(PROBLEMS).map(([name, [status, title, advice]]) => [
    `<a id="${name}"></a>${code(name)}`,
    String(status),
    title,
    advice,
  ]);
  return page(
    "Errors of the API",
    `Every refusal is \`application/problem+json\` (RFC 9457):

    {"type": "/docs/errors#already-owned", "title": "Somebody else has this alert", "status": 409,
     "detail": "Ana Ribeiro has this alert since 2026-11-24T08:00:00.000Z.", "code": "already-owned",
     "advice": "…", "owner": {"id": "…", "name": "Ana Ribeiro"}, "since": "2026-11-24T08:00:00.000Z"}

\`code\` is stable; \`detail\` and \`advice\` are for people and may be reworded. \`issues\` (where there are any) is a list
of \`{code, path, expected, received?}\`, one for each thing that is wrong. \`instance\` names the entry in the log of a
failure here (status 500 and above). \`Retry-After\` comes with 429 and 503.`,
    table(["code", "status", "title", "what to do"], rows),
  );
}

const PRINCIPAL_WORDS = {
  worker: "the worker's service principal",
  "worker-identity": "the worker's managed identity",
  playbooks: "the playbooks' managed identity",
  "azure-monitor": "Azure Monitor's action groups",
  sentinel: "Microsoft Sentinel's automation rules",
} as const;
const SCOPE_WORDS = {
  subscription: "the subscription",
  vault: "Watchbell's Key Vault",
  application: "the worker's application",
  "sentinel-workspace": "the workspace with Sentinel",
  "playbook-group": "the resource group of the playbooks",
  registry: "the registry of the image",
  database: "Watchbell's PostgreSQL server",
  graph: "Microsoft Graph",
} as const;
const GRANT_WORDS = {
  "custom-role": "custom role",
  "key-vault-secrets-user": "built-in role Key Vault Secrets User",
  "acr-pull": "built-in role AcrPull",
  "sentinel-automation-contributor": "built-in role Microsoft Sentinel Automation Contributor",
  "app-role": "app role",
  "database-administrator": "Entra administrator of the server",
} as const;

/** The settings under which a line is granted, for example ` (only with \`monitor: read-write\`)`. */
function conditionWords(condition: PermissionCondition = {}): string {
  const settings = Object.entries(condition).map(([name, value]) => code(`${name}: ${value}`));
  return settings.length === 0 ? "" : ` (only with ${settings.join(" and ")})`;
}

function permissionsPage(): string {
  const rows = PERMISSIONS.map((line) => [
    PRINCIPAL_WORDS[line.principal],
    SCOPE_WORDS[line.scope],
    `${code(line.action)}${conditionWords(line.onlyIf)}`,
    GRANT_WORDS[line.grantedBy],
    line.why,
    code(line.call),
  ]);
  const rights = rightsOfRoutes().map((right) => [
    code(right),
    ...ROLES.map((role) => ((RIGHT_HOLDERS[right] as readonly string[]).includes(role) ? "yes" : "–")),
  ]);
  return page(
    "Permissions",
    "This is the whole list of what Watchbell may do in Azure. `infra/permissions.ts` is the one table behind it: the custom\nrole, the grants in Entra, `watchbell doctor` and the tests read the same lines. There is no wildcard.",
    `## In Azure\n\n${table(["who", "where", "action", "granted by", "what stops without it", "call"], rows)}`,
    `## People: app roles of the portal\n\n${table(
      ["role", "meaning"],
      PORTAL_ROLES.map((role) => [role.value, role.description]),
    )}`,
    `## What a role may do in this version\n\nA route declares one right. An object of another team answers 404, as if it were not there.\n\n${table(["right", ...ROLES], rights)}`,
  );
}

/** Rights that a route of this version declares; the others are there for later ones. */
function rightsOfRoutes(): Right[] {
  const folder = fileURLToPath(new URL("../src/api", import.meta.url));
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  const text = files.map((name) => readFileSync(join(folder, name), "utf8")).join("\n");
  return (Object.keys(RIGHT_HOLDERS) as Right[]).filter((right) => text.includes(`right: "${right}"`));
}

const code = (text: string) => `\`${text}\``;
const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", " ");
const line = (cells: readonly string[]) => `| ${cells.map(cell).join(" | ")} |`;
const table = (head: string[], rows: string[][]) =>
  [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
const page = (title: string, ...parts: string[]) => `# ${title}\n\n${NOTE}\n\n${parts.join("\n\n")}\n`;

function writePages(): void {
  for (const [path, text] of Object.entries(generatedPages())) {
    writeFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), text);
    process.stdout.write(`${path}\n`);
  }
}

if (import.meta.main) writePages();
