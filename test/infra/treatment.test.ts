import { beforeAll, describe, expect, it } from "vitest";
import type { FullOutputs } from "../../infra/full.ts";
import { AROUND, DEPLOYMENTS, MOST } from "./deployments.ts";
import { type ProgramRun, type Registered, runProgram, SENTINEL_WORKSPACE } from "./program-under-mocks.ts";

/** How resources are treated over their life: protected, replaced, ordered, taken along. */

let run: ProgramRun<FullOutputs>;
let most: ProgramRun<FullOutputs>;
beforeAll(async () => {
  run = await runProgram();
  most = await runProgram(MOST, AROUND);
}, 60_000);

const labelOf = ({ type, name }: Registered) => `${type.split(":").at(-1)} ${name}`;

/** Everything that `label` waits for, near and far: a destroy deletes `label` before all of it. */
function waitedFor(of: ProgramRun<FullOutputs>, label: string): Set<string> {
  const seen = new Set<string>();
  const look = (each: string) => {
    if (seen.has(each)) return;
    seen.add(each);
    // A component stands for its parts as well as for its class, so names are looked up among all of that label.
    for (const { options } of of.registered.filter((one) => labelOf(one) === each)) options.dependsOn.forEach(look);
  };
  look(label);
  seen.delete(label);
  return seen;
}

describe("data", () => {
  it("is protected by default: destroy stops at server and database", () => {
    expect(run.only("Server").options.protect).toBe(true);
    const databases = run.all("Database").filter(({ type }) => type.startsWith("azure-native:"));
    expect(databases.map(({ options }) => options.protect)).toEqual([true]);
  });

  it("goes with the rest where retainData is false", async () => {
    const trial = await DEPLOYMENTS["trial"]?.();
    expect(trial?.registered.filter(({ options }) => options.protect).map(labelOf)).toEqual([]);
  });

  it("is not mistaken for drift: Azure moves zones and grows storage", () => {
    expect(run.only("Server").options.ignoreChanges).toEqual([
      "availabilityZone",
      "storage.storageSizeGB",
      "highAvailability.standbyAvailabilityZone",
    ]);
  });

  it("has time to be created", () => {
    expect(run.only("Server").options.createTimeout).toBe("60m");
  });
});

describe("what Azure cannot change in place", () => {
  it("is replaced: assignments after deletion, query rules with another scope, environments with another network", () => {
    for (const { options } of most.all("RoleAssignment")) {
      expect(options).toMatchObject({
        deleteBeforeReplace: true,
        replaceOnChanges: ["roleDefinitionId", "roleAssignmentName"],
      });
    }
    for (const { options } of most.all("ScheduledQueryRule")) {
      expect(options).toMatchObject({ deleteBeforeReplace: true, replaceOnChanges: ["scopes"] });
    }
    expect(run.only("ManagedEnvironment").options.replaceOnChanges).toEqual([
      "vnetConfiguration",
      "zoneRedundant",
      "infrastructureResourceGroup",
    ]);
  });

  it("is left alone where it moves by itself: the start of a budget", () => {
    expect(most.only("Budget").options.ignoreChanges).toEqual(["timePeriod"]);
  });
});

