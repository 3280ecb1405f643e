import { retryAfterHeader } from "../faults.ts";
import type { Fault, SandboxPart, SandboxRequest, SandboxResponse, World } from "../world.ts";
import { answerAuthorize } from "./authorize.ts";
import { instanceDiscovery, keySet, openidConfiguration } from "./documents.ts";
import { EntraError, type EntraErrorCode, entraErrorAnswer } from "./errors.ts";
import type { SigningKeys } from "./keys.ts";
import { answerIdentity, IDENTITY_PATH } from "./managed-identity.ts";
import { messagePage } from "./sign-in-page.ts";
import { createSignInStore } from "./sign-in-store.ts";
import { answerToken } from "./token-endpoint.ts";

/** Paths that belong to Entra: one segment for the tenant, then one of these. */
const ENTRA_PATH =
  /^\/([^/]+)\/((?:v2\.0\/)?\.well-known\/openid-configuration|discovery\/(?:v2\.0\/)?keys|discovery\/instance|oauth2\/(?:v2\.0\/)?(?:token|authorize|logout))$/;

/** Entra ID: tokens, sign-in, discovery, keys, and the platform's managed identity endpoint. */
export function createEntraPart(world: World, keys: SigningKeys, identityHeader: string): SandboxPart {
  const signIns = createSignInStore(world, world.state);
  const answer = async (request: SandboxRequest, place: EntraPlace): Promise<SandboxResponse | undefined> => {
    if (place.leaf === "discovery/instance") return instanceDiscovery(world);
    if (place.tenant !== world.directory.tenantId.toLowerCase()) throw new EntraError(90002, place.tenant);
    switch (`${request.method} ${place.leaf}`) {
      case "GET .well-known/openid-configuration":
        return openidConfiguration(world, place.version);
      case "GET discovery/keys":
        return keySet(world, keys, place.version);
      case "POST oauth2/token":
        return answerToken({ world, keys, signIns }, request);
      case "GET oauth2/authorize":
      case "POST oauth2/authorize":
        return answerAuthorize(world, signIns, request);
      case "GET oauth2/logout":
        return answerLogout(world, request);
      default:
        return { status: 405, headers: { allow: "GET, POST" } };
    }
  };
  return {
    operationOf,
    faultAnswer: (fault, request) => entraFaultAnswer(world, fault, request),
    async handle(request) {
      if (request.url.pathname === IDENTITY_PATH && request.method === "GET") {
        return answerIdentity(world, keys, identityHeader, request);
      }
      const place = placeOf(request.url.pathname);
      if (place === undefined) return undefined;
      try {
        return await answer(request, place);
      } catch (error) {
        if (error instanceof EntraError) return entraErrorAnswer(error, world.now());
        throw error;
      }
    },
  };
}

interface EntraPlace {
  tenant: string;
  /** The path after the tenant, without its version. */
  leaf: string;
  version: 1 | 2;
}

function placeOf(pathname: string): EntraPlace | undefined {
  const [, tenant, path] = ENTRA_PATH.exec(pathname) ?? [];
  if (tenant === undefined || path === undefined) return undefined;
  return { tenant: tenant.toLowerCase(), leaf: path.replace("v2.0/", ""), version: path.includes("v2.0/") ? 2 : 1 };
}

function operationOf({ method, url }: SandboxRequest): string | undefined {
  if (url.pathname === IDENTITY_PATH) return "Entra.managedIdentity";
  const names: Record<string, string> = {
    "POST oauth2/token": "Entra.token",
    "GET oauth2/authorize": "Entra.authorize",
    "GET discovery/keys": "Entra.keys",
    "GET .well-known/openid-configuration": "Entra.openidConfiguration",
  };
  return names[`${method} ${placeOf(url.pathname)?.leaf}`];
}

function entraFaultAnswer(world: World, fault: Fault, request: SandboxRequest): SandboxResponse {
  const codes: Partial<Record<Fault["fault"], EntraErrorCode>> = {
    "429": 90055,
    "5xx": 90033,
    "403": 7000112,
    expiredSecret: 7000222,
  };
  const clientId = new URLSearchParams(request.body.toString("utf8")).get("client_id") ?? "";
  const answer = entraErrorAnswer(new EntraError(codes[fault.fault] ?? 90033, clientId), world.now());
  return { ...answer, headers: { ...answer.headers, ...retryAfterHeader(fault) } };
}

/** Only addresses that an application registered are returned to. */
function answerLogout(world: World, { url }: SandboxRequest): SandboxResponse {
  const target = url.searchParams.get("post_logout_redirect_uri");
  const origins = world.directory.applications.flatMap(({ redirectUris }) =>
    redirectUris.map((uri) => new URL(uri).origin),
  );
  if (target !== null && URL.canParse(target) && origins.includes(new URL(target).origin)) {
    return { status: 302, headers: { location: target } };
  }
  return messagePage(200, "Signed out", "You are signed out of this simulated Entra ID.");
}
