import type { Fault, Principal, SandboxRequest, SandboxResponse, World } from "../world.ts";

/** The caller, or the answer that refuses it. */
export type AlertCaller =
  | { principal: Principal; response?: undefined }
  | { principal?: undefined; response: SandboxResponse };

/** What the alert parts need of the sandbox's core, which has these members by the same names. */
export interface AlertCore {
  world: World;
  /** Verifies the bearer token for Azure Resource Manager; the response is the 401 to hand on. */
  authenticate(request: SandboxRequest, audience: "arm"): Promise<AlertCaller>;
  /** Undefined when the caller's deployed role allows the action at the scope, else ARM's 403. */
  authorize(principal: Principal, action: string, scope: string): SandboxResponse | undefined;
  /** The next fault switched on for an outbound operation, counted as used. */
  takeFault(operation: string): Fault | undefined;
  /** App-only access token of a service principal for a resource (App ID URI). Throws when Entra would refuse. */
  issueToken(request: { clientId: string; resource: string }): Promise<string>;
}
