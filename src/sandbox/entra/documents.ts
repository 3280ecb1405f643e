import type { SandboxResponse, World } from "../world.ts";
import type { SigningKeys } from "./keys.ts";
import { issuerV1, issuerV2 } from "./tokens.ts";

const ok = (body: unknown): SandboxResponse => ({ status: 200, body });

/**
 * OpenID Connect discovery. Endpoints are the sandbox's; the issuer is Microsoft's default for the tenant, so that the
 * worker validates tokens exactly as in Azure (threats J1).
 */
export function openidConfiguration(world: World, version: 1 | 2): SandboxResponse {
  const { tenantId } = world.directory;
  const base = `${world.origins.secure}/${tenantId}`;
  const infix = version === 2 ? "/v2.0" : "";
  return ok({
    token_endpoint: `${base}/oauth2${infix}/token`,
    token_endpoint_auth_methods_supported: ["client_secret_post", "private_key_jwt", "client_secret_basic"],
    jwks_uri: `${base}/discovery${infix}/keys`,
    response_modes_supported: ["query"],
    subject_types_supported: ["pairwise"],
    id_token_signing_alg_values_supported: ["RS256"],
    response_types_supported: ["code"],
    code_challenge_methods_supported: ["S256"],
    scopes_supported: ["openid", "profile", "email", "offline_access"],
    issuer: version === 2 ? issuerV2(tenantId) : issuerV1(tenantId),
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    end_session_endpoint: `${base}/oauth2/v2.0/logout`,
    claims_supported: ["sub", "iss", "aud", "exp", "iat", "nonce", "preferred_username", "name", "tid", "ver"],
    tenant_region_scope: "EU",
    cloud_instance_name: "microsoftonline.com",
  });
}

/** The key set; in the version 2.0 set each key names its issuer, as Entra's do (threats J3). */
export function keySet(world: World, keys: SigningKeys, version: 1 | 2): SandboxResponse {
  const issuer = version === 2 ? { issuer: issuerV2(world.directory.tenantId) } : {};
  return ok({ keys: [{ ...keys.publicJwk, ...issuer }] });
}

/** `/common/discovery/instance`: MSAL asks it which hosts stand for one cloud unless told not to. */
export function instanceDiscovery(world: World): SandboxResponse {
  const host = new URL(world.origins.secure).host;
  return ok({
    tenant_discovery_endpoint: `${world.origins.secure}/${world.directory.tenantId}/v2.0/.well-known/openid-configuration`,
    "api-version": "1.1",
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  });
}
