import { ClientAssertionCredential, ClientSecretCredential, ManagedIdentityCredential } from "@azure/identity";
import { LogsQueryClient, LogsQueryResultStatus } from "@azure/monitor-query";
import { createRemoteJWKSet, decodeJwt, jwtVerify } from "jose";
import * as oidc from "openid-client";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { AZURE_MONITOR_CLIENT_ID } from "../../src/sandbox/directory.ts";
import {
  APP_ROLE_ID,
  EXPIRED_SECRET,
  REDIRECT_URI,
  SECRET,
  startTestSandbox,
  type TestSandbox,
} from "../unit/sandbox/test-sandbox.ts";

/** The simulated Entra under Microsoft's own clients: what they accept is what counts, not what we think of it. */
const ARM_SCOPE = "https://management.azure.com/.default";

let sandbox: TestSandbox;
let tenantId: string;
let authority: { authorityHost: string; disableInstanceDiscovery: boolean };

beforeAll(async () => {
  sandbox = await startTestSandbox();
  tenantId = sandbox.world.directory.tenantId;
  authority = { authorityHost: sandbox.origins.secure, disableInstanceDiscovery: true };
});
afterAll(() => sandbox.end());

const identityCredential = () => {
  vi.stubEnv("IDENTITY_ENDPOINT", sandbox.identity.endpoint);
  vi.stubEnv("IDENTITY_HEADER", sandbox.identity.header);
  return new ManagedIdentityCredential({ clientId: sandbox.identityClientId });
};
const secretCredential = (secret: string) =>
  new ClientSecretCredential(tenantId, sandbox.application.clientId, secret, authority);

describe("tokens for the daemon", () => {
  test("ManagedIdentityCredential gets a token that names the identity", async () => {
    const { token } = await identityCredential().getToken(ARM_SCOPE);
    expect(decodeJwt(token)).toMatchObject({
      aud: "https://management.azure.com",
      iss: `https://sts.windows.net/${tenantId}/`,
      appid: sandbox.identityClientId,
      ver: "1.0",
      idtyp: "app",
    });
  });

  test("ClientAssertionCredential trades the identity's token for one of the application", async () => {
    const assertion = async () => (await identityCredential().getToken("api://AzureADTokenExchange/.default")).token;
    const { clientId } = sandbox.application;
    const credential = new ClientAssertionCredential(tenantId, clientId, assertion, authority);
    const { token } = await credential.getToken(ARM_SCOPE);
    expect(decodeJwt(token)).toMatchObject({ appid: clientId, appidacr: "2", tid: tenantId });
  });

  test("ClientSecretCredential gets a token", async () => {
    const { token } = await secretCredential(SECRET).getToken(ARM_SCOPE);
    expect(decodeJwt(token)).toMatchObject({ appid: sandbox.application.clientId, appidacr: "1" });
  });

  test("an expired secret fails with AADSTS7000222 and a wrong one with AADSTS7000215", async () => {
    await expect(secretCredential(EXPIRED_SECRET).getToken(ARM_SCOPE)).rejects.toThrow(/AADSTS7000222/);
    await expect(secretCredential("wrong").getToken(ARM_SCOPE)).rejects.toThrow(/AADSTS7000215/);
  });

  test("an assertion of another identity fails with AADSTS700213", async () => {
    const token = await sandbox.core.issueToken({
      clientId: AZURE_MONITOR_CLIENT_ID,
      resource: "api://AzureADTokenExchange",
    });
    const { clientId } = sandbox.application;
    const credential = new ClientAssertionCredential(tenantId, clientId, async () => token, authority);
    await expect(credential.getToken(ARM_SCOPE)).rejects.toThrow(/AADSTS700213/);
  });

  test("the switched fault expiredSecret refuses a good secret once", async () => {
    sandbox.world.faults.push({
      operation: "Entra.token",
      fault: "expiredSecret",
      timesLeft: 1,
      afterMs: 0,
      retryAfterSeconds: null,
    });
    await expect(secretCredential(SECRET).getToken(ARM_SCOPE)).rejects.toThrow(/AADSTS7000222/);
    await expect(secretCredential(SECRET).getToken(ARM_SCOPE)).resolves.toBeDefined();
  });
});

