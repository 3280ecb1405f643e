import type { TokenCredential } from "@azure/core-auth";
import { decodeJwt } from "jose";
import { z } from "zod";
import { AzureError, fromTokenFailure } from "../platform/http/azure-error.ts";
import { type CredentialOptions, createAssertion, createCredential } from "../platform/http/credential.ts";
import { explainToken, type Registration } from "./azure-advice.ts";
import { bounded, type CheckResult, type Explanation, type Line, lineOf, runCheck } from "./check.ts";
import { explainNetwork } from "./network-failure.ts";

/**
 * Tokens as the worker gets them: the managed identity's, the daemon's, and the proof that the portal's registration
 * accepts us. Tokens are decoded, not verified: they came from Entra by TLS and are used against Azure, which verifies.
 */

export interface TokenOptions {
  daemon: CredentialOptions;
  daemonRegistration: Registration;
  portal: CredentialOptions;
  portalRegistration: Registration;
  /** Scope of Azure Resource Manager. */
  scope: string;
  boundMs: number;
}

export interface TokenFindings {
  results: CheckResult[];
  /** The daemon's credential, when it gives tokens of the right tenant. */
  credential: TokenCredential | undefined;
}

/** Entra's answer to a client that proved itself, for a resource that wants a role the client does not hold. */
const NO_ROLE_CODE = "AADSTS501051";

/** Longest part of the platform's words that is shown. */
const REASON_CHARS_MAX = 250;

const claims = z.object({ tid: z.string().max(100), appid: z.string().max(100).optional() });

const lines = {
  identity: lineOf("managed-identity", "Managed identity"),
  daemon: lineOf("token", "Daemon's token for Azure Resource Manager"),
  tenant: lineOf("token-tenant", "Tenant of the token"),
  portal: lineOf("portal-sign-in", "Portal's sign-in client"),
  intake: lineOf("intake-registration", "Registration for pushes"),
};

/** With `isReachable` false nothing is asked: Entra gives no document, so no token either. */
export async function checkTokens(options: TokenOptions, isReachable: boolean): Promise<TokenFindings> {
  const identity = await checkIdentity(options);
  const unreachable = isReachable ? undefined : "Entra gives no OpenID document for the tenant";
  const blocked = (kind: CredentialOptions["kind"]) =>
    unreachable ??
    (kind !== "secret" && identity.status === "fail" ? "the managed identity gives no token" : undefined);
  const [daemon, portal] = await Promise.all([
    checkDaemon(options, blocked(options.daemon.kind)),
    checkPortal(options, blocked(options.portal.kind)),
  ]);
  return { results: [identity, ...daemon.results, portal], credential: daemon.credential };
}

/** The token that proves the registrations to Entra; where every registration has a secret there is none to ask for. */
async function checkIdentity({ daemon, portal, boundMs }: TokenOptions): Promise<CheckResult> {
  const line = lines.identity;
  const usesIdentity = [daemon, portal].some(({ kind }) => kind === "federated");
  if (!usesIdentity)
    return line.ok("not used as proof: the settings hold client secrets, or the identity signs in itself");
  const run = async () => {
    await createAssertion(daemon)();
    return line.ok("it gives the token that the federated credentials trust");
  };
  return runCheck(line, boundMs, run, explainIdentity);
}

/** The platform's own words follow: they tell an unknown identity from a wrong header. */
function explainIdentity(error: unknown): Explanation {
  const reason = explainNetwork(error)?.finding ?? (error instanceof Error ? error.message : String(error));
  const advice =
    "Assign the user-assigned identity to the container app and set WATCHBELL_ENTRA_MANAGED_IDENTITY_CLIENT_ID to its client id; IDENTITY_ENDPOINT and IDENTITY_HEADER are set by the platform";
  return { finding: `the platform gives no token: ${reason.slice(0, REASON_CHARS_MAX)}`, advice };
}

