import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { checkTokens } from "../../../src/doctor/token-checks.ts";
import { createVirtualClock } from "../../../src/platform/clock.ts";
import type { FaultKind } from "../../../src/sandbox/world.ts";
import { byId, type DoctorSandbox, failedOf, startDoctorSandbox } from "./doctor-sandbox.ts";

const OTHER_GUID = "0a1b2c3d-0000-4000-8000-00000000000f";
const DAY_MS = 86_400_000;

let doctor: DoctorSandbox;
beforeAll(async () => {
  doctor = await startDoctorSandbox();
  const { secrets } = doctor.application(doctor.outputs.clientId);
  secrets.push({ value: "canary-good-secret", expiresAt: Date.now() + DAY_MS });
  secrets.push({ value: "canary-expired-secret", expiresAt: Date.now() - 1 });
});
afterAll(() => doctor.end());

const withSecret = (value: string) => ({
  WATCHBELL_ENTRA_CREDENTIAL: "secret",
  WATCHBELL_ENTRA_CLIENT_SECRET: value,
});

test("A valid secret gives the daemon its token.", async () => {
  expect(failedOf(await doctor.examine(withSecret("canary-good-secret")))).toEqual([]);
});

test.each([
  ["an expired secret", withSecret("canary-expired-secret"), "AADSTS7000222", /Make a new client secret/],
  ["a wrong secret", withSecret("canary-wrong-secret"), "AADSTS7000215", /the value \(not the id\)/],
  ["an unknown application", { WATCHBELL_ENTRA_CLIENT_ID: OTHER_GUID }, "AADSTS700016", /WATCHBELL_ENTRA_CLIENT_ID/],
])(
  "The daemon's token with %s is refused with advice, and no secret is repeated.",
  async (_, changes, code, advice) => {
    const results = await doctor.examine(changes);
    expect(failedOf(results)).toEqual(["token"]);
    expect(byId(results).get("token")?.finding).toContain(code);
    expect(byId(results).get("token")?.advice).toMatch(advice);
    expect(byId(results).get("token-tenant")?.finding).toBe("not checked because there is no token");
    expect(byId(results).get("portal-sign-in")?.status).toBe("ok");
    expect(JSON.stringify(results)).not.toContain("canary");
  },
);

test("A tenant that Entra does not know is named, and nothing that needs its tokens is asked.", async () => {
  const results = await doctor.examine({ WATCHBELL_ENTRA_TENANT_ID: OTHER_GUID });
  expect(failedOf(results)).toEqual(["openid"]);
  expect(byId(results).get("openid")?.finding).toContain("AADSTS90002");
  expect(byId(results).get("openid")?.advice).toContain("WATCHBELL_ENTRA_TENANT_ID");
  expect(byId(results).get("token")?.finding).toMatch(/^not checked because/);
  expect(byId(results).get("clock")?.status).toBe("ok");
});

test("A token of another tenant than the setting's is named, and Azure is not asked with it.", async () => {
  const { tenantId } = doctor.sandbox.world.directory;
  const { clientId, managedIdentityClientId, portalClientId } = doctor.outputs;
  const daemon = {
    kind: "managed-identity" as const,
    tenantId,
    clientId,
    managedIdentityClientId,
    authorityHost: doctor.sandbox.origins.secure,
  };
  const registration = { name: "it", clientId, tenantId: OTHER_GUID, variables: { clientId: "C", secret: "S" } };
  const { results, credential } = await checkTokens(
    {
      daemon,
      daemonRegistration: registration,
      portal: { ...daemon, kind: "federated", clientId: portalClientId },
      portalRegistration: registration,
      scope: "https://management.azure.com/.default",
      boundMs: 10_000,
    },
    true,
  );
  expect(byId(results).get("token-tenant")?.finding).toBe(
    `the token is of ${tenantId}, the setting says ${OTHER_GUID}`,
  );
  expect(failedOf(results)).toEqual(["token-tenant"]);
  expect(credential).toBeUndefined();
});

test("A federated credential for another identity is named (AADSTS700213).", async () => {
  const [trust] = doctor.application(doctor.outputs.clientId).federatedCredentials;
  const subject = trust!.subject;
  trust!.subject = OTHER_GUID;
  onTestFinished(() => {
    trust!.subject = subject;
  });
  const results = await doctor.examine();
  expect(failedOf(results)).toEqual(["token"]);
  expect(byId(results).get("token")).toMatchObject({
    finding: expect.stringContaining("AADSTS700213"),
    advice: expect.stringContaining("federated credential"),
  });
});

