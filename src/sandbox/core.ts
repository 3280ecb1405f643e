import { bearerVerifier } from "./entra/bearer.ts";
import type { SigningKeys } from "./entra/keys.ts";
import type { AudienceName } from "./entra/resource.ts";
import { type AppTokenRequest, issueAppToken } from "./entra/tokens.ts";
import { takeFault } from "./faults.ts";
import { denial } from "./rbac.ts";
import type { Fault, Principal, SandboxRequest, SandboxResponse, World } from "./world.ts";

/** The caller, or the 401 that the part hands on as it is. */
export type Authentication =
  | { principal: Principal; response?: undefined }
  | { principal?: undefined; response: SandboxResponse };

/** What the core offers to the parts. */
export interface SandboxCore {
  world: World;
  /** Verifies the request's bearer token for an audience (`arm`, `logs`, `graph`, `vault`) and notes the caller. */
  authenticate(request: SandboxRequest, audience: AudienceName): Promise<Authentication>;
  /** Undefined when a deployed role allows the action at the scope, else ARM's 403 AuthorizationFailed. */
  authorize(principal: Principal, action: string, scope: string): SandboxResponse | undefined;
  /** The next fault switched on for an operation, counted as used; for outbound calls, which no route covers. */
  takeFault(operation: string): Fault | undefined;
  /** App-only access token of a service principal for a resource; throws `EntraError` when Entra would refuse. */
  issueToken(request: AppTokenRequest): Promise<string>;
}

/** The core over one world and its signing keys; `ownerObjectId` is the principal that may do everything. */
export function createCore(world: World, keys: SigningKeys, ownerObjectId: string): SandboxCore {
  return {
    world,
    authenticate: bearerVerifier(world, keys, ownerObjectId),
    authorize: (principal, action, scope) => denial(world, principal, action, scope),
    takeFault: (operation) => takeFault(world, operation),
    issueToken: (request) => issueAppToken(world, keys, request),
  };
}
