import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEntraSignIn, type EntraSignIn } from "../../../src/api/auth/entra-sign-in.ts";
import { resolveIssuers } from "../../../src/api/auth/issuers.ts";
import { createKeySet, type FetchJson } from "../../../src/api/auth/key-set.ts";
import { createSignInState } from "../../../src/api/auth/sign-in-state.ts";
import { createTokenValidators, type TokenValidators } from "../../../src/api/auth/token-validators.ts";
import { createSystemClock } from "../../../src/platform/clock.ts";
import { createLogger } from "../../../src/platform/log.ts";
import { Secret } from "../../../src/platform/secret.ts";
import { AZURE_MONITOR_CLIENT_ID } from "../../../src/sandbox/directory.ts";
import {
  APP_ROLE_ID,
  REDIRECT_URI,
  SECRET,
  startTestSandbox,
  type TestSandbox,
} from "../../unit/sandbox/test-sandbox.ts";

/** The same code against the simulated Entra over TLS: only the endpoints differ from Azure's. */
let sandbox: TestSandbox;
let validators: TokenValidators;
let entra: EntraSignIn;
const RESPONDER_ID = "5c6f1a1e-0000-4000-8000-000000000002";
const fetchJson: FetchJson = async (url) => (await fetch(url)).json();

beforeAll(async () => {
  sandbox = await startTestSandbox();
  const { origins, world, application } = sandbox;
  const { tenantId } = world.directory;
  const clock = createSystemClock();
  const issuers = resolveIssuers(tenantId, "public");
  const source = { authority: origins.secure, tenantId, fetchJson, clock };
  const keySet = createKeySet({ ...source, issuers, log: createLogger("silent") });
  const { clientId } = application;
  const intake = { clientId, audiences: [], callers: [AZURE_MONITOR_CLIENT_ID], role: "ActionGroupsSecureWebhook" };
  validators = createTokenValidators({ keySet, clock, tenantId, issuers, intake, portalClientId: clientId });
  entra = createEntraSignIn({
    ...source,
    browserAuthority: origins.plain,
    issuer: issuers["2.0"],
    clientId,
    credential: { secret: new Secret(SECRET) },
    fetch,
    validators,
  });
  const role = { id: RESPONDER_ID, value: "Responder", displayName: "Responder", allowedMemberTypes: ["User"] };
  application.appRoles.push(role);
});
afterAll(() => sandbox.end());

/** Gives a principal a role; the answer takes it away again. */
function grant(principalObjectId: string, appRoleId: string): () => void {
  const { directory } = sandbox.world;
  const resource = directory.servicePrincipals.find(({ clientId }) => clientId === sandbox.application.clientId);
  directory.grants.push({ principalObjectId, resourceObjectId: resource?.objectId ?? "", appRoleId });
  return () => {
    directory.grants = directory.grants.filter((given) => given.principalObjectId !== principalObjectId);
  };
}

describe("the simulated Entra", () => {
  it("signs a person in on its plain page, refreshes the role, and refuses when it is taken away", async () => {
    const person = sandbox.world.directory.users[0]!;
    const takeAway = grant(person.objectId, RESPONDER_ID);
    const state = createSignInState("/", createSystemClock().now());
    const page = await entra.authorizationUrl({ ...state, redirectUri: REDIRECT_URI });
    expect(page.origin).toBe(sandbox.origins.plain);
    const picked = await fetch(page.origin + page.pathname, {
      method: "POST",
      headers: { origin: sandbox.origins.plain },
      body: new URLSearchParams([...page.searchParams, ["user", person.objectId]]),
      redirect: "manual",
    });
    const { identity, refreshToken } = await entra.redeem(new URL(picked.headers.get("location") ?? ""), state);
    expect(identity).toMatchObject({ objectId: person.objectId, name: person.displayName, role: "Responder" });
    const renewed = await entra.refresh(refreshToken ?? "", person.objectId);
    expect(renewed).toMatchObject({ kind: "renewed", role: "Responder" });
    takeAway();
    const refused = await entra.refresh(refreshToken ?? "", person.objectId);
    expect(refused).toEqual({ kind: "refused", scope: "person", reason: "AADSTS50105" });
  });

  it("gives action groups tokens that the intake takes and the API refuses, in both versions", async () => {
    const { directory } = sandbox.world;
    const monitor = directory.servicePrincipals.find(({ clientId }) => clientId === AZURE_MONITOR_CLIENT_ID)!;
    grant(monitor.objectId, APP_ROLE_ID);
    for (const version of [1, 2] as const) {
      sandbox.application.requestedAccessTokenVersion = version;
      const resource = sandbox.application.identifierUris[0]!;
      const token = await sandbox.core.issueToken({ clientId: AZURE_MONITOR_CLIENT_ID, resource });
      await expect(validators.validateIntakeToken(token)).resolves.toMatchObject({ clientId: AZURE_MONITOR_CLIENT_ID });
      await expect(validators.validateApiToken(token)).rejects.toMatchObject({ code: "unauthenticated" });
    }
  });
});
