import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { createSandbox, type Sandbox, type SandboxOptions } from "../../../src/sandbox/sandbox.ts";
import type { DirectoryApplication } from "../../../src/sandbox/world.ts";

export const GROUP = "rg-test";
export const APP_ROLE_ID = "5c6f1a1e-0000-4000-8000-000000000001";
export const REDIRECT_URI = "http://127.0.0.1:8080/auth/callback";
export const SECRET = "a-secret-of-the-test";
export const EXPIRED_SECRET = "an-expired-secret";

/** A sandbox in a folder of its own, deployed with one application, one managed identity and one custom role. */
export interface TestSandbox extends Sandbox {
  folder: string;
  application: DirectoryApplication;
  identityClientId: string;
  /** Gives the application's principal a role made of these actions at the subscription. */
  allow(...actions: string[]): void;
  /** Bearer token of `owner` or `worker` from the control API. */
  token(principal: "owner" | "worker", resource?: string): Promise<string>;
  /** A call to ARM with a token. */
  arm(method: string, path: string, token: string, body?: unknown): Promise<{ status: number; body: unknown }>;
  end(): Promise<void>;
}

export async function startTestSandbox(options: Partial<SandboxOptions> = {}): Promise<TestSandbox> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "watchbell-sandbox-"));
  const failures: unknown[] = [];
  const sandbox = await createSandbox({
    folder,
    now: () => Date.now(),
    parts: () => [],
    reportError: (error) => failures.push(error),
    ...options,
  });
  setDefaultCACertificates([...getCACertificates("default"), readFileSync(sandbox.caFile, "utf8")]);
  const deployed = deployTestStack(sandbox);
  return {
    ...sandbox,
    ...deployed,
    folder,
    async token(principal, resource = "https://management.azure.com") {
      const response = await fetch(`${sandbox.origins.plain}/sandbox/token`, {
        method: "POST",
        body: JSON.stringify({ principal, resource }),
      });
      return ((await response.json()) as { token: string }).token;
    },
    async arm(method, path, token, body) {
      const response = await fetch(`${sandbox.origins.secure}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
    },
    async end() {
      await sandbox.close();
      rmSync(folder, { recursive: true, force: true });
      if (failures.length > 0) throw failures[0];
    },
  };
}

const stableId = (last: string) => `5c6f1a1e-0000-4000-8000-${last.padStart(12, "0")}`;

function deployTestStack({ world, core }: Sandbox) {
  const { directory, resources, subscriptionId } = world;
  const subscription = `/subscriptions/${subscriptionId}`;
  const identity = { objectId: stableId("21"), clientId: stableId("22") };
  const application = testApplication(directory.tenantId, identity.objectId);
  directory.applications.push(application);
  directory.servicePrincipals.push(
    { ...identity, displayName: "id-test", appRoleAssignmentRequired: false, kind: "managed-identity" },
    {
      objectId: stableId("12"),
      clientId: application.clientId,
      displayName: application.displayName,
      appRoleAssignmentRequired: true,
      kind: "application",
    },
  );
  resources.put({
    id: `${subscription}/resourceGroups/${GROUP}`,
    type: "Microsoft.Resources/resourceGroups",
    apiVersion: "2024-03-01",
    body: { id: `${subscription}/resourceGroups/${GROUP}`, name: GROUP, location: "westeurope" },
  });
  const allow = (...actions: string[]) => {
    const role = `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${stableId("31")}`;
    const put = (id: string, type: string, properties: Record<string, unknown>) =>
      resources.put({ id, type, apiVersion: "2022-04-01", body: { id, type, name: id.split("/").at(-1), properties } });
    put(role, "Microsoft.Authorization/roleDefinitions", {
      roleName: "Test",
      permissions: [{ actions, notActions: [] }],
    });
    put(
      `${subscription}/providers/Microsoft.Authorization/roleAssignments/${stableId("32")}`,
      "Microsoft.Authorization/roleAssignments",
      { principalId: stableId("12"), roleDefinitionId: role },
    );
  };
  return { application, identityClientId: identity.clientId, allow, core };
}

function testApplication(tenantId: string, identityObjectId: string): DirectoryApplication {
  return {
    objectId: stableId("10"),
    clientId: stableId("11"),
    displayName: "Watchbell test",
    identifierUris: [`api://${stableId("11")}`],
    redirectUris: [REDIRECT_URI],
    requestedAccessTokenVersion: 2,
    appRoles: [
      {
        id: APP_ROLE_ID,
        value: "ActionGroupsSecureWebhook",
        displayName: "Push alerts",
        allowedMemberTypes: ["Application", "User"],
      },
    ],
    federatedCredentials: [
      {
        issuer: `https://login.microsoftonline.com/${tenantId}/v2.0`,
        subject: identityObjectId,
        audiences: ["api://AzureADTokenExchange"],
      },
    ],
    secrets: [
      { value: SECRET, expiresAt: Date.now() + 86_400_000 },
      { value: EXPIRED_SECRET, expiresAt: Date.now() - 1 },
    ],
  };
}
