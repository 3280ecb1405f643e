import { createHash } from "node:crypto";
import { type JWTPayload, SignJWT } from "jose";
import { findServicePrincipal, rolesOf } from "../directory.ts";
import type { DirectoryApplication, DirectoryServicePrincipal, DirectoryUser, World } from "../world.ts";
import { EntraError } from "./errors.ts";
import type { SigningKeys } from "./keys.ts";
import { resolveResource, type TokenResource } from "./resource.ts";

/** Entra's usual hour, less the second that its answers show. */
export const TOKEN_LIFETIME_SECONDS = 3_599;

/** How a client proved itself, as `appidacr` / `azpacr` say it. */
export type ClientProof = "secret" | "assertion";

export const issuerV1 = (tenantId: string) => `https://sts.windows.net/${tenantId}/`;
export const issuerV2 = (tenantId: string) => `https://login.microsoftonline.com/${tenantId}/v2.0`;

export interface AppTokenRequest {
  /** Client id of the service principal that the token is for. */
  clientId: string;
  /** App ID URI or client id of the resource, without `/.default`. */
  resource: string;
  proof?: ClientProof;
}

/**
 * App-only access token. Throws `EntraError`: 700016 for an unknown client, 500011 for an unknown resource, 501051
 * when the resource asks for an assigned role and the client has none.
 */
export async function issueAppToken(world: World, keys: SigningKeys, request: AppTokenRequest): Promise<string> {
  const { directory } = world;
  const client = findServicePrincipal(directory, request.clientId);
  if (client === undefined) throw new EntraError(700016, request.clientId, directory.tenantId);
  const resource = resolveResource(world, request.resource);
  const roles = grantedRoles(world, client, resource);
  return sign(world, keys, {
    ...accessClaims(world, resource, client.clientId, request.proof ?? "assertion"),
    idtyp: "app",
    oid: client.objectId,
    sub: client.objectId,
    ...(roles.length === 0 ? {} : { roles }),
  });
}

function grantedRoles(world: World, client: DirectoryServicePrincipal, { application }: TokenResource): string[] {
  if (application === undefined) return [];
  const roles = rolesOf(world.directory, client.objectId, application);
  const required = findServicePrincipal(world.directory, application.clientId)?.appRoleAssignmentRequired ?? false;
  if (required && roles.length === 0) {
    const names = [client.clientId, client.displayName, application.clientId, application.displayName];
    throw new EntraError(501051, ...names);
  }
  return roles;
}

export interface UserTokenRequest {
  user: DirectoryUser;
  /** The application the person signed in to. */
  client: DirectoryApplication;
  resource: string;
  /** Delegated permissions, separated by spaces. */
  scope: string;
  proof: ClientProof;
}

/** Access token of a person through a client, with the person's roles on the resource. */
export async function issueUserToken(world: World, keys: SigningKeys, request: UserTokenRequest): Promise<string> {
  const { user, client } = request;
  const resource = resolveResource(world, request.resource);
  const roles = resource.application === undefined ? [] : rolesOf(world.directory, user.objectId, resource.application);
  return sign(world, keys, {
    ...accessClaims(world, resource, client.clientId, request.proof),
    ...personClaims(user, resource.audience),
    ...(resource.tokenVersion === 1 ? { upn: user.userPrincipalName, unique_name: user.userPrincipalName } : {}),
    scp: request.scope,
    ...(roles.length === 0 ? {} : { roles }),
  });
}

/** ID token of a sign-in (OpenID Connect), version 2.0, with the person's roles on the client itself. */
export async function issueIdToken(
  world: World,
  keys: SigningKeys,
  { user, client, nonce }: { user: DirectoryUser; client: DirectoryApplication; nonce: string | undefined },
): Promise<string> {
  const roles = rolesOf(world.directory, user.objectId, client);
  return sign(world, keys, {
    iss: issuerV2(world.directory.tenantId),
    aud: client.clientId,
    ver: "2.0",
    ...personClaims(user, client.clientId),
    preferred_username: user.userPrincipalName,
    ...(nonce === undefined ? {} : { nonce }),
    ...(roles.length === 0 ? {} : { roles }),
  });
}

function accessClaims(world: World, resource: TokenResource, clientId: string, proof: ClientProof): JWTPayload {
  const { tenantId } = world.directory;
  const proofClass = proof === "secret" ? "1" : "2";
  return resource.tokenVersion === 1
    ? { iss: issuerV1(tenantId), aud: resource.audience, ver: "1.0", appid: clientId, appidacr: proofClass }
    : { iss: issuerV2(tenantId), aud: resource.audience, ver: "2.0", azp: clientId, azpacr: proofClass };
}

/** `sub` differs from application to application and `oid` does not, as in Entra. */
function personClaims(user: DirectoryUser, audience: string): JWTPayload {
  const subject = createHash("sha256").update(`${user.objectId} ${audience}`).digest("base64url");
  return { oid: user.objectId, sub: subject, name: user.displayName };
}

async function sign(world: World, keys: SigningKeys, claims: JWTPayload): Promise<string> {
  const issuedAtSeconds = Math.floor(world.now() / 1_000);
  return new SignJWT({ ...claims, tid: world.directory.tenantId, uti: world.newId() })
    .setProtectedHeader({ alg: "RS256", typ: "JWT", kid: keys.kid })
    .setIssuedAt(issuedAtSeconds)
    .setNotBefore(issuedAtSeconds)
    .setExpirationTime(issuedAtSeconds + TOKEN_LIFETIME_SECONDS)
    .sign(keys.privateKey);
}
