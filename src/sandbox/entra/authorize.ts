import { findApplication, rolesOf } from "../directory.ts";
import type { DirectoryApplication, SandboxRequest, SandboxResponse, World } from "../world.ts";
import { EntraError } from "./errors.ts";
import { messagePage, signInPage } from "./sign-in-page.ts";
import type { SignInStore } from "./sign-in-store.ts";
import { assignedUser } from "./token-endpoint.ts";

/** Parameters that travel through the page; others (`login_hint`, `domain_hint`, …) are tolerated and ignored. */
const CARRIED = [
  "client_id",
  "redirect_uri",
  "response_type",
  "response_mode",
  "scope",
  "state",
  "nonce",
  "code_challenge",
  "code_challenge_method",
] as const;

/**
 * `GET /{tenant}/oauth2/v2.0/authorize` shows who can sign in; the page's form posts the choice to the same address,
 * which redirects with `code` and `state`. A wrong client or redirect address is shown here and never redirected to
 * (RFC 6749 §4.1.2.1).
 */
export function answerAuthorize(world: World, signIns: SignInStore, request: SandboxRequest): SandboxResponse {
  const parameters = readParameters(request);
  try {
    const application = requestedApplication(world, parameters);
    const redirectUri = parameters.get("redirect_uri") ?? "";
    return answerKnownClient(world, signIns, application, redirectUri, parameters);
  } catch (error) {
    if (error instanceof EntraError) return messagePage(error.status, "Sign-in refused", error.message);
    throw error;
  }
}

function readParameters({ method, url, body }: SandboxRequest): URLSearchParams {
  return method === "POST" ? new URLSearchParams(body.toString("utf8")) : url.searchParams;
}

function requestedApplication(world: World, parameters: URLSearchParams): DirectoryApplication {
  const clientId = parameters.get("client_id");
  if (!clientId) throw new EntraError(90014, "client_id");
  const application = findApplication(world.directory, clientId);
  if (application === undefined) throw new EntraError(700016, clientId, world.directory.tenantId);
  const redirectUri = parameters.get("redirect_uri") ?? "";
  if (!application.redirectUris.includes(redirectUri)) throw new EntraError(50011, redirectUri, clientId);
  return application;
}

function answerKnownClient(
  world: World,
  signIns: SignInStore,
  application: DirectoryApplication,
  redirectUri: string,
  parameters: URLSearchParams,
): SandboxResponse {
  try {
    checkRequest(parameters);
    const chosen = parameters.get("user");
    if (chosen === null) return picker(world, application, redirectUri, parameters);
    const user = assignedUser(world, chosen, application);
    const code = signIns.addCode({
      clientId: application.clientId,
      userObjectId: user.objectId,
      redirectUri,
      scope: parameters.get("scope") ?? "",
      nonce: parameters.get("nonce") ?? undefined,
      codeChallenge: parameters.get("code_challenge") ?? "",
    });
    return redirect(redirectUri, { code, ...stateOf(parameters), session_state: world.newId() });
  } catch (error) {
    if (!(error instanceof EntraError)) throw error;
    const description = { error: error.error, error_description: error.message };
    return redirect(redirectUri, { ...description, ...stateOf(parameters) });
  }
}

/** Stricter than Entra in one thing: PKCE with S256 is asked of every client (RFC 9700 §2.1.1). */
function checkRequest(parameters: URLSearchParams): void {
  const responseType = parameters.get("response_type") ?? "";
  if (responseType !== "code") throw new EntraError(700054, responseType);
  const scopes = (parameters.get("scope") ?? "").split(" ");
  if (!scopes.includes("openid")) throw new EntraError(70011, scopes.join(" "));
  const challenged = parameters.get("code_challenge") && parameters.get("code_challenge_method") === "S256";
  if (!challenged) throw new EntraError(9002325);
  if (parameters.get("prompt") === "none") throw new EntraError(50058);
}

function picker(
  world: World,
  application: DirectoryApplication,
  redirectUri: string,
  parameters: URLSearchParams,
): SandboxResponse {
  const people = world.directory.users.map((user) => ({
    objectId: user.objectId,
    displayName: user.displayName,
    userPrincipalName: user.userPrincipalName,
    roles: rolesOf(world.directory, user.objectId, application),
  }));
  const fields = CARRIED.flatMap((name) => {
    const value = parameters.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  return signInPage(application.displayName, people, Object.fromEntries(fields), redirectUri);
}

function stateOf(parameters: URLSearchParams): Record<string, string> {
  const state = parameters.get("state");
  return state === null ? {} : { state };
}

function redirect(redirectUri: string, parameters: Record<string, string>): SandboxResponse {
  const target = new URL(redirectUri);
  for (const [name, value] of Object.entries(parameters)) target.searchParams.set(name, value);
  return { status: 302, headers: { location: target.href, "cache-control": "no-store" } };
}
