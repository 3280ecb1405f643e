import { timingSafeEqual } from "node:crypto";
import type { SandboxRequest, SandboxResponse, World } from "../world.ts";
import { EntraError } from "./errors.ts";
import type { SigningKeys } from "./keys.ts";
import { issueAppToken, TOKEN_LIFETIME_SECONDS } from "./tokens.ts";

export const IDENTITY_PATH = "/msi/token";
const API_VERSION = "2019-08-01";

/**
 * The platform's token endpoint as App Service and Container Apps offer it: `GET` with the secret header, `resource`
 * and the client id of a user-assigned identity. The sandbox has no system-assigned identity, so `client_id` is needed.
 */
export async function answerIdentity(
  world: World,
  keys: SigningKeys,
  identityHeader: string,
  request: SandboxRequest,
): Promise<SandboxResponse> {
  const { searchParams } = request.url;
  if (!sameText(request.headers["x-identity-header"] ?? "", identityHeader)) {
    return refusal(401, "The X-IDENTITY-HEADER is missing or wrong.");
  }
  if (searchParams.get("api-version") !== API_VERSION) return refusal(400, `The api-version must be ${API_VERSION}.`);
  const resource = searchParams.get("resource");
  if (!resource) return refusal(400, "The parameter resource is missing.");
  const clientId = searchParams.get("client_id")?.toLowerCase();
  const identity = world.directory.servicePrincipals.find(
    (principal) => principal.kind === "managed-identity" && principal.clientId.toLowerCase() === clientId,
  );
  if (identity === undefined) {
    return refusal(
      400,
      "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.",
    );
  }
  request.caller = identity.displayName;
  return tokenAnswer(world, keys, identity.clientId, resource);
}

async function tokenAnswer(
  world: World,
  keys: SigningKeys,
  clientId: string,
  resource: string,
): Promise<SandboxResponse> {
  try {
    const token = await issueAppToken(world, keys, { clientId, resource });
    const expiresOn = Math.floor(world.now() / 1_000) + TOKEN_LIFETIME_SECONDS;
    const body = {
      access_token: token,
      expires_on: String(expiresOn),
      resource,
      token_type: "Bearer",
      client_id: clientId,
    };
    return { status: 200, headers: { "cache-control": "no-store" }, body };
  } catch (error) {
    if (error instanceof EntraError) return refusal(error.status, error.message);
    throw error;
  }
}

const refusal = (statusCode: number, message: string): SandboxResponse => ({
  status: statusCode,
  body: { statusCode, message },
});

function sameText(given: string, expected: string): boolean {
  const left = Buffer.from(given);
  const right = Buffer.from(expected);
  return left.length === right.length && timingSafeEqual(left, right);
}
