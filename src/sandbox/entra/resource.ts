import { findResourceApplication } from "../directory.ts";
import type { DirectoryApplication, World } from "../world.ts";
import { EntraError } from "./errors.ts";

/** Microsoft's own resources that tokens are asked for, with every spelling of their audience. */
const FIRST_PARTY = {
  arm: ["https://management.azure.com", "https://management.core.windows.net"],
  logs: ["https://api.loganalytics.io", "https://api.loganalytics.azure.com"],
  graph: ["https://graph.microsoft.com", "00000003-0000-0000-c000-000000000000"],
  vault: ["https://vault.azure.net"],
  database: ["https://ossrdbms-aad.database.windows.net"],
} as const;

export type AudienceName = keyof typeof FIRST_PARTY;

/** The application behind `api://AzureADTokenExchange`: tokens that serve as client assertion carry its id. */
export const TOKEN_EXCHANGE = { uri: "api://AzureADTokenExchange", clientId: "fb60f99c-7a34-4190-8149-302f77469936" };

/** What a token is for: its `aud`, the form of the token, and the application whose roles count. */
export interface TokenResource {
  audience: string;
  tokenVersion: 1 | 2;
  application?: DirectoryApplication;
}

const bare = (uri: string) => uri.toLowerCase().replace(/\/+$/, "");

/** The sandbox's own origins stand for ARM too: SDKs derive their scope from the endpoint they were given. */
function spellings(world: World, name: AudienceName): string[] {
  const aliases = name === "arm" ? [world.origins.secure, world.origins.secure.replace("localhost", "127.0.0.1")] : [];
  return [...FIRST_PARTY[name], ...aliases];
}

/** True when a token's `aud` is one of the spellings of a first-party resource (a final slash may be there). */
export function isAudience(world: World, name: AudienceName, audience: string): boolean {
  return spellings(world, name).includes(bare(audience));
}

/**
 * The resource that a request names (App ID URI or client id, without `/.default`). Throws AADSTS500011 for one that
 * the tenant does not know.
 */
export function resolveResource(world: World, resource: string): TokenResource {
  const names = Object.keys(FIRST_PARTY) as AudienceName[];
  if (names.some((name) => isAudience(world, name, resource))) return { audience: resource, tokenVersion: 1 };
  if (bare(resource) === bare(TOKEN_EXCHANGE.uri)) return { audience: TOKEN_EXCHANGE.clientId, tokenVersion: 2 };
  const application = findResourceApplication(world.directory, resource);
  if (application === undefined) throw new EntraError(500011, resource, world.directory.tenantId);
  const tokenVersion = application.requestedAccessTokenVersion;
  return { audience: tokenVersion === 2 ? application.clientId : resource, tokenVersion, application };
}