describe("a destroy", () => {
  it("does not ask the vault or the server, which may refuse the deployer, to delete their children one by one", () => {
    expect(most.only("Secret").options.deletedWith).toBe("Vault wb-test-");
    for (const type of ["Configuration", "AdministratorsMicrosoftEntra"]) {
      for (const { options } of run.all(type)) expect(options.deletedWith).toBe("Server watchbell-test-");
    }
  });

  it("takes away a lock before anything that it would block", () => {
    for (const lock of run.all("ManagementLockByScope")) {
      const first = waitedFor(run, labelOf(lock));
      const resource = String(lock.inputs["scope"]).replace("/", " ");
      expect(first).toContain(resource);
      const below = run.registered.filter(({ inputs }) => inputs["resourceUri"] === lock.inputs["scope"]).map(labelOf);
      expect([...first]).toEqual(expect.arrayContaining(below));
    }
  });

  it("deletes assignments before their role and principal", () => {
    const first = waitedFor(run, "RoleAssignment azure-access-worker");
    expect([...first]).toEqual(expect.arrayContaining(["RoleDefinition azure-access", "ServicePrincipal daemon"]));
  });

  it("deletes app, then environment, then subnet, then network", () => {
    expect(waitedFor(run, "ContainerApp worker")).toContain("ManagedEnvironment worker-host");
    expect(waitedFor(run, "ManagedEnvironment worker-host")).toContain("Subnet network-workers");
    expect(waitedFor(run, "Subnet network-workers")).toContain("VirtualNetwork watchbell-test-");
  });

  it("deletes the database before its zone's link, and diagnostic settings before their target", () => {
    const server = waitedFor(run, "Server watchbell-test-");
    expect([...server].join()).toMatch(/VirtualNetworkLink network-database|PrivateNetwork network/);
    for (const { inputs, ...setting } of run.all("DiagnosticSetting")) {
      const target = String(inputs["resourceUri"]).replace("/", " ");
      expect(waitedFor(run, `${setting.type.split(":").at(-1)} ${setting.name}`)).toContain(target);
    }
  });

  it("deletes rule, then playbook, then connection", () => {
    expect(waitedFor(most, "AutomationRule playbooks-report-incident")).toContain("Workflow playbooks-report-incident");
    expect(waitedFor(most, "Workflow playbooks-report-incident")).toContain("DeploymentStackAtResourceGroup playbooks");
  });
});

describe("the order of an up", () => {
  it("makes the worker's app after every right, the database's administrator and its secrets", () => {
    const first = [...waitedFor(most, "ContainerApp worker")];
    expect(first).toEqual(
      expect.arrayContaining([
        "RoleAssignment azure-access-worker",
        "RoleAssignment incident-access-assignment",
        "RoleAssignment vault-reader",
        "RoleAssignment image-pull",
        "AdministratorsMicrosoftEntra database-worker",
        "Secret client-secret",
      ]),
    );
  });

  it("lets owners be owners before the action group, in each deployment that has both", () => {
    const first = [...waitedFor(most, "ActionGroup alerts")].join();
    expect(first).toMatch(/ApplicationOwner daemon-owner-0|DaemonRegistration daemon/);
  });

  it("writes to one application one step after the other", () => {
    for (const app of ["daemon", "portal"]) {
      const parts = most.registered.filter(
        ({ type, name }) => /Application(AppRole|Owner|Federated)/.test(type) && name.startsWith(`${app}-`),
      );
      const waits = parts.map((part) => waitedFor(most, labelOf(part)).size).sort((a, b) => a - b);
      // Each waits for all before it: no two wait for equally many.
      expect(new Set(waits).size).toBe(parts.length);
    }
  });

  it("changes one network one subnet after the other", () => {
    expect(waitedFor(run, "Subnet network-database")).toContain("Subnet network-workers");
  });
});

describe("a redeployment", () => {
  it("meets no name that a destroy has left reserved: these get new ones from the provider", () => {
    const reserved: [string, string][] = [
      ["Vault", "vaultName"],
      ["Workspace", "workspaceName"],
      ["Server", "serverName"],
      ["VirtualNetwork", "virtualNetworkName"],
    ];
    for (const [type, nameInput] of reserved) expect(run.only(type).inputs, type).not.toHaveProperty(nameInput);
    expect(run.only("Vault").inputs["properties"]).not.toHaveProperty("createMode");
  });

  it("meets the same ids of roles and rules as before", async () => {
    const again = await runProgram({ sentinel: SENTINEL_WORKSPACE }, AROUND);
    const before = await runProgram({ sentinel: SENTINEL_WORKSPACE }, AROUND);
    const idsOf = (each: ProgramRun<FullOutputs>) => [
      ...each.all("RoleDefinition").map(({ inputs }) => inputs["roleDefinitionId"]),
      ...each.all("AutomationRule").map(({ inputs }) => inputs["automationRuleId"]),
    ];
    expect(idsOf(again)).toEqual(idsOf(before));
  });
});
