import { createHash } from "node:crypto";
import { findServicePrincipal, rolesOf } from "../directory.ts";
import type { DirectoryApplication, DirectoryUser, SandboxRequest, SandboxResponse, World } from "../world.ts";
import { type AuthenticatedClient, authenticateClient } from "./client-authentication.ts";
import { EntraError } from "./errors.ts";
import type { SigningKeys } from "./keys.ts";
import type { SignInStore } from "./sign-in-store.ts";
import { issueAppToken, issueIdToken, issueUserToken, TOKEN_LIFETIME_SECONDS } from "./tokens.ts";

const OPENID_SCOPES = ["openid", "profile", "email", "offline_access"];
/** Where the access token of a sign-in without further scopes points, as in Entra. */
const GRAPH = "https://graph.microsoft.com";

export interface TokenEndpoint {
  world: World;
  keys: SigningKeys;
  signIns: SignInStore;
}

/** `POST /{tenant}/oauth2/v2.0/token`: RFC 6749 answers; throws `EntraError` for every refusal. */
export async function answerToken(endpoint: TokenEndpoint, request: SandboxRequest): Promise<SandboxResponse> {
  const form = new URLSearchParams(request.body.toString("utf8"));
  const grantType = form.get("grant_type");
  if (!grantType) throw new EntraError(90014, "grant_type");
  const grant = GRANTS[grantType];
  if (grant === undefined) throw new EntraError(70003, grantType);
  const client = await authenticateClient(endpoint.world, endpoint.keys, form, request.headers["authorization"]);
  request.caller = client.application.displayName;
  const body = await grant(endpoint, client, form);
  return { status: 200, headers: { "cache-control": "no-store", pragma: "no-cache" }, body };
}

type Grant = (endpoint: TokenEndpoint, client: AuthenticatedClient, form: URLSearchParams) => Promise<object>;

const GRANTS: Record<string, Grant> = {
  client_credentials: clientCredentials,
  authorization_code: authorizationCode,
  refresh_token: refreshToken,
};

async function clientCredentials(
  { world, keys }: TokenEndpoint,
  { application, proof }: AuthenticatedClient,
  form: URLSearchParams,
): Promise<object> {
  const resource = form.get("resource") ?? defaultScopeResource(form.get("scope"));
  const token = await issueAppToken(world, keys, { clientId: application.clientId, resource, proof });
  return bearer(token);
}

/** Client credentials take exactly one `{resource}/.default`. */
function defaultScopeResource(scope: string | null): string {
  if (!scope) throw new EntraError(90014, "scope");
  const resource = scope.split(" ").filter((word) => !OPENID_SCOPES.includes(word));
  const only = resource[0] ?? "";
  if (resource.length !== 1 || !only.endsWith("/.default")) throw new EntraError(70011, scope);
  return only.slice(0, -"/.default".length);
}

async function authorizationCode(
  endpoint: TokenEndpoint,
  client: AuthenticatedClient,
  form: URLSearchParams,
): Promise<object> {
  const { world, signIns } = endpoint;
  const signIn = signIns.findCode(form.get("code") ?? "");
  if (signIn === undefined || signIn.clientId !== client.application.clientId) throw new EntraError(70000);
  if (signIn.redeemed) throw new EntraError(54005);
  if (signIn.expiresAt <= world.now()) throw new EntraError(70008);
  if (signIn.redirectUri !== form.get("redirect_uri")) {
    throw new EntraError(50011, form.get("redirect_uri") ?? "", client.application.clientId);
  }
  const challenge = createHash("sha256")
    .update(form.get("code_verifier") ?? "")
    .digest("base64url");
  if (challenge !== signIn.codeChallenge) throw new EntraError(501481);
  signIn.redeemed = true;
  return personAnswer(endpoint, client, {
    ...signIn,
    user: assignedUser(world, signIn.userObjectId, client.application),
  });
}

/** Entra gives a new refresh token and lets the old one live; roles and account are looked at again. */
async function refreshToken(
  endpoint: TokenEndpoint,
  client: AuthenticatedClient,
  form: URLSearchParams,
): Promise<object> {
  const { world, signIns } = endpoint;
  const grant = signIns.findRefreshToken(form.get("refresh_token") ?? "");
  if (grant === undefined || grant.clientId !== client.application.clientId) throw new EntraError(70000);
  if (grant.expiresAt <= world.now()) throw new EntraError(70008);
  const scope = form.get("scope") ?? grant.scope;
  return personAnswer(endpoint, client, { scope, user: assignedUser(world, grant.userObjectId, client.application) });
}

/** The person if the account still exists and, where the application asks for it, still holds a role. */
export function assignedUser(world: World, objectId: string, application: DirectoryApplication): DirectoryUser {
  const user = world.directory.users.find((candidate) => candidate.objectId === objectId);
  if (user === undefined) throw new EntraError(50034, objectId);
  const required = findServicePrincipal(world.directory, application.clientId)?.appRoleAssignmentRequired ?? false;
  if (required && rolesOf(world.directory, objectId, application).length === 0) {
    throw new EntraError(50105, application.displayName);
  }
  return user;
}

interface PersonGrant {
  user: DirectoryUser;
  scope: string;
  nonce?: string | undefined;
}

async function personAnswer(
  { world, keys, signIns }: TokenEndpoint,
  { application, proof }: AuthenticatedClient,
  { user, scope, nonce }: PersonGrant,
): Promise<object> {
  const words = scope.split(" ").filter((word) => word !== "");
  const target = delegatedTarget(words);
  const accessToken = await issueUserToken(world, keys, { user, client: application, proof, ...target });
  const idToken = words.includes("openid")
    ? await issueIdToken(world, keys, { user, client: application, nonce })
    : undefined;
  const grant = { clientId: application.clientId, userObjectId: user.objectId, scope };
  const refresh = words.includes("offline_access") ? signIns.addRefreshToken(grant) : undefined;
  return {
    ...bearer(accessToken),
    scope,
    ...(idToken === undefined ? {} : { id_token: idToken }),
    ...(refresh === undefined ? {} : { refresh_token: refresh }),
  };
}

/** `api://…/read` asks for the permission `read` of `api://…`; OpenID's own scopes belong to Graph. */
function delegatedTarget(words: string[]): { resource: string; scope: string } {
  const asked = words.find((word) => !OPENID_SCOPES.includes(word));
  if (asked === undefined)
    return { resource: GRAPH, scope: words.filter((word) => word !== "offline_access").join(" ") };
  const slash = asked.lastIndexOf("/");
  if (slash < 0) return { resource: GRAPH, scope: asked };
  const permission = asked.slice(slash + 1);
  return { resource: asked.slice(0, slash), scope: permission === ".default" ? "user_impersonation" : permission };
}

const bearer = (token: string) => ({
  token_type: "Bearer",
  expires_in: TOKEN_LIFETIME_SECONDS,
  ext_expires_in: TOKEN_LIFETIME_SECONDS,
  access_token: token,
});
