import type * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import type { FullOutputs } from "../../infra/full.ts";
import { customRoleActions, INTAKE_ROLE, PORTAL_ROLES } from "../../infra/permissions.ts";
import { deployInto, type SandboxOutputs } from "../../src/sandbox/deploy.ts";
import type { ArmResource, Directory, World } from "../../src/sandbox/world.ts";

const TENANT_ID = "0a1b2c3d-0000-4000-8000-000000000001";
const SUBSCRIPTION_ID = "5ab5c71e-0000-4000-8000-000000000002";
const WORKSPACE_ID = "3a0f5a0f-0000-4000-8000-000000000006";
const PUBLIC_URL = "http://127.0.0.1:4280";
const PEOPLE = ["Ana Ribeiro", "Ben Okafor", "Cem Yıldız", "Dana Weiss", "Elif Arslan", "Somebody Else"];

/** The world's store and tenant, and nothing else of it. */
function newWorld(now = 0): World {
  const byId = new Map<string, ArmResource>();
  const directory: Directory = {
    tenantId: TENANT_ID,
    applications: [],
    servicePrincipals: [],
    users: PEOPLE.map((displayName, index) => ({
      objectId: `00000000-0000-4000-8000-0000000000f${index}`,
      displayName,
      userPrincipalName: `person${index}@watchbell.example`,
    })),
    grants: [],
  };
  return {
    now: () => now,
    newId: () => "not used",
    directory,
    resources: {
      put: (resource) => void byId.set(resource.id.toLowerCase(), resource),
      get: (id) => byId.get(id.toLowerCase()),
      delete: (id) => byId.delete(id.toLowerCase()),
      list: (type) => [...byId.values()].filter((each) => each.type.toLowerCase() === type.toLowerCase()),
    },
    faults: [],
    requests: [],
    origins: { secure: "", plain: "" },
    subscriptionId: SUBSCRIPTION_ID,
    workspaceId: WORKSPACE_ID,
    state: { load: () => undefined, save: () => {} },
  };
}

const onlyOf = (world: World, type: string): ArmResource => {
  const found = world.resources.list(type);
  expect(found, type).toHaveLength(1);
  return found[0] as ArmResource;
};

let world: World;
let outputs: SandboxOutputs;

beforeAll(async () => {
  world = newWorld();
  outputs = await deployInto(world, { publicUrl: PUBLIC_URL, worker: { "azureMonitor.pollSeconds": "5" } });
}, 60_000);

