import { beforeEach, describe, expect, it } from "vitest";
import { rewrapped, unwrappedAll } from "./property-values.ts";
import { SimulatedCloud, SUBSCRIPTION_ID } from "./simulated-cloud.ts";

/** The cloud that the engine's tests stand on refuses what Azure refuses; else those tests would prove little. */

const GROUP = { type: "azure-native:resources:ResourceGroup", name: "group", inputs: { resourceGroupName: "g" } };
const IDENTITY = {
  type: "azure-native:managedidentity:UserAssignedIdentity",
  name: "identity",
  inputs: { resourceGroupName: "g", resourceName: "i" },
};
const VAULT = {
  type: "azure-native:keyvault:Vault",
  name: "vault",
  inputs: { resourceGroupName: "g", vaultName: "v", location: "westeurope", properties: {} },
};
const ROLE = `/subscriptions/${SUBSCRIPTION_ID}/providers/Microsoft.Authorization/roleDefinitions/r`;
const assignmentOf = (principalId: unknown, name = "a") => ({
  type: "azure-native:authorization:RoleAssignment",
  name: "assignment",
  inputs: { scope: `/subscriptions/${SUBSCRIPTION_ID}`, principalId, roleDefinitionId: ROLE, roleAssignmentName: name },
});

let cloud: SimulatedCloud;
beforeEach(() => {
  cloud = new SimulatedCloud();
});

describe("the simulated cloud", () => {
  it("makes nothing in a group that is not there, and nothing twice", () => {
    expect(() => cloud.create(VAULT)).toThrow(/ResourceGroupNotFound/);
    cloud.create(GROUP);
    cloud.create(VAULT);
    expect(() => cloud.create(VAULT)).toThrow(/cannot create already existing resource/);
  });

  it("gives a role to principals that exist, once", () => {
    cloud.create(GROUP);
    const { principalId } = cloud.create(IDENTITY).state;
    expect(() => cloud.create(assignmentOf("nobody"))).toThrow(/PrincipalNotFound/);
    cloud.create(assignmentOf(principalId));
    expect(() => cloud.create(assignmentOf(principalId, "b"))).toThrow(/RoleAssignmentExists/);
  });

  it("gives a principal that is made anew a new id", () => {
    cloud.create(GROUP);
    const first = cloud.create(IDENTITY);
    cloud.delete(first.id);
    expect(cloud.create(IDENTITY).state["principalId"]).not.toBe(first.state["principalId"]);
  });

  it("deletes nothing that is locked, and everything below what it deletes", () => {
    const group = cloud.create(GROUP);
    const vault = cloud.create(VAULT);
    const inputs = { scope: vault.id, lockName: "l", level: "CanNotDelete" };
    const lock = cloud.create({ type: "azure-native:authorization:ManagementLockByScope", name: "lock", inputs });
    expect(() => cloud.delete(vault.id)).toThrow(/ScopeLocked/);
    cloud.delete(lock.id);
    cloud.delete(group.id);
    expect(cloud.all()).toEqual([]);
  });

  it("keeps the name of a deleted vault", () => {
    cloud.create(GROUP);
    cloud.delete(cloud.create(VAULT).id);
    expect(() => cloud.create(VAULT)).toThrow(/deleted state/);
  });

  it("refuses on command as often as it was told, and knows what it was asked", () => {
    cloud.refuse("create", /:ResourceGroup$/, "Conflict");
    expect(() => cloud.create(GROUP)).toThrow("Conflict");
    cloud.create(GROUP);
    expect(cloud.calls).toEqual([`create ${GROUP.type}`, `create ${GROUP.type}`]);
  });

  it("takes no value that is not known", () => {
    const inputs = { resourceGroupName: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" };
    expect(() => cloud.create({ ...GROUP, inputs })).toThrow(/unknown value/);
  });
});

describe("property values", () => {
  const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: "s" };

  it("lose their marks on the way to the cloud, and get them back on the way to the state", () => {
    const inputs = { password: secret, nested: { list: [secret] }, plain: "p" };
    const plain = unwrappedAll(inputs);
    expect(plain).toEqual({ password: "s", nested: { list: ["s"] }, plain: "p" });
    expect(rewrapped(plain, inputs)).toEqual({
      password: secret,
      nested: { ...secret, value: { list: ["s"] } },
      plain: "p",
    });
  });
});