test("A portal that Entra does not trust is told from a daemon that it does.", async () => {
  const portal = doctor.application(doctor.outputs.portalClientId);
  const trusts = portal.federatedCredentials.splice(0);
  onTestFinished(() => void portal.federatedCredentials.push(...trusts));
  const results = await doctor.examine();
  expect(failedOf(results)).toEqual(["portal-sign-in"]);
  expect(byId(results).get("portal-sign-in")?.advice).toContain("the portal's app registration");
});

test("An identity that the platform does not have stops what stands on it, and nothing else.", async () => {
  const results = await doctor.examine({ WATCHBELL_ENTRA_MANAGED_IDENTITY_CLIENT_ID: OTHER_GUID });
  expect(failedOf(results)).toEqual(["managed-identity"]);
  expect(byId(results).get("managed-identity")?.finding).toContain("No User Assigned");
  expect(byId(results).get("token")?.finding).toBe("not checked because the managed identity gives no token");
  expect(byId(results).get("signing-keys")?.status).toBe("ok");
});

test("An App ID URI that the tenant lacks is named: action groups would get no token.", async () => {
  const daemon = doctor.application(doctor.outputs.clientId);
  const uris = daemon.identifierUris.splice(0);
  onTestFinished(() => void daemon.identifierUris.push(...uris));
  const results = await doctor.examine();
  expect(failedOf(results)).toEqual(["intake-registration"]);
  expect(byId(results).get("intake-registration")?.finding).toContain(`api://${doctor.outputs.clientId}`);
});

test("A registration that gives tokens to every application is a warning (J7).", async () => {
  const { servicePrincipals } = doctor.sandbox.world.directory;
  const daemon = servicePrincipals.find(({ clientId }) => clientId === doctor.outputs.clientId)!;
  daemon.appRoleAssignmentRequired = false;
  onTestFinished(() => {
    daemon.appRoleAssignmentRequired = true;
  });
  expect(byId(await doctor.examine()).get("intake-registration")?.status).toBe("warn");
});

test("Another issuer than the cloud's is named (J1).", async () => {
  const results = await doctor.examine({ WATCHBELL_ENTRA_CLOUD: "usgov" });
  expect(failedOf(results)).toEqual(["openid", "signing-keys"]);
  expect(byId(results).get("openid")?.advice).toContain("WATCHBELL_ENTRA_CLOUD");
});

test("An issuer that does not hold the tenant is named, and the other checks go on.", async () => {
  const results = await doctor.examine({ WATCHBELL_ENTRA_ISSUER_V2: "https://issuer.example/" });
  expect(failedOf(results)).toEqual(["issuers"]);
});

test.each<[string, number, string]>([
  ["a minute", 50, "ok"],
  ["less than two minutes", 90, "warn"],
  ["less than two minutes behind", -90, "warn"],
  ["more than the token tolerance", 200, "fail"],
  ["more than the token tolerance behind", -200, "fail"],
])("A clock that is off by %s (J5): %i s are %s.", async (_, offSeconds, status) => {
  const results = await doctor.examine({}, { clock: createVirtualClock(Date.now() + offSeconds * 1_000) });
  const clock = byId(results).get("clock");
  expect(clock?.status).toBe(status);
  expect(clock?.finding).toContain(offSeconds < 0 ? "behind" : "ahead of");
});

test.each<[FaultKind, RegExp]>([
  ["429", /throttles or has trouble/],
  ["5xx", /throttles or has trouble/],
  ["403", /Enable sign-in/],
])("Entra's refusal %s of a token becomes advice.", async (fault, advice) => {
  const { faults } = doctor.sandbox.world;
  faults.push({ operation: "Entra.token", fault, timesLeft: null, afterMs: 0, retryAfterSeconds: null });
  onTestFinished(() => void faults.splice(0));
  expect(byId(await doctor.examine()).get("token")?.advice).toMatch(advice);
});

test("An authority that cannot be reached is named once, and its followers say why they were not checked.", async () => {
  const results = await doctor.examine({ WATCHBELL_ENTRA_AUTHORITY_HOST: "https://127.0.0.1:9" });
  expect(failedOf(results)).toEqual(["openid"]);
  for (const id of ["clock", "signing-keys", "token", "portal-sign-in"])
    expect(byId(results).get(id)?.finding).toMatch(/^not checked because/);
});
