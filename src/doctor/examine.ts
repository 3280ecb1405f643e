import { isGranted, PERMISSIONS, type Permission } from "../../infra/permissions.ts";
import { type Issuers, resolveIssuers } from "../api/auth/issuers.ts";
import { credentialOptions, issuersOf, PORTAL_FOLDER } from "../app.ts";
import type { Clock } from "../platform/clock.ts";
import type { DatabaseAddress } from "../platform/database/connect.ts";
import { createAzureClient } from "../platform/http/azure.ts";
import type { CredentialOptions } from "../platform/http/credential.ts";
import { createManagedIdentityToken } from "../platform/http/credential.ts";
import { createEntraFetch } from "../platform/http/entra-fetch.ts";
import type { Settings } from "../settings.ts";
import { runtimeAddress } from "../store.ts";
import { DATABASE_TOKEN_SCOPE } from "../worker.ts";
import type { Registration } from "./azure-advice.ts";
import { type AzureOptions, checkAzure } from "./azure-checks.ts";
import { CHECK_MS_MAX, type CheckResult } from "./check.ts";
import { checkDatabase } from "./database-checks.ts";
import { checkEntra, type EntraOptions } from "./entra-checks.ts";
import { checkSettings } from "./setting-checks.ts";
import { checkTokens, type TokenFindings, type TokenOptions } from "./token-checks.ts";

/**
 * All checks of the doctor, in the order of their dependence: Entra → tokens → subscriptions and permissions, and beside
 * them the database. A check that fails stops only those that stand on it.
 */
export interface Examined {
  settings: Settings;
  /** Looked at for proxies only. */
  environment: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  /** Default: the table of infra/. */
  permissions?: readonly Permission[];
  /** Bound of each check, milliseconds. */
  boundMs?: number;
}

export async function examine(examined: Examined): Promise<CheckResult[]> {
  const { settings, environment } = examined;
  const [azure, database] = await Promise.all([examineAzure(examined), examineDatabase(examined)]);
  return [...checkSettings(settings, environment, PORTAL_FOLDER), ...azure, ...database];
}

async function examineAzure(examined: Examined): Promise<CheckResult[]> {
  const entra = await checkEntra(entraOptions(examined));
  const tokens = await checkTokens(tokenOptions(examined), entra.isReachable);
  const blocked = tokens.credential === undefined ? "there is no token of the right tenant" : undefined;
  const azure = await checkAzure(azureOptions(examined, tokens), blocked);
  return [...entra.results, ...tokens.results, ...azure];
}

async function examineDatabase({ settings, boundMs = CHECK_MS_MAX }: Examined): Promise<CheckResult[]> {
  const address = await databaseAddress(settings);
  return checkDatabase({ address, dataFolder: settings["data.folder"], boundMs });
}

/** As the worker connects; of the embedded server only a running one, for nothing is started here. */
async function databaseAddress(settings: Settings): Promise<DatabaseAddress | undefined> {
  const url = settings["database.url"];
  if (url === undefined) {
    const { findRunningServer } = await import("../platform/database/embedded.ts");
    const server = findRunningServer(settings["data.folder"]);
    return server && runtimeAddress(server);
  }
  if (!settings["database.entraAuth"]) return { connectionString: url.reveal() };
  const password = createManagedIdentityToken(DATABASE_TOKEN_SCOPE, settings["entra.managedIdentityClientId"]);
  return { connectionString: url.reveal(), password };
}

function entraOptions({ settings, clock, boundMs = CHECK_MS_MAX }: Examined): EntraOptions {
  return {
    authority: settings["entra.authorityHost"],
    registration: daemonOf(settings),
    issuers: issuersOrDefault(settings),
    entra: createEntraFetch(settings["entra.authorityHost"]),
    clock,
    boundMs,
  };
}

/** A given issuer that cannot be right is a line of its own; the other checks go on with the default. */
function issuersOrDefault(settings: Settings): Issuers {
  try {
    return issuersOf(settings);
  } catch {
    return resolveIssuers(settings["entra.tenantId"], settings["entra.cloud"]);
  }
}

const daemonOf = (settings: Settings): Registration => ({
  name: "the daemon's app registration",
  clientId: settings["entra.clientId"],
  tenantId: settings["entra.tenantId"],
  variables: { clientId: "WATCHBELL_ENTRA_CLIENT_ID", secret: "WATCHBELL_ENTRA_CLIENT_SECRET" },
});

const portalOf = (settings: Settings): Registration => ({
  name: "the portal's app registration",
  clientId: settings["entra.portalClientId"],
  tenantId: settings["entra.tenantId"],
  variables: { clientId: "WATCHBELL_ENTRA_PORTAL_CLIENT_ID", secret: "WATCHBELL_ENTRA_PORTAL_CLIENT_SECRET" },
});

function tokenOptions({ settings, boundMs = CHECK_MS_MAX }: Examined): TokenOptions {
  const daemon = credentialOptions(settings);
  const portalSecret = settings["entra.portalClientSecret"];
  // As the sign-in: a secret where there is one, else the managed identity's token, however the daemon signs in.
  const portal: CredentialOptions = {
    ...daemon,
    clientId: settings["entra.portalClientId"],
    ...(portalSecret === undefined ? { kind: "federated" } : { kind: "secret", clientSecret: portalSecret }),
  };
  return {
    daemon,
    daemonRegistration: daemonOf(settings),
    portal,
    portalRegistration: portalOf(settings),
    scope: settings["azure.resourceManagerScope"],
    boundMs,
  };
}

/** Without a workspace in the settings nothing is queried, so no right to query is asked for; likewise for writing. */
function neededPermissions(permissions: readonly Permission[], settings: Settings): Permission[] {
  const choices = { monitor: settings["azureMonitor.writeBack"] ? "read-write" : "read" } as const;
  return permissions.filter(
    (line) =>
      line.principal === "worker" &&
      isGranted(line, choices) &&
      (!line.action.startsWith("Microsoft.OperationalInsights/") || settings["azure.workspaceId"] !== undefined),
  );
}

function azureOptions(
  { settings, clock, permissions = PERMISSIONS, boundMs = CHECK_MS_MAX }: Examined,
  { credential = NO_CREDENTIAL }: TokenFindings,
): AzureOptions {
  const client = (endpoint: string, scope: string) =>
    createAzureClient({ credential, endpoint, scope, userAgent: "watchbell-doctor", now: clock.now });
  return {
    resourceManager: client(settings["azure.resourceManager"], settings["azure.resourceManagerScope"]),
    logs: client(settings["azure.logsEndpoint"], LOGS_SCOPES[settings["entra.cloud"]]),
    permissions: neededPermissions(permissions, settings),
    subscriptions: settings["azure.subscriptions"],
    workspaceId: settings["azure.workspaceId"],
    boundMs,
  };
}

/** Audiences of the Log Analytics query API by cloud; they stay the same behind another endpoint. */
const LOGS_SCOPES = {
  public: "https://api.loganalytics.io/.default",
  usgov: "https://api.loganalytics.us/.default",
  china: "https://api.loganalytics.azure.cn/.default",
} as const;

/** Stands where no credential works: nothing is asked with it. */
const NO_CREDENTIAL = { getToken: async () => null };
