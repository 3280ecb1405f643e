import { beforeAll, describe, expect, it } from "vitest";
import type { ConnectorOutputs } from "../../infra/connector.ts";
import type { SpokeOutputs } from "../../infra/spoke.ts";
import { AROUND, HUB_OUTPUTS, HUB_STACK } from "./deployments.ts";
import {
  type ProgramRun,
  runConnector,
  runProgram,
  runSpoke,
  SENTINEL_OBJECT_ID,
  SENTINEL_WORKSPACE,
  SUBSCRIPTION_ID,
  TENANT_ID,
} from "./program-under-mocks.ts";

const SCOPE = `/subscriptions/${SUBSCRIPTION_ID}`;
const typesOf = ({ registered }: ProgramRun<object>) =>
  new Set(registered.map(({ type }) => type).filter((type) => !type.startsWith("watchbell:")));

describe("the profile spoke", () => {
  let run: ProgramRun<SpokeOutputs>;
  beforeAll(async () => {
    run = await runSpoke({ hub: HUB_STACK }, AROUND);
  }, 60_000);

  it("makes neither worker, vault, database nor registration of its own", () => {
    const own = /ContainerApp|ManagedEnvironment|Vault|Server|ApplicationRegistration|ServicePrincipal|Workspace/;
    expect([...typesOf(run)].filter((type) => own.test(type.split(":").at(-1) ?? ""))).toEqual([]);
  });

  it("gives the hub's worker the custom role in this subscription", () => {
    expect(run.only("RoleDefinition").inputs).toMatchObject({ scope: SCOPE, assignableScopes: [SCOPE] });
    expect(run.only("RoleAssignment").inputs).toMatchObject({ scope: SCOPE, principalId: "hub-principal-object-id" });
  });

  it("sends this subscription's alerts to the hub's worker with a token for the hub's application", () => {
    expect(run.named("ActionGroup", "alerts").inputs["webhookReceivers"]).toMatchObject([
      {
        serviceUri: "https://oncall.example.com/api/v1/intake/azure-monitor",
        objectId: "hub-application-object-id",
        identifierUri: "api://hub-client-id",
        tenantId: TENANT_ID,
      },
    ]);
    expect(run.only("AlertProcessingRuleByName").inputs["properties"]).toMatchObject({ scopes: [SCOPE] });
  });

  it("outputs what the hub asks for, and says that the hub must be told", () => {
    expect(run.outputs).toMatchObject({ tenantId: TENANT_ID, subscriptionId: SUBSCRIPTION_ID });
    expect(run.outputs.nextSteps.at(-1)).toContain("watchbell:spokes");
  });

  it("stops before any resource when the hub has not been deployed, or is no hub", async () => {
    const stacks = { [HUB_STACK]: { tenantId: TENANT_ID } };
    const refused = runSpoke({ hub: HUB_STACK }, { stacks });
    await expect(refused).rejects.toThrow(/watchbell:hub: .*has no output clientId, .*profile full/);
  });

  it("stops in another tenant that the hub does not serve, with the ways out", async () => {
    const stacks = { [HUB_STACK]: { ...HUB_OUTPUTS, tenantId: "another-tenant" } };
    await expect(runSpoke({ hub: HUB_STACK }, { stacks })).rejects.toThrow(/watchbell:audience multi.*Lighthouse/);
  });

  it("stops in another tenant without consent, and names the address that an administrator opens", async () => {
    const stacks = { [HUB_STACK]: { ...HUB_OUTPUTS, tenantId: "another-tenant", audience: "multi" } };
    const refused = runSpoke({ hub: HUB_STACK }, { stacks });
    await expect(refused).rejects.toThrow(`${TENANT_ID}/adminconsent?client_id=hub-client-id`);
  });

  it("gives the consented principal its role in another tenant, and pushes nothing from there", async () => {
    const stacks = { [HUB_STACK]: { ...HUB_OUTPUTS, tenantId: "another-tenant", audience: "multi" } };
    const run = await runSpoke({ hub: HUB_STACK }, { stacks, principals: { "hub-client-id": "consented-object-id" } });
    expect(run.only("RoleAssignment").inputs["principalId"]).toBe("consented-object-id");
    expect(run.all("AlertProcessingRuleByName")).toEqual([]);
    expect(run.outputs.actionGroupId).toBeUndefined();
  });
});

describe("the profile connector", () => {
  let run: ProgramRun<ConnectorOutputs>;
  beforeAll(async () => {
    run = await runConnector();
  }, 60_000);

  it("makes nothing of the worker", () => {
    const worker = /ContainerApp|ManagedEnvironment|Server|UserAssignedIdentity|AlertProcessingRule|Federated|AppRole/;
    expect([...typesOf(run)].filter((type) => worker.test(type.split(":").at(-1) ?? ""))).toEqual([]);
    expect(run.all("ApplicationRegistration").map(({ inputs }) => inputs["displayName"])).toEqual(["Watchbell-test"]);
  });

  it("outputs the four values of a connector's form, and of the secret only where it is", () => {
    expect(run.outputs).toMatchObject({
      tenantId: TENANT_ID,
      subscriptionId: SUBSCRIPTION_ID,
      clientId: "daemon-client-id",
      clientSecretUri: "https://wb-test-.vault.azure.net/secrets/entra-client-secret",
      clientSecretEndsAt: "2027-11-01T00:00:00.000Z",
    });
    expect(JSON.stringify(run.outputs)).not.toContain("value of watchbell-");
  });

  it("puts the secret into the vault with its end, and nobody may read it yet", () => {
    expect(run.only("Secret").inputs["properties"]).toMatchObject({ secret: { value: "value of watchbell-0" } });
    expect(run.all("RoleAssignment").map(({ name }) => name)).toEqual(["azure-access-worker"]);
  });

  it("tells the operators a month before the secret ends", () => {
    const { allOf } = run.named("ScheduledQueryRule", "watch-secret-end").inputs["criteria"] as {
      allOf: { query: string }[];
    };
    expect(allOf[0]?.query).toContain("datetime(2027-11-01T00:00:00.000Z)");
    expect(allOf[0]?.query).toContain("now() + 30d");
    expect(run.all("ScheduledQueryRule").map(({ name }) => name)).not.toContain("watch-unexpected-secret");
  });

  it("lives for 24 months where that is chosen", async () => {
    const long = await runConnector({ secretMonths: "24" });
    expect(long.outputs.clientSecretEndsAt).toBe("2028-11-01T00:00:00.000Z");
  });
});