describe("deploying into the sandbox", () => {
  it("puts the role of the permissions table where calls are checked, and assigns it to the daemon", () => {
    const role = onlyOf(world, "Microsoft.Authorization/roleDefinitions");
    const actions = customRoleActions("worker", "subscription", { monitor: "read-write" });
    expect(role.id).toBe(outputs.roleDefinitionId);
    expect(role.body["properties"]).toMatchObject({ type: "CustomRole", permissions: [{ actions }] });
    const daemon = world.directory.servicePrincipals.find((each) => each.clientId === outputs.clientId);
    const assignment = world.resources
      .list("Microsoft.Authorization/roleAssignments")
      .find(({ id }) => id.startsWith(`/subscriptions/${SUBSCRIPTION_ID}/providers/Microsoft.Authorization/`));
    expect(assignment?.body["properties"]).toMatchObject({
      principalId: daemon?.objectId,
      roleDefinitionId: outputs.roleDefinitionId,
    });
  });

  it("puts an action group that posts to the worker, and a rule that adds it to every alert", () => {
    const group = world.resources.get(outputs.actionGroupId);
    expect(group?.body).toMatchObject({
      location: "Global",
      properties: {
        enabled: true,
        webhookReceivers: [
          {
            serviceUri: `${PUBLIC_URL}/api/v1/intake/azure-monitor`,
            useAadAuth: true,
            identifierUri: outputs.appIdUri,
            tenantId: TENANT_ID,
          },
        ],
      },
    });
    expect(onlyOf(world, "Microsoft.AlertsManagement/actionRules").body["properties"]).toMatchObject({
      scopes: [`/subscriptions/${SUBSCRIPTION_ID}`],
      actions: [{ actionType: "AddActionGroups", actionGroupIds: [group?.id] }],
    });
  });

  it("puts bodies in ARM's shape: identities keyed by id, properties not flattened", () => {
    const app = onlyOf(world, "Microsoft.App/containerApps");
    const identity = onlyOf(world, "Microsoft.ManagedIdentity/userAssignedIdentities");
    expect(app.body).toMatchObject({
      id: app.id,
      type: "Microsoft.App/containerApps",
      identity: { type: "UserAssigned", userAssignedIdentities: { [identity.id]: {} } },
      properties: { template: { scale: { minReplicas: 1 } } },
    });
    expect(onlyOf(world, "Microsoft.OperationalInsights/workspaces").body["properties"]).toMatchObject({
      customerId: WORKSPACE_ID,
    });
  });

  it("puts children below their parents, in ARM's shape", () => {
    const server = onlyOf(world, "Microsoft.DBforPostgreSQL/flexibleServers");
    expect(server.body).toMatchObject({ sku: { name: "Standard_B2s" }, properties: { version: "17" } });
    expect(onlyOf(world, "Microsoft.DBforPostgreSQL/flexibleServers/administrators").id).toBe(
      `${server.id}/administrators/${outputs.managedIdentityPrincipalId}`,
    );
    const [network] = world.resources.list("Microsoft.Network/virtualNetworks");
    const subnets = world.resources.list("Microsoft.Network/virtualNetworks/subnets");
    expect(subnets.map(({ id }) => id)).toEqual([`${network?.id}/subnets/workers`, `${network?.id}/subnets/database`]);
    expect(subnets[0]?.body["properties"]).toMatchObject({
      delegations: [{ name: "container-apps", properties: { serviceName: "Microsoft.App/environments" } }],
    });
  });

  it("holds a client secret in the tenant, and never its value in the resource store", async () => {
    const secretive = newWorld(Date.UTC(2026, 10, 24));
    const made = await deployInto(secretive, { publicUrl: PUBLIC_URL, credential: "secret", secretsFrom: "2026-11" });
    const daemon = secretive.directory.applications.find((each) => each.clientId === made.clientId);
    expect(daemon?.secrets).toEqual([{ value: expect.stringMatching(/^sandbox~/), expiresAt: Date.UTC(2027, 10) }]);
    const stored = onlyOf(secretive, "Microsoft.KeyVault/vaults/secrets");
    expect(stored.body["properties"]).toMatchObject({ attributes: { exp: Date.UTC(2027, 10) / 1000 } });
    expect(JSON.stringify(stored)).not.toContain("sandbox~");
  });

  it("deploys Sentinel's rights and playbooks, and Microsoft Graph's roles, where they are asked for", async () => {
    const world = newWorld();
    const sentinel = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/soc/providers/Microsoft.OperationalInsights/workspaces/soc-logs`;
    const made = await deployInto(world, { publicUrl: PUBLIC_URL, sentinel, graph: "on" });
    const roles = world.resources.list("Microsoft.Authorization/roleDefinitions").map(({ body }) => body["properties"]);
    expect(roles).toHaveLength(3);
    expect(onlyOf(world, "Microsoft.Resources/deploymentStacks").id).toContain(
      "/resourceGroups/watchbell-sandbox-playbooks/",
    );
    const daemon = world.directory.servicePrincipals.find((each) => each.clientId === made.clientId);
    const graph = world.directory.servicePrincipals.find((each) => each.displayName === "Microsoft Graph");
    const granted = world.directory.grants.filter((grant) => grant.principalObjectId === daemon?.objectId);
    expect(granted.map(({ resourceObjectId }) => resourceObjectId)).toEqual([graph?.objectId, graph?.objectId]);
  });

  it("registers daemon and portal in the tenant, trusted through the managed identity", () => {
    const daemon = world.directory.applications.find((each) => each.clientId === outputs.clientId);
    const portal = world.directory.applications.find((each) => each.clientId === outputs.portalClientId);
    const trust = [
      {
        issuer: `https://login.microsoftonline.com/${TENANT_ID}/v2.0`,
        subject: outputs.managedIdentityPrincipalId,
        audiences: ["api://AzureADTokenExchange"],
      },
    ];
    expect(daemon).toMatchObject({ identifierUris: [outputs.appIdUri], redirectUris: [], federatedCredentials: trust });
    expect(daemon?.appRoles.map((role) => role.value)).toEqual(["ActionGroupsSecureWebhook"]);
    expect(portal).toMatchObject({ redirectUris: [`${PUBLIC_URL}/auth/callback`], federatedCredentials: trust });
    expect(portal?.appRoles.map((role) => role.value)).toEqual(["Admin", "Manager", "Responder", "Viewer"]);
    expect(world.directory.servicePrincipals).toContainEqual(
      expect.objectContaining({
        kind: "managed-identity",
        clientId: outputs.managedIdentityClientId,
        objectId: outputs.managedIdentityPrincipalId,
      }),
    );
  });

  it("lets Azure Monitor, and only it, push", () => {
    const daemon = world.directory.servicePrincipals.find((each) => each.clientId === outputs.clientId);
    const azureMonitor = world.directory.servicePrincipals.find((each) => each.displayName === "Azns AAD Webhook");
    expect(world.directory.grants.filter((grant) => grant.resourceObjectId === daemon?.objectId)).toEqual([
      { principalObjectId: azureMonitor?.objectId, resourceObjectId: daemon?.objectId, appRoleId: INTAKE_ROLE.id },
    ]);
  });

  it("gives each demo person one role of the portal, and nobody else any", () => {
    const roles = world.directory.users.map(({ displayName, objectId }) => {
      const grants = world.directory.grants.filter((grant) => grant.principalObjectId === objectId);
      return [displayName, ...grants.map((grant) => PORTAL_ROLES.find((role) => role.id === grant.appRoleId)?.value)];
    });
    expect(roles).toEqual([
      ["Ana Ribeiro", "Responder"],
      ["Ben Okafor", "Responder"],
      ["Cem Yıldız", "Manager"],
      ["Dana Weiss", "Admin"],
      ["Elif Arslan", "Viewer"],
      ["Somebody Else"],
    ]);
  });

  it("returns the environment that the Container App hands to the worker", () => {
    const { template } = onlyOf(world, "Microsoft.App/containerApps").body["properties"] as {
      template: { containers: { env: { name: string; value?: string }[] }[] };
    };
    const plain = template.containers[0]?.env.filter(({ value }) => value !== undefined) ?? [];
    expect(Object.fromEntries(plain.map(({ name, value }) => [name, value]))).toEqual({
      ...outputs.workerEnvironment,
      DATABASE_URL: expect.stringMatching(/^postgresql:\/\/watchbell-sandbox-worker@/),
      WATCHBELL_DATABASE_ENTRA_AUTH: "true",
    });
    expect(outputs.workerEnvironment).toMatchObject({
      WATCHBELL_PUBLIC_URL: PUBLIC_URL,
      WATCHBELL_AZURE_MONITOR_POLL_SECONDS: "5",
      WATCHBELL_AZURE_WORKSPACE_ID: WORKSPACE_ID,
    });
  });

  it("deploys a second time onto the same resources, and keeps secrets and roles given by hand", async () => {
    const before = structuredClone({ outputs, directory: world.directory });
    const [daemon] = world.directory.applications;
    daemon?.secrets.push({ value: "made in the sandbox", expiresAt: 1 });
    const elif = world.directory.users.find((user) => user.displayName === "Elif Arslan");
    const given = world.directory.grants.find((grant) => grant.principalObjectId === elif?.objectId);
    const responder = PORTAL_ROLES.find((role) => role.value === "Responder");
    if (given === undefined || responder === undefined) throw new Error("no grant to change");
    given.appRoleId = responder.id;

    const again = await deployInto(world, { publicUrl: PUBLIC_URL, worker: { "azureMonitor.pollSeconds": "5" } });

    expect(again).toEqual(before.outputs);
    expect(world.directory.applications[0]?.secrets).toHaveLength(1);
    expect(world.directory.servicePrincipals).toEqual(before.directory.servicePrincipals);
    expect(world.directory.grants).toHaveLength(before.directory.grants.length);
    expect(world.directory.grants).toContainEqual(
      expect.objectContaining({ principalObjectId: elif?.objectId, appRoleId: responder.id }),
    );
    onlyOf(world, "Microsoft.App/containerApps");
  });

  it("serves two deployments at once, one after the other", async () => {
    const [one, two] = [newWorld(), newWorld()];
    const both = await Promise.all([
      deployInto(one, { publicUrl: PUBLIC_URL }),
      deployInto(two, { publicUrl: PUBLIC_URL, monitor: "read" }),
    ]);
    expect(both.map((each) => each.workerEnvironment["WATCHBELL_AZURE_MONITOR_WRITE_BACK"])).toEqual(["true", "false"]);
    expect(onlyOf(one, "Microsoft.Authorization/roleDefinitions").body).not.toEqual(
      onlyOf(two, "Microsoft.Authorization/roleDefinitions").body,
    );
  });

  it("leaves the world as it was when a setting is wrong", async () => {
    const untouched = newWorld();
    const refused = deployInto(untouched, { publicUrl: "http://example.com", monitor: "all" });
    await expect(refused).rejects.toThrow(/watchbell:publicUrl.*watchbell:monitor/s);
    expect(untouched.resources.list("Microsoft.Resources/resourceGroups")).toEqual([]);
    expect(untouched.directory.applications).toEqual([]);
  });

  it("returns what the program's own outputs are", () => {
    const typed = (values: pulumi.Unwrap<FullOutputs>): SandboxOutputs => values;
    expect(typed).toBeTypeOf("function");
  });
});
