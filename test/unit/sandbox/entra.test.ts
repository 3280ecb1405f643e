import { decodeJwt, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { APP_ROLE_ID, REDIRECT_URI, SECRET, startTestSandbox, type TestSandbox } from "./test-sandbox.ts";

let sandbox: TestSandbox;
let clientId: string;
beforeAll(async () => {
  sandbox = await startTestSandbox();
  clientId = sandbox.application.clientId;
});
afterAll(() => sandbox.end());

const ARM = "https://management.azure.com/.default";
const tenantPath = (tenant = sandbox.world.directory.tenantId) => `${sandbox.origins.secure}/${tenant}`;

interface TokenAnswer {
  status: number;
  body: { error?: string; error_codes?: number[]; error_description?: string; access_token?: string };
}
async function askToken(fields: Record<string, string>, tenant?: string): Promise<TokenAnswer> {
  const form = { grant_type: "client_credentials", client_id: clientId, scope: ARM, ...fields };
  const body = new URLSearchParams(Object.entries(form).filter(([, value]) => value !== ""));
  const response = await fetch(`${tenantPath(tenant)}/oauth2/v2.0/token`, { method: "POST", body });
  return { status: response.status, body: (await response.json()) as TokenAnswer["body"] };
}

describe("refusals of the token endpoint", () => {
  const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
  test.each([
    ["no secret", {}, 401, "invalid_client", 7000218],
    ["no grant type", { grant_type: "" }, 400, "invalid_request", 90014],
    ["another grant", { grant_type: "password", client_secret: SECRET }, 400, "unsupported_grant_type", 70003],
    ["an unknown client", { client_id: "5c6f1a1e", client_secret: SECRET }, 400, "unauthorized_client", 700016],
    [
      "an unknown resource",
      { client_secret: SECRET, scope: "https://none.example/.default" },
      400,
      "invalid_resource",
      500011,
    ],
    ["two resources", { client_secret: SECRET, scope: `${ARM} ${ARM}` }, 400, "invalid_scope", 70011],
    [
      "no assertion at all",
      { client_assertion: "x", client_assertion_type: assertionType },
      400,
      "invalid_request",
      50027,
    ],
    [
      "an unknown code",
      { grant_type: "authorization_code", code: "x", client_secret: SECRET },
      400,
      "invalid_grant",
      70000,
    ],
    [
      "an unknown refresh token",
      { grant_type: "refresh_token", refresh_token: "x", client_secret: SECRET },
      400,
      "invalid_grant",
      70000,
    ],
  ])("%s", async (_, fields, status, error, code) => {
    const answer = await askToken(fields);
    expect(answer).toMatchObject({ status, body: { error, error_codes: [code] } });
    expect(answer.body.error_description).toMatch(
      new RegExp(
        `^AADSTS${code}: .+ Trace ID: [0-9a-f-]{36} Correlation ID: [0-9a-f-]{36} Timestamp: \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\dZ$`,
      ),
    );
  });

  test("another tenant is not found", async () => {
    const answer = await askToken({ client_secret: SECRET }, "contoso.example");
    expect(answer).toMatchObject({ status: 400, body: { error_codes: [90002] } });
  });

  test("an assertion that we did not sign is refused, as is one of another issuer", async () => {
    const { tenantId } = sandbox.world.directory;
    const forge = (issuer: string) =>
      new SignJWT({ iss: issuer, sub: "x", aud: "api://AzureADTokenExchange" })
        .setProtectedHeader({ alg: "HS256" })
        .setExpirationTime("1h")
        .sign(new TextEncoder().encode("a key of at least thirty-two bytes"));
    const ask = async (issuer: string) =>
      (await askToken({ client_assertion: await forge(issuer), client_assertion_type: assertionType })).body
        .error_codes;
    expect(await ask(`https://login.microsoftonline.com/${tenantId}/v2.0`)).toEqual([700027]);
    expect(await ask("https://evil.example")).toEqual([700211]);
  });
});

describe("tokens for an application of ours", () => {
  test("have its version and need its role", async () => {
    const { directory } = sandbox.world;
    const scope = `api://${clientId}/.default`;
    const refused = await askToken({ client_secret: SECRET, scope });
    expect(refused).toMatchObject({ status: 400, body: { error: "invalid_grant", error_codes: [501051] } });
    const objectId = directory.servicePrincipals.find((principal) => principal.clientId === clientId)?.objectId ?? "";
    directory.grants.push({ principalObjectId: objectId, resourceObjectId: objectId, appRoleId: APP_ROLE_ID });
    const claimsOf = async () => decodeJwt((await askToken({ client_secret: SECRET, scope })).body.access_token ?? "");
    expect(await claimsOf()).toMatchObject({
      ver: "2.0",
      aud: clientId,
      azp: clientId,
      roles: ["ActionGroupsSecureWebhook"],
    });
    const application = directory.applications[0];
    if (application !== undefined) application.requestedAccessTokenVersion = 1;
    expect(await claimsOf()).toMatchObject({ ver: "1.0", aud: `api://${clientId}`, appid: clientId });
  });
});

describe("the sign-in page", () => {
  const authorize = (changes: Record<string, string> = {}) => {
    const fields = {
      client_id: clientId,
      redirect_uri: REDIRECT_URI,
      response_type: "code",
      scope: "openid",
      state: '"><script>',
      nonce: "n",
      code_challenge: "c".repeat(43),
      code_challenge_method: "S256",
      ...changes,
    };
    const path = `/${sandbox.world.directory.tenantId}/oauth2/v2.0/authorize`;
    return fetch(`${sandbox.origins.plain}${path}?${new URLSearchParams(fields)}`, { redirect: "manual" });
  };

  test("is served without script and with every text escaped", async () => {
    const page = await authorize();
    const html = await page.text();
    expect(page.headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self' http:\/\/127\.0\.0\.1:8080;/,
    );
    expect(html).not.toContain("<script");
    expect(html).toContain("Cem Yıldız");
    expect(html).toContain('<html lang="en">');
  });

  test("an address that is not registered is never redirected to", async () => {
    const page = await authorize({ redirect_uri: "https://evil.example/" });
    expect([page.status, page.headers.get("location")]).toEqual([400, null]);
    expect(await page.text()).toContain("AADSTS50011");
  });

  test.each([
    ["no PKCE", { code_challenge: "" }, "invalid_request"],
    ["plain PKCE", { code_challenge_method: "plain" }, "invalid_request"],
    ["another response type", { response_type: "token" }, "unsupported_response_type"],
    ["no session to go on with", { prompt: "none" }, "login_required"],
    ["a person without a role", { user: "" }, "invalid_grant"],
  ])("%s goes back as an error with the state", async (_, changes, error) => {
    const user = "user" in changes ? { user: sandbox.world.directory.users[1]?.objectId ?? "" } : {};
    const location = new URL((await authorize({ ...changes, ...user })).headers.get("location") ?? "");
    expect(location.origin + location.pathname).toBe(REDIRECT_URI);
    expect(Object.fromEntries(location.searchParams)).toMatchObject({ error, state: '"><script>' });
  });

  test("signing out returns only to registered addresses", async () => {
    const logout = (target: string) =>
      fetch(
        `${sandbox.origins.plain}/${sandbox.world.directory.tenantId}/oauth2/v2.0/logout?post_logout_redirect_uri=${encodeURIComponent(target)}`,
        {
          redirect: "manual",
        },
      );
    expect((await logout("http://127.0.0.1:8080/signed-out")).headers.get("location")).toBe(
      "http://127.0.0.1:8080/signed-out",
    );
    expect((await logout("https://evil.example/")).status).toBe(200);
  });
});

describe("the managed identity endpoint", () => {
  const ask = (query: string, header = sandbox.identity.header) =>
    fetch(`${sandbox.identity.endpoint}?api-version=2019-08-01${query}`, { headers: { "x-identity-header": header } });

  test("answers in the platform's form", async () => {
    const answer = await ask(`&resource=https://vault.azure.net&client_id=${sandbox.identityClientId}`);
    expect(await answer.json()).toEqual({
      access_token: expect.stringMatching(/^ey/),
      expires_on: expect.stringMatching(/^\d{10}$/),
      resource: "https://vault.azure.net",
      token_type: "Bearer",
      client_id: sandbox.identityClientId,
    });
  });

  test("asks for the header, a resource and an identity that exists", async () => {
    expect((await ask("&resource=https://vault.azure.net", "wrong")).status).toBe(401);
    expect((await ask(`&client_id=${sandbox.identityClientId}`)).status).toBe(400);
    expect((await ask("&resource=https://vault.azure.net&client_id=none")).status).toBe(400);
  });
});
