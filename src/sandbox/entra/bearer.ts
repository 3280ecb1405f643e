import { errors, type JWTPayload, jwtVerify } from "jose";
import { armError } from "../arm-errors.ts";
import type { Authentication } from "../core.ts";
import type { Principal, SandboxRequest, SandboxResponse, World } from "../world.ts";
import type { SigningKeys } from "./keys.ts";
import { type AudienceName, isAudience } from "./resource.ts";
import { issuerV1, issuerV2 } from "./tokens.ts";

/** Verifies bearer tokens that this sandbox issued; refusals are ARM's words (401 with WWW-Authenticate). */
export function bearerVerifier(world: World, keys: SigningKeys, ownerObjectId: string) {
  return async (request: SandboxRequest, audience: AudienceName): Promise<Authentication> => {
    const header = request.headers["authorization"];
    if (header === undefined) {
      return {
        response: refusal(
          world,
          "AuthenticationFailed",
          "Authentication failed. The 'Authorization' header is missing.",
        ),
      };
    }
    const token = /^Bearer (\S+)$/i.exec(header)?.[1];
    if (token === undefined) {
      const message = "Authentication failed. The 'Authorization' header is provided in an invalid format.";
      return { response: refusal(world, "AuthenticationFailedInvalidHeader", message) };
    }
    const claims = await verify(world, keys, token);
    if (claims instanceof Error) return { response: tokenRefusal(world, claims) };
    if (typeof claims.aud !== "string" || !isAudience(world, audience, claims.aud)) {
      return { response: audienceRefusal(world, String(claims.aud)) };
    }
    const principal = toPrincipal(world, claims, ownerObjectId);
    request.caller = principal.displayName;
    return { principal: request.denied === true ? { ...principal, denied: true } : principal };
  };
}

async function verify(world: World, keys: SigningKeys, token: string): Promise<JWTPayload | Error> {
  const { tenantId } = world.directory;
  try {
    const { payload } = await jwtVerify(token, keys.publicKey, {
      algorithms: ["RS256"],
      issuer: [issuerV1(tenantId), issuerV2(tenantId)],
      currentDate: new Date(world.now()),
      requiredClaims: ["exp", "nbf", "oid"],
    });
    return payload;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function toPrincipal(world: World, claims: JWTPayload, ownerObjectId: string): Principal {
  const objectId = String(claims["oid"]);
  const clientId = String(claims["appid"] ?? claims["azp"] ?? "");
  const known = [...world.directory.servicePrincipals, ...world.directory.users].find(
    (entry) => entry.objectId === objectId,
  );
  return { objectId, clientId, displayName: known?.displayName ?? clientId, owner: objectId === ownerObjectId };
}

function tokenRefusal(world: World, failure: Error): SandboxResponse {
  return failure instanceof errors.JWTExpired
    ? refusal(
        world,
        "ExpiredAuthenticationToken",
        `The access token expiry UTC time '${new Date(Number(failure.payload.exp) * 1_000).toUTCString()}' is earlier ` +
          `than current UTC time '${new Date(world.now()).toUTCString()}'.`,
      )
    : refusal(world, "InvalidAuthenticationToken", "The access token is invalid.");
}

function audienceRefusal(world: World, audience: string): SandboxResponse {
  return refusal(
    world,
    "InvalidAuthenticationTokenAudience",
    `The access token has been obtained from wrong audience or resource '${audience}'. It should exactly match ` +
      "(including forward slash) with one of the allowed audiences " +
      "'https://management.core.windows.net/','https://management.azure.com/'.",
  );
}

function refusal(world: World, code: string, message: string): SandboxResponse {
  const authority = `${world.origins.secure}/${world.directory.tenantId}`;
  return {
    ...armError(401, code, message),
    headers: {
      "www-authenticate": `Bearer authorization_uri="${authority}", error="invalid_token", error_description="${message.replaceAll('"', "'")}"`,
    },
  };
}