async function checkDaemon(options: TokenOptions, blocked: string | undefined): Promise<TokenFindings> {
  const { daemon, tenant, intake } = lines;
  if (blocked !== undefined)
    return { results: [daemon, tenant, intake].map((line) => line.notChecked(blocked)), credential: undefined };
  if (options.daemon.kind === "secret" && options.daemon.clientSecret === undefined) {
    const results = [daemon, tenant, intake].map((line) => line.notChecked("the client secret is missing"));
    return { results, credential: undefined };
  }
  const credential = createCredential(options.daemon);
  try {
    const token = await bounded(options.boundMs, (signal) => ask(credential, options.scope, signal));
    const ofTenant = judgeTenant(tenant, token, options.daemonRegistration.tenantId);
    const results = [daemon.ok("Entra gives it"), ofTenant, await checkIntake(options, credential)];
    return { results, credential: ofTenant.status === "fail" ? undefined : credential };
  } catch (error) {
    const { finding, advice } = explainToken(error, options.daemonRegistration);
    const because = "there is no token";
    const results = [daemon.fail(finding, advice), tenant.notChecked(because), intake.notChecked(because)];
    return { results, credential: undefined };
  }
}

async function ask(credential: TokenCredential, scope: string, signal: AbortSignal): Promise<string> {
  try {
    const token = await credential.getToken(scope, { abortSignal: signal });
    if (token === null) throw new Error("the credential gives no token");
    return token.token;
  } catch (error) {
    throw fromTokenFailure(error);
  }
}

function judgeTenant(line: Line, token: string, tenantId: string): CheckResult {
  const tid = tenantOf(token);
  if (tid === undefined) return line.warn("the token cannot be read", "Check WATCHBELL_AZURE_RESOURCE_MANAGER_SCOPE");
  if (tid === tenantId) return line.ok(tid);
  const advice = "Set WATCHBELL_ENTRA_TENANT_ID to the tenant of the subscriptions, and sign in there";
  return line.fail(`the token is of ${tid}, the setting says ${tenantId}`, advice);
}

function tenantOf(token: string): string | undefined {
  try {
    return claims.safeParse(decodeJwt(token)).data?.tid.toLowerCase();
  } catch {
    return undefined;
  }
}

/**
 * The App ID URI that action groups ask a token for. The daemon itself holds no role there: being refused for that
 * (AADSTS501051) shows that the registration exists and asks for assignment (threats J7).
 */
async function checkIntake(options: TokenOptions, credential: TokenCredential): Promise<CheckResult> {
  const line = lines.intake;
  const { clientId } = options.daemonRegistration;
  if (options.daemon.kind === "managed-identity") return line.notChecked("the managed identity signs in by itself");
  const run = async (signal: AbortSignal) => {
    if (!(await isRefusedForRole(credential, `api://${clientId}/.default`, signal))) {
      const advice =
        "Switch on “Assignment required” for it (Entra > Enterprise applications > Properties; deploy again does it)";
      return line.warn("any application of the tenant can get a token for the intake", advice);
    }
    return line.ok(`api://${clientId} exists and asks for an assigned role`);
  };
  return runCheck(line, options.boundMs, run, (error) => explainIntake(error, options.daemonRegistration));
}

function explainIntake(error: unknown, registration: Registration): Explanation {
  if (!(error instanceof AzureError) || error.advice !== "resource-unknown") return explainToken(error, registration);
  const { clientId } = registration;
  const advice = `Give the app registration ${clientId} the App ID URI api://${clientId} and a service principal (deploy again does it)`;
  return { finding: `the tenant does not know api://${clientId}: action groups get no token for it`, advice };
}

/** True: the client proved itself and is refused for want of a role. False: it was given a token. */
async function isRefusedForRole(credential: TokenCredential, scope: string, signal: AbortSignal): Promise<boolean> {
  try {
    await ask(credential, scope, signal);
    return false;
  } catch (error) {
    if (error instanceof AzureError && error.code === NO_ROLE_CODE) return true;
    throw error;
  }
}

/**
 * Would Entra accept the portal's client when it redeems a code? The same proof is sent for a token of the portal's own
 * registration: given, or refused only for want of a role, it was accepted. (A made-up code would not tell: Entra does not
 * say whether it looks at the client or the code first.)
 */
async function checkPortal(options: TokenOptions, blocked: string | undefined): Promise<CheckResult> {
  const line = lines.portal;
  if (blocked !== undefined) return line.notChecked(blocked);
  const { portal, portalRegistration, boundMs } = options;
  const run = async (signal: AbortSignal) => {
    await isRefusedForRole(createCredential(portal), `${portal.clientId}/.default`, signal);
    return line.ok(`Entra accepts the proof of ${portal.clientId}`);
  };
  return runCheck(line, boundMs, run, (error) => explainToken(error, portalRegistration));
}
