import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { isGranted, PERMISSIONS, type Permission } from "../../infra/permissions.ts";
import { pushBody } from "../support/push-body.ts";
import { startWatchbell, type Watchbell } from "../support/watchbell.ts";

/**
 * The deployed rights are the smallest: every feature that calls Azure works with them, and without any single one of them
 * at least one feature fails, refused by the simulated Azure (or, for the right to push, by the worker).
 */

/** As the sandbox deploys it. */
const CHOICES = { monitor: "read-write", sentinel: "off", graph: "off", registry: "off", database: "on" } as const;

/** Lines that the simulated Azure cannot refuse: it has no data plane behind them. */
const NOT_SIMULATED: Readonly<Record<string, string>> = {
  "key-vault-secrets-user": "the platform resolves references before the worker starts",
  "database-administrator": "the sandbox's worker brings its own database server",
};

const granted = PERMISSIONS.filter((line) => isGranted(line, CHOICES));
const proved = granted.filter(({ grantedBy }) => !(grantedBy in NOT_SIMULATED));

let watchbell: Watchbell;
beforeAll(async () => {
  watchbell = await startWatchbell();
});
afterEach(() => void watchbell.notifications.take());
afterAll(() => watchbell.dispose());

/** One feature: true when it did what it promises, soon. */
type Feature = (of: Watchbell) => Promise<boolean>;

/** A rule's name of its own, so that an earlier run's alert is not taken for this one's. */
let runs = 0;
const named = (rule: string) => `${rule} ${runs++}`;

const FEATURES: Readonly<Record<string, Feature>> = {
  "a push of Azure arrives": async (of) => {
    const rule = named("pushed");
    await of.fire({ rule });
    // No round: the poll would find it too.
    await of.settle();
    return (await of.list()).some(({ title }) => title.includes(rule));
  },
  "an alert that was never pushed is found": async (of) => {
    const rule = named("unpushed");
    await of.fire({ rule, push: false });
    await of.round();
    return (await of.list()).some(({ title }) => title.includes(rule));
  },
  "a claim made with a key is believed once Azure confirms it": async (of) => {
    const rule = named("claimed");
    const azureId = await of.fire({ rule, push: false });
    await of.push(pushBody({ alertId: azureId, rule }));
    of.azureAlerts.resolve(of.azureAlerts.find(azureId.split("/").at(-1) ?? "") ?? raise(azureId), { push: false });
    await of.push(pushBody({ alertId: azureId, rule, condition: "Resolved" }));
    await of.round();
    return (await ofAzureId(of, azureId))?.state === "closed";
  },
  "an acknowledgement reaches Azure": (of) => answerReaches(of, ["acknowledge"], "Acknowledged"),
  "a closure reaches Azure": (of) => answerReaches(of, ["close"], "Closed"),
  "a reopening reaches Azure": (of) => answerReaches(of, ["close", "reopen"], "New"),
  "a change in Azure arrives": async (of) => {
    const azureId = await pushed(of, named("changed"));
    await of.sandboxApi(`/sandbox/alerts/${azureId.split("/").at(-1)}/state`, {
      method: "POST",
      body: { state: "Closed", comment: "in the portal" },
    });
    await of.round();
    return (await ofAzureId(of, azureId))?.state === "closed";
  },
};

function raise(id: string): never {
  throw new Error(`no alert ${id} in the simulated Azure`);
}

async function ofAzureId(of: Watchbell, azureId: string) {
  const guid = azureId.split("/").at(-1)?.toLowerCase() ?? "";
  return (await of.list()).find(({ source }) => source.alertId.toLowerCase().endsWith(guid));
}

/** An alert that is here without anything of Azure being asked: pushed with the source's key. */
async function pushed(of: Watchbell, rule: string): Promise<string> {
  const azureId = await of.fire({ rule, push: false });
  await of.push(pushBody({ alertId: azureId, rule }));
  await of.settle();
  return azureId;
}

async function answerReaches(of: Watchbell, actions: string[], state: string): Promise<boolean> {
  const azureId = await pushed(of, named(`answered ${actions.join(" ")}`));
  const alert = (await ofAzureId(of, azureId)) ?? raise(azureId);
  for (const action of actions) {
    await of.api(`/api/v1/alerts/${alert.id}/${action}`, { method: "POST", body: {} });
    await of.round();
  }
  const { history } = await of.azure(azureId);
  return history[0]?.newValue === state;
}

/** The first feature that does not do what it promises; undefined = all do. */
async function firstFailure(of: Watchbell): Promise<string | undefined> {
  for (const [name, feature] of Object.entries(FEATURES)) if (!(await feature(of))) return name;
  return undefined;
}

/** Takes one granted right away in the simulated Azure, as an administrator would. Out: gives it back. */
function takeAway({ sandbox: { world }, outputs }: Watchbell, line: Permission): () => void {
  if (line.grantedBy === "app-role") {
    const role = world.directory.applications
      .flatMap(({ appRoles }) => appRoles)
      .find(({ value }) => value === line.action);
    const all = [...world.directory.grants];
    const left = all.filter(({ appRoleId }) => appRoleId !== role?.id);
    expect(left.length).toBe(all.length - 1);
    world.directory.grants.splice(0, all.length, ...left);
    return () => void world.directory.grants.splice(0, left.length, ...all);
  }
  const role = world.resources.get(outputs.roleDefinitionId) ?? raise(outputs.roleDefinitionId);
  const properties = role.body["properties"] as { permissions: { actions: string[] }[] };
  const actions = properties.permissions.flatMap((each) => each.actions).filter((action) => action !== line.action);
  expect(actions.length).toBe(properties.permissions.flatMap((each) => each.actions).length - 1);
  const permissions = [{ actions, notActions: [], dataActions: [], notDataActions: [] }];
  world.resources.put({ ...role, body: { ...role.body, properties: { ...properties, permissions } } });
  return () => world.resources.put(role);
}

const refusedIn = ({ sandbox }: Watchbell) => sandbox.world.requests.filter(({ status }) => status === 403);

/** What fails first without the right. */
const FIRST_TO_FAIL: Readonly<Record<string, string>> = {
  "Microsoft.AlertsManagement/alerts/read": "an alert that was never pushed is found",
  "Microsoft.AlertsManagement/alerts/changestate/action": "an acknowledgement reaches Azure",
  ActionGroupsSecureWebhook: "a push of Azure arrives",
};

test("the deployed rights are exactly those that are proved here, and those that the sandbox cannot refuse", () => {
  expect(proved.map(({ action }) => action).sort()).toEqual(Object.keys(FIRST_TO_FAIL).sort());
  expect(granted.length - proved.length).toBe(Object.keys(NOT_SIMULATED).length);
});

test("with all of them every feature works, and nothing is refused", async () => {
  expect(await firstFailure(watchbell)).toBeUndefined();
  expect(refusedIn(watchbell)).toEqual([]);
});

describe("without a single one of them a feature fails:", () => {
  test.each(proved)("$action", async (line) => {
    const before = refusedIn(watchbell).length;
    const giveBack = takeAway(watchbell, line);
    try {
      expect(await firstFailure(watchbell)).toBe(FIRST_TO_FAIL[line.action]);
      // Entra refuses the token without an app role; Azure refuses the call without an action of the role.
      if (line.grantedBy === "app-role") await expect(watchbell.pushSigned(pushBody())).rejects.toThrow("AADSTS501051");
      else expect(refusedIn(watchbell).length).toBeGreaterThan(before);
    } finally {
      giveBack();
    }
  });
});
