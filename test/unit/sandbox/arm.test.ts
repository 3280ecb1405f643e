import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseArmPath } from "../../../src/sandbox/arm-path.ts";
import { GROUP, SECRET, startTestSandbox, type TestSandbox } from "./test-sandbox.ts";

let sandbox: TestSandbox;
let owner: string;
let scope: string;
beforeAll(async () => {
  sandbox = await startTestSandbox();
  owner = await sandbox.token("owner");
  scope = `/subscriptions/${sandbox.world.subscriptionId}`;
});
afterAll(() => sandbox.end());

const ACTION_GROUP = "providers/Microsoft.Insights/actionGroups/ag";
const VERSION = "?api-version=2023-01-01";
const codeOf = (answer: { status: number; body: unknown }) => [
  answer.status,
  (answer.body as { error: { code: string } }).error.code,
];

describe("resources", () => {
  test("are put, read without regard to case, patched, listed and deleted", async () => {
    const path = `${scope}/resourceGroups/${GROUP}/${ACTION_GROUP}`;
    const body = { location: "Global", tags: { a: "1" }, properties: { groupShortName: "wb", enabled: true } };
    expect((await sandbox.arm("PUT", path + VERSION, owner, body)).status).toBe(201);
    expect((await sandbox.arm("PUT", path + VERSION, owner, body)).status).toBe(200);
    const read = await sandbox.arm("GET", path.toUpperCase() + VERSION, owner);
    expect(read.body).toMatchObject({
      id: path,
      name: "ag",
      type: "Microsoft.Insights/actionGroups",
      location: "Global",
    });
    const patched = await sandbox.arm("PATCH", path + VERSION, owner, { properties: { enabled: false } });
    expect(patched.body).toMatchObject({ tags: { a: "1" }, properties: { groupShortName: "wb", enabled: false } });
    for (const place of [scope, `${scope}/resourceGroups/${GROUP}`]) {
      const listed = await sandbox.arm("GET", `${place}/providers/Microsoft.Insights/actionGroups${VERSION}`, owner);
      expect(listed.body).toMatchObject({ value: [{ name: "ag" }] });
    }
    expect((await sandbox.arm("DELETE", path + VERSION, owner)).status).toBe(200);
    expect((await sandbox.arm("DELETE", path + VERSION, owner)).status).toBe(204);
    expect(codeOf(await sandbox.arm("GET", path + VERSION, owner))).toEqual([404, "ResourceNotFound"]);
  });

  test("go with their group", async () => {
    const group = `${scope}/resourceGroups/rg-gone`;
    await sandbox.arm("PUT", `${group}?api-version=2021-04-01`, owner, { location: "westeurope" });
    await sandbox.arm("PUT", `${group}/${ACTION_GROUP}${VERSION}`, owner, { location: "Global" });
    expect((await sandbox.arm("DELETE", `${group}?api-version=2021-04-01`, owner)).status).toBe(200);
    expect(codeOf(await sandbox.arm("GET", `${group}/${ACTION_GROUP}${VERSION}`, owner))).toEqual([
      404,
      "ResourceGroupNotFound",
    ]);
  });

  test("the subscription, its groups and its providers are listed", async () => {
    const get = async (path: string) => (await sandbox.arm("GET", `${path}?api-version=2022-09-01`, owner)).body;
    expect(await get("/subscriptions")).toMatchObject({ value: [{ id: scope }] });
    expect(await get(`${scope}/resourcegroups`)).toMatchObject({ value: [{ name: GROUP }] });
    expect(await get(`${scope}/providers/microsoft.insights`)).toMatchObject({
      namespace: "Microsoft.Insights",
      registrationState: "Registered",
    });
  });
});

describe("refusals in ARM's words", () => {
  test.each([
    ["no api-version", "/resourceGroups", 400, "MissingApiVersionParameter"],
    ["a wrong version of ARM itself", "/resourceGroups?api-version=1999-01-01", 400, "InvalidApiVersionParameter"],
    [
      "an unpublished version",
      `/resourceGroups/${GROUP}/${ACTION_GROUP}?api-version=1999-01-01`,
      400,
      "NoRegisteredProviderFound",
    ],
    ["an unknown type", "/providers/Microsoft.Insights/bells?api-version=2023-01-01", 404, "InvalidResourceType"],
    ["an unknown provider", "/providers/Bells.Ring/bells?api-version=2023-01-01", 404, "InvalidResourceNamespace"],
    ["an unknown group", `/resourceGroups/none/${ACTION_GROUP}${VERSION}`, 404, "ResourceGroupNotFound"],
  ])("%s", async (_, path, status, code) => {
    expect(codeOf(await sandbox.arm("GET", scope + path, owner))).toEqual([status, code]);
  });

  test("an unknown subscription", async () => {
    const answer = await sandbox.arm("GET", "/subscriptions/5c6f1a1e?api-version=2022-12-01", owner);
    expect(codeOf(answer)).toEqual([404, "SubscriptionNotFound"]);
  });

  test("a body that is no JSON object", async () => {
    const answer = await sandbox.arm("PUT", `${scope}/resourceGroups/${GROUP}/${ACTION_GROUP}${VERSION}`, owner, []);
    expect(codeOf(answer)).toEqual([400, "InvalidRequestContent"]);
  });

  test("no token, a broken token and one for another audience", async () => {
    const path = `${scope}?api-version=2022-12-01`;
    const bare = await fetch(sandbox.origins.secure + path);
    expect(bare.headers.get("www-authenticate")).toContain("authorization_uri=");
    expect(codeOf({ status: bare.status, body: await bare.json() })).toEqual([401, "AuthenticationFailed"]);
    expect(codeOf(await sandbox.arm("GET", path, "ey.no.token"))).toEqual([401, "InvalidAuthenticationToken"]);
    const vaultToken = await sandbox.token("owner", "https://vault.azure.net");
    expect(codeOf(await sandbox.arm("GET", path, vaultToken))).toEqual([401, "InvalidAuthenticationTokenAudience"]);
  });
});