describe("Sentinel", () => {
  it("adds a right on incidents of that workspace alone, and the playbooks' place", async () => {
    const run = await runProgram({ sentinel: SENTINEL_WORKSPACE }, AROUND);
    expect(run.named("RoleDefinition", "incident-access").inputs["permissions"]).toMatchObject([
      {
        actions: [
          "Microsoft.SecurityInsights/incidents/comments/write",
          "Microsoft.SecurityInsights/incidents/read",
          "Microsoft.SecurityInsights/incidents/write",
        ],
      },
    ]);
    expect(run.named("RoleAssignment", "incident-access-assignment").inputs["scope"]).toBe(SENTINEL_WORKSPACE);
    expect(run.named("RoleDefinition", "playbooks-incidents").inputs["permissions"]).toMatchObject([
      { actions: ["Microsoft.SecurityInsights/incidents/comments/write"] },
    ]);
    expect(run.named("RoleAssignment", "playbooks-sentinel-starts").inputs).toMatchObject({
      scope: `${SCOPE}/resourceGroups/watchbell-test-playbooks`,
      principalId: SENTINEL_OBJECT_ID,
    });
  });

  it("deploys each playbook with the identity alone, the values it declares, and the rule that runs it", async () => {
    const run = await runProgram({ sentinel: SENTINEL_WORKSPACE }, AROUND);
    const workflow = run.only("Workflow").inputs;
    const identity = "UserAssignedIdentity/playbooks";
    expect(workflow).toMatchObject({
      workflowName: "report-incident",
      state: "Enabled",
      identity: { type: "UserAssigned", userAssignedIdentities: [identity] },
      parameters: {
        intakeUrl: { value: expect.stringMatching(/\/api\/v1\/intake\/sentinel$/) },
        intakeAudience: { value: "api://daemon-client-id" },
        $connections: {
          value: {
            azuresentinel: {
              connectionProperties: { authentication: { type: "ManagedServiceIdentity", identity } },
            },
          },
        },
      },
    });
    expect(Object.keys(workflow["parameters"] as object).sort()).toEqual([
      "$connections",
      "intakeAudience",
      "intakeUrl",
    ]);
    expect(run.only("AutomationRule").inputs).toMatchObject({
      resourceGroupName: "soc",
      workspaceName: "soc-logs",
      actions: [
        {
          actionType: "RunPlaybook",
          actionConfiguration: { logicAppResourceId: "Workflow/playbooks-report-incident" },
        },
      ],
    });
  });

  it("saves the automation rule after Sentinel's right to start, and the connection before the playbook", async () => {
    const run = await runProgram({ sentinel: SENTINEL_WORKSPACE }, AROUND);
    const order = run.registered.map(({ type, name }) => `${type.split(":").at(-1)} ${name}`);
    const placeOf = (resource: string) => {
      expect(order).toContain(resource);
      return order.indexOf(resource);
    };
    const playbook = placeOf("Workflow playbooks-report-incident");
    const rule = placeOf("AutomationRule playbooks-report-incident");
    expect(placeOf("DeploymentStackAtResourceGroup playbooks")).toBeLessThan(playbook);
    expect(placeOf("RoleAssignment playbooks-incidents-assignment")).toBeLessThan(playbook);
    expect(placeOf("RoleAssignment playbooks-sentinel-starts")).toBeLessThan(rule);
  });

  it("deletes the connection with the stack: nothing is left after a destroy", async () => {
    const run = await runProgram({ sentinel: SENTINEL_WORKSPACE }, AROUND);
    expect(run.only("DeploymentStackAtResourceGroup").inputs).toMatchObject({
      actionOnUnmanage: { resources: "delete" },
      denySettings: { mode: "none" },
    });
  });

  it("refuses a workspace of another subscription before any resource", async () => {
    const sentinel = SENTINEL_WORKSPACE.replace(SUBSCRIPTION_ID, "07e850b5-0000-4000-8000-000000000009");
    await expect(runProgram({ sentinel })).rejects.toThrow(/watchbell:sentinel: .*another subscription.*spoke/);
  });
});

describe("names that exist already", () => {
  it("stop the program when an app registration is somebody else's, with the ways out", async () => {
    const applications = { "Watchbell-test": "made by hand" };
    await expect(runProgram({}, { applications })).rejects.toThrow(/watchbell:environment: .*"Watchbell-test".*rename/);
  });

  it("do not stop it when this environment made them", async () => {
    const applications = { "Watchbell-test": `watchbell ${SUBSCRIPTION_ID}/test` };
    expect((await runProgram({}, { applications })).all("ApplicationRegistration")).toHaveLength(2);
  });
});