describe("tokens for the secure webhook (J1, J2, J6)", () => {
  test("Azure Monitor gets none without the app role and one that carries the role with it", async () => {
    const { directory } = sandbox.world;
    const resource = sandbox.application.identifierUris[0] ?? "";
    const request = { clientId: AZURE_MONITOR_CLIENT_ID, resource };
    await expect(sandbox.core.issueToken(request)).rejects.toThrow(/AADSTS501051/);
    const principalOf = (clientId: string) =>
      directory.servicePrincipals.find((principal) => principal.clientId === clientId)?.objectId ?? "";
    directory.grants.push({
      principalObjectId: principalOf(AZURE_MONITOR_CLIENT_ID),
      resourceObjectId: principalOf(sandbox.application.clientId),
      appRoleId: APP_ROLE_ID,
    });
    const keys = createRemoteJWKSet(new URL(`${sandbox.origins.secure}/${tenantId}/discovery/v2.0/keys`));
    const { payload } = await jwtVerify(await sandbox.core.issueToken(request), keys, {
      algorithms: ["RS256"],
      issuer: `https://login.microsoftonline.com/${tenantId}/v2.0`,
      audience: sandbox.application.clientId,
    });
    expect(payload).toMatchObject({
      roles: ["ActionGroupsSecureWebhook"],
      azp: AZURE_MONITOR_CLIENT_ID,
      ver: "2.0",
      idtyp: "app",
    });
    expect(payload.sub).toBe(payload["oid"]);
  });
});

describe("Log Analytics", () => {
  const query = () => {
    const client = new LogsQueryClient(secretCredential(SECRET), { endpoint: sandbox.origins.secure });
    return client.queryWorkspace(sandbox.world.workspaceId, "Heartbeat | take 1", { duration: "PT1H" });
  };

  test("LogsQueryClient is refused without the role and reads an empty table with it", async () => {
    await expect(query()).rejects.toMatchObject({ code: "InsufficientAccessError", statusCode: 403 });
    sandbox.allow("Microsoft.OperationalInsights/workspaces/query/read");
    const result = await query();
    expect(result.status).toBe(LogsQueryResultStatus.Success);
    expect("tables" in result && result.tables[0]?.name).toBe("PrimaryResult");
  });
});

describe("sign-in of people", () => {
  /** openid-client takes Entra's metadata; the client proves itself with the managed identity's token. */
  const configure = async () => {
    const { token } = await identityCredential().getToken("api://AzureADTokenExchange/.default");
    const metadata = await fetch(`${sandbox.origins.secure}/${tenantId}/v2.0/.well-known/openid-configuration`);
    return new oidc.Configuration(
      (await metadata.json()) as oidc.ServerMetadata,
      sandbox.application.clientId,
      {},
      (_server, client, body) => {
        body.set("client_id", client.client_id);
        body.set("client_assertion", token);
        body.set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
      },
    );
  };

  test("a person is picked on the page, and code, ID token and refresh carry the present role", async () => {
    const { directory } = sandbox.world;
    const person = directory.users[0];
    const resource = directory.servicePrincipals.find(({ clientId }) => clientId === sandbox.application.clientId);
    const grant = {
      principalObjectId: person?.objectId ?? "",
      resourceObjectId: resource?.objectId ?? "",
      appRoleId: APP_ROLE_ID,
    };
    directory.grants.push(grant);
    const config = await configure();
    const verifier = oidc.randomPKCECodeVerifier();
    const checks = { pkceCodeVerifier: verifier, expectedState: "state-1", expectedNonce: "nonce-1" };
    const address = oidc.buildAuthorizationUrl(config, {
      redirect_uri: REDIRECT_URI,
      scope: "openid profile offline_access",
      state: "state-1",
      nonce: "nonce-1",
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    });
    const page = new URL(address.pathname + address.search, sandbox.origins.plain);
    expect(await (await fetch(page)).text()).toContain(`value="${person?.objectId}"`);
    const picked = await fetch(page.origin + page.pathname, {
      method: "POST",
      headers: { origin: sandbox.origins.plain },
      body: new URLSearchParams([...page.searchParams, ["user", person?.objectId ?? ""]]),
      redirect: "manual",
    });
    const callback = new URL(picked.headers.get("location") ?? "");
    expect(callback.href.startsWith(REDIRECT_URI)).toBe(true);
    const tokens = await oidc.authorizationCodeGrant(config, callback, checks);
    expect(tokens.claims()).toMatchObject({
      oid: person?.objectId,
      tid: tenantId,
      name: person?.displayName,
      preferred_username: person?.userPrincipalName,
      roles: ["ActionGroupsSecureWebhook"],
      ver: "2.0",
    });
    await expect(oidc.authorizationCodeGrant(config, callback, checks)).rejects.toMatchObject({
      error: "invalid_grant",
    });

    const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? "");
    expect(refreshed.claims()).toMatchObject({ oid: person?.objectId, roles: ["ActionGroupsSecureWebhook"] });
    directory.grants.splice(
      directory.grants.findIndex(({ principalObjectId }) => principalObjectId === grant.principalObjectId),
      1,
    );
    await expect(oidc.refreshTokenGrant(config, tokens.refresh_token ?? "")).rejects.toMatchObject({
      error: "invalid_grant",
    });
  });
});