describe("the deployed role is enforced", () => {
  test("the worker may do what its role says and nothing else", async () => {
    sandbox.allow("Microsoft.Insights/actionGroups/read", "Microsoft.Authorization/permissions/read");
    const worker = await sandbox.token("worker");
    const list = `${scope}/providers/Microsoft.Insights/actionGroups${VERSION}`;
    expect((await sandbox.arm("GET", list, worker)).status).toBe(200);
    const refused = await sandbox.arm("PUT", `${scope}/resourceGroups/${GROUP}/${ACTION_GROUP}${VERSION}`, worker, {});
    expect(codeOf(refused)).toEqual([403, "AuthorizationFailed"]);
    const permissions = `${scope}/providers/Microsoft.Authorization/permissions?api-version=2022-04-01`;
    expect((await sandbox.arm("GET", permissions, worker)).body).toMatchObject({
      value: [{ actions: ["Microsoft.Insights/actionGroups/read", "Microsoft.Authorization/permissions/read"] }],
    });
  });

  test("assignments are found by principal, built-in roles by name", async () => {
    sandbox.allow("A/b/read");
    const { objectId } = sandbox.world.directory.servicePrincipals.find(
      ({ clientId }) => clientId === sandbox.application.clientId,
    ) ?? { objectId: "" };
    const get = async (type: string, filter: string) => {
      const query = `?api-version=2022-04-01&$filter=${encodeURIComponent(filter)}`;
      return (await sandbox.arm("GET", `${scope}/providers/Microsoft.Authorization/${type}${query}`, owner)).body;
    };
    expect(await get("roleAssignments", `principalId eq '${objectId}'`)).toMatchObject({ value: [{}] });
    expect(await get("roleAssignments", "principalId eq 'nobody'")).toEqual({ value: [] });
    expect(await get("roleDefinitions", "roleName eq 'Reader'")).toMatchObject({
      value: [{ name: "acdd72a7-3385-48ef-bd42-f606fba81ae7" }],
    });
  });
});

describe("the sandbox as a cloud of its own", () => {
  test("its endpoints are described without a credential", async () => {
    const get = async (version: string) =>
      (await fetch(`${sandbox.origins.secure}/metadata/endpoints?api-version=${version}`)).json();
    const cloud = {
      authentication: { loginEndpoint: sandbox.origins.secure },
      resourceManager: sandbox.origins.secure,
    };
    expect(await get("2022-09-01")).toMatchObject(cloud);
    expect(await get("2019-05-01")).toMatchObject([cloud]);
  });

  test("a scope made of its own address is ARM's", async () => {
    const response = await fetch(`${sandbox.origins.secure}/${sandbox.world.directory.tenantId}/oauth2/v2.0/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "client_credentials",
        client_id: sandbox.application.clientId,
        client_secret: SECRET,
        scope: `${sandbox.origins.secure}/.default`,
      }),
    });
    const { access_token: token } = (await response.json()) as { access_token: string };
    sandbox.allow("Microsoft.Resources/subscriptions/read");
    expect((await sandbox.arm("GET", `${scope}?api-version=2022-12-01`, token)).status).toBe(200);
  });
});

describe("ARM paths", () => {
  test("an extension is named by what follows the last provider", () => {
    expect(parseArmPath("/subscriptions/s/resourceGroups/g/providers/A.B/c/d/providers/E.F/h/i")).toMatchObject({
      kind: "resource",
      type: "E.F/h",
      group: "g",
    });
  });

  test("children and collections at every scope are told apart", () => {
    const kindOf = (path: string) => {
      const parsed = parseArmPath(path);
      return [parsed?.kind, parsed?.type, parsed?.id];
    };
    expect(kindOf("/subscriptions/s/providers/A.B/c")).toEqual(["collection", "A.B/c", "/subscriptions/s"]);
    const parent = "/subscriptions/s/resourceGroups/g/providers/A.B/c/d";
    expect(kindOf(`${parent}/e`)).toEqual(["collection", "A.B/c/e", parent]);
    expect(kindOf(`${parent}/e/f`)).toEqual(["resource", "A.B/c/e", `${parent}/e/f`]);
    expect(kindOf("/nothing/of/arm")).toEqual([undefined, undefined, undefined]);
  });
});
