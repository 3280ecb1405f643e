import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type ClientAuth,
  type ClientMetadata,
  Configuration,
  clockSkew,
  clockTolerance,
  customFetch,
  refreshTokenGrant,
} from "openid-client";
import { z } from "zod";
import { type Clock, createSystemClock } from "../../platform/clock.ts";
import type { Secret } from "../../platform/secret.ts";
import { type FetchJson, openIdAddress } from "./key-set.ts";
import type { RefreshOutcome } from "./role-recheck.ts";
import { describeProblem, isPersonGone, problemOfError } from "./sign-in-problem.ts";
import type { SignInIdentity, TokenValidators } from "./token-validators.ts";

/**
 * Entra's side of the sign-in (threats B1, J1): OpenID Connect code flow with PKCE by openid-client, with the document
 * read and checked by us, because Entra's issuer is another origin than the one that the sandbox, or a proxy, serves it
 * from. The ID token's signature and claims are checked by our validator on top.
 */
export interface EntraSignIn {
  /** Where the browser goes. */
  authorizationUrl(request: AuthorizationRequest): Promise<URL>;
  /** Trades the code of the call-back address for the person. Throws; `problemOfError` says why. */
  redeem(callback: URL, checks: CodeChecks): Promise<{ identity: SignInIdentity; refreshToken: string | undefined }>;
  /** Asks again for the person of `objectId`. */
  refresh(refreshToken: string, objectId: string): Promise<RefreshOutcome>;
}

export interface AuthorizationRequest {
  state: string;
  nonce: string;
  codeChallenge: string;
  redirectUri: string;
  prompt?: "select_account" | undefined;
}

export interface CodeChecks {
  state: string;
  nonce: string;
  codeVerifier: string;
}

/** How the portal's registration proves itself: no secret by default. */
export type ClientCredential = { assertion: () => Promise<string> } | { secret: Secret };

/** The web's `fetch`, as platform/http offers it for Entra's address: no redirects followed, bounded in time. */
export type SignInFetch = (url: string, init: RequestInit) => Promise<Response>;

export interface EntraSignInOptions {
  authority: string;
  /** Replaces the origin of the authorization address only. */
  browserAuthority?: string | undefined;
  tenantId: string;
  /** Exact issuer of version 2. */
  issuer: string;
  clientId: string;
  credential: ClientCredential;
  fetchJson: FetchJson;
  fetch: SignInFetch;
  validators: Pick<TokenValidators, "validateIdToken">;
  clock: Clock;
}

const SCOPE = "openid profile offline_access";
const DOCUMENT_MS = 60 * 60_000;
const TOLERANCE_SECONDS = 120;
const TIMEOUT_SECONDS = 15;

const address = z.url({ protocol: /^https?$/ }).max(2_048);
const openIdDocument = z.object({ issuer: z.string(), authorization_endpoint: address, token_endpoint: address });
type OpenIdDocument = z.infer<typeof openIdDocument>;

export function createEntraSignIn(options: EntraSignInOptions): EntraSignIn {
  const { clock, clientId, validators } = options;
  let cached: { document: OpenIdDocument; readAt: number } | undefined;
  const configure = async () => {
    if (!cached || clock.now() - cached.readAt >= DOCUMENT_MS) {
      cached = { document: await readDocument(options), readAt: clock.now() };
    }
    return createConfiguration(options, cached.document);
  };

  const authorizationUrl: EntraSignIn["authorizationUrl"] = async (request) => {
    const page = buildAuthorizationUrl(await configure(), {
      response_type: "code",
      response_mode: "query",
      client_id: clientId,
      scope: SCOPE,
      redirect_uri: request.redirectUri,
      state: request.state,
      nonce: request.nonce,
      code_challenge: request.codeChallenge,
      code_challenge_method: "S256",
      ...(request.prompt === undefined ? {} : { prompt: request.prompt }),
    });
    const { browserAuthority } = options;
    return browserAuthority === undefined ? page : new URL(page.pathname + page.search, browserAuthority);
  };
  const redeem: EntraSignIn["redeem"] = async (callback, { state, nonce, codeVerifier }) => {
    const checks = {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: codeVerifier,
      idTokenExpected: true,
    };
    const answer = await authorizationCodeGrant(await configure(), callback, checks);
    const identity = await validators.validateIdToken(answer.id_token ?? "", { nonce });
    return { identity, refreshToken: answer.refresh_token };
  };
  const refresh: EntraSignIn["refresh"] = async (refreshToken, objectId) => {
    try {
      const answer = await refreshTokenGrant(await configure(), refreshToken, { scope: SCOPE });
      const { role } = await validators.validateIdToken(answer.id_token ?? "", { objectId });
      return { kind: "renewed", role, refreshToken: answer.refresh_token };
    } catch (error) {
      return judgeRefusal(error);
    }
  };
  return { authorizationUrl, redeem, refresh };
}

/** A worker that Entra refuses (expired secret) or a wrong clock is no reason to end everybody's session at once. */
function judgeRefusal(error: unknown): RefreshOutcome {
  const reason = describeProblem(error);
  if (isPersonGone(error)) return { kind: "refused", scope: "person", reason };
  const problem = problemOfError(error);
  const isOurs = problem === "unreachable" || problem === "configuration" || problem === "clock";
  return isOurs ? { kind: "unreachable", reason } : { kind: "refused", scope: "session", reason };
}

async function readDocument(options: EntraSignInOptions): Promise<OpenIdDocument> {
  const { authority, tenantId, issuer } = options;
  const document = openIdDocument.parse(await options.fetchJson(openIdAddress(authority, tenantId, "2.0")));
  if (document.issuer !== issuer) throw new Error(`the OpenID document names another issuer than ${issuer}`);
  const { origin } = new URL(authority);
  if (new URL(document.token_endpoint).origin !== origin) throw new Error("the token endpoint is of another origin");
  if (new URL(document.authorization_endpoint).origin !== origin) {
    throw new Error("the authorization endpoint is of another origin");
  }
  return document;
}

function createConfiguration(options: EntraSignInOptions, document: OpenIdDocument): Configuration {
  // openid-client reads the machine's clock; the difference makes it follow ours.
  const skewSeconds = Math.round((options.clock.now() - createSystemClock().now()) / 1_000);
  const metadata: Partial<ClientMetadata> = {
    id_token_signed_response_alg: "RS256",
    [clockSkew]: skewSeconds,
    [clockTolerance]: TOLERANCE_SECONDS,
  };
  const configuration = new Configuration(document, options.clientId, metadata, authenticateClient(options.credential));
  configuration[customFetch] = (url, { body, ...init }) =>
    options.fetch(url, { ...init, body: (body ?? null) as BodyInit | null });
  configuration.timeout = TIMEOUT_SECONDS;
  return configuration;
}

/** `client_assertion` of the managed identity (RFC 7523 §2.2), or `client_secret_post`. */
function authenticateClient(credential: ClientCredential): ClientAuth {
  const authenticate = async (_server: unknown, client: ClientMetadata, body: URLSearchParams) => {
    body.set("client_id", client.client_id);
    if ("secret" in credential) {
      body.set("client_secret", credential.secret.reveal());
      return;
    }
    body.set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    body.set("client_assertion", await credential.assertion());
  };
  return authenticate as ClientAuth;
}
