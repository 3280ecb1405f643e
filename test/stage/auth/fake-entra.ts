import { createHash, randomUUID } from "node:crypto";
import type { SignInFetch } from "../../../src/api/auth/entra-sign-in.ts";
import {
  AUTHORITY,
  createDocuments,
  createKey,
  type FakeDocuments,
  idClaims,
  PORTAL,
  signToken,
  type TestKey,
} from "../../unit/auth/entra-tokens.ts";

/** An OpenID Connect issuer in memory: the browser's page and the token endpoint of one registration. */
export interface FakeEntra {
  documents: FakeDocuments;
  key: TestKey;
  fetch: SignInFetch;
  /** What the person does on Entra's page: the address that the browser is sent back to. */
  approve(page: URL): URL;
  /** Members that replace those of the next ID tokens. */
  claims: Record<string, unknown>;
  /** While set, the token endpoint answers with this error and description. */
  refusal: [error: string, description: string] | undefined;
  /** While set, the token endpoint cannot be reached. */
  isDown: boolean;
  /** Bodies that the token endpoint received. */
  received: URLSearchParams[];
}

export const SECRET_ASSERTION = "the-managed-identity-assertion";

export function createFakeEntra(now: () => number): FakeEntra {
  const key = createKey("entra");
  const codes = new Map<string, { challenge: string; nonce: string; redirectUri: string }>();
  const refreshTokens = new Set<string>();

  const redeem = (body: URLSearchParams): Record<string, unknown> | [string, string] => {
    const code = body.get("code") ?? "";
    const known = codes.get(code);
    codes.delete(code);
    const verifier = createHash("sha256")
      .update(body.get("code_verifier") ?? "")
      .digest("base64url");
    if (!known || known.challenge !== verifier || known.redirectUri !== body.get("redirect_uri")) {
      return ["invalid_grant", "AADSTS54005: the code was already redeemed"];
    }
    return tokens({ nonce: known.nonce });
  };
  const refresh = (body: URLSearchParams): Record<string, unknown> | [string, string] =>
    refreshTokens.has(body.get("refresh_token") ?? "")
      ? tokens({ nonce: undefined })
      : ["invalid_grant", "AADSTS700082: expired"];
  const tokens = (changes: object) => {
    const refreshToken = `refresh-${randomUUID()}`;
    refreshTokens.add(refreshToken);
    const idToken = signToken(key, { ...idClaims(changes, now()), ...entra.claims });
    return {
      token_type: "Bearer",
      expires_in: 3_600,
      access_token: "unused",
      refresh_token: refreshToken,
      id_token: idToken,
    };
  };
  const answer = (status: number, body: unknown) =>
    new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
  const fetch: SignInFetch = async (url, options) => {
    if (entra.isDown) throw new TypeError("fetch failed");
    if (!url.startsWith(`${AUTHORITY}/`)) throw new Error(`a request to ${url}`);
    const body = new URLSearchParams(String(options.body));
    entra.received.push(body);
    if (body.get("client_id") !== PORTAL || body.get("client_assertion") !== SECRET_ASSERTION) {
      return answer(401, { error: "invalid_client", error_description: "AADSTS7000218: no assertion" });
    }
    const result = entra.refusal ?? (body.get("grant_type") === "refresh_token" ? refresh(body) : redeem(body));
    if (!Array.isArray(result)) return answer(200, result);
    return answer(400, { error: result[0], error_description: result[1] });
  };
  const approve = (page: URL) => {
    const asked = page.searchParams;
    const code = randomUUID();
    const redirectUri = asked.get("redirect_uri") ?? "";
    codes.set(code, { challenge: asked.get("code_challenge") ?? "", nonce: asked.get("nonce") ?? "", redirectUri });
    const back = new URL(redirectUri);
    back.search = new URLSearchParams({ code, state: asked.get("state") ?? "", session_state: "x" }).toString();
    return back;
  };
  const entra: FakeEntra = {
    documents: createDocuments([key]),
    key,
    fetch,
    approve,
    claims: {},
    refusal: undefined,
    isDown: false,
    received: [],
  };
  return entra;
}
