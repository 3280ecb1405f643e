import { checkVersion, PROVIDER_NAMESPACES, publishedVersions, resourceTypesOf } from "./api-versions.ts";
import { armError, groupNotFound, invalidNamespace, subscriptionNotFound } from "./arm-errors.ts";
import { type ArmPath, parseArmPath } from "./arm-path.ts";
import { answerResource, GROUP_TYPE } from "./arm-resource.ts";
import { roleAnswer } from "./authorization.ts";
import type { SandboxCore } from "./core.ts";
import { assignmentsOf } from "./rbac.ts";
import type { Principal, SandboxPart, SandboxRequest, SandboxResponse, World } from "./world.ts";

/**
 * Azure Resource Manager over the resource store: what is deployed can be read, put, patched, deleted and listed by
 * whoever a deployed role allows to. Comes after the parts that answer a provider's own operations.
 */
export function createArmPart(core: SandboxCore): SandboxPart {
  return {
    async handle(request) {
      if (request.url.pathname === "/subscriptions" || request.url.pathname === "/tenants") {
        return answerRoot(core, request);
      }
      const path = parseArmPath(request.url.pathname);
      return path === undefined ? undefined : answerPath(core, request, path);
    },
  };
}

/** `GET /subscriptions` and `GET /tenants`: no permission is asked, a caller sees those it has a role in. */
async function answerRoot(core: SandboxCore, request: SandboxRequest): Promise<SandboxResponse> {
  const { world } = core;
  const { principal, response } = await core.authenticate(request, "arm");
  if (principal === undefined) return response;
  const refused = checkVersion(world, request, undefined);
  if (refused !== undefined) return refused;
  if (request.url.pathname === "/tenants") {
    const { tenantId } = world.directory;
    return ok({ value: [{ id: `/tenants/${tenantId}`, tenantId, displayName: "Watchbell sandbox" }] });
  }
  const visible = principal.owner || assignmentsOf(world, principal.objectId).length > 0;
  return ok({ value: visible ? [subscriptionBody(world)] : [] });
}

async function answerPath(core: SandboxCore, request: SandboxRequest, path: ArmPath): Promise<SandboxResponse> {
  const { principal, response } = await core.authenticate(request, "arm");
  if (principal === undefined) return response;
  const refused = checkVersion(core.world, request, path) ?? checkSubscription(core.world, path);
  if (refused !== undefined) return refused;
  const action = actionOf(request.method, path);
  if (action === undefined) return methodNotAllowed(request);
  const denied = core.authorize(principal, action, path.id);
  if (denied !== undefined) return denied;
  return checkGroup(core.world, request, path) ?? perform(core, request, path, principal);
}

/** The operation of the provider that ARM checks: `{type}/read|write|delete`. */
function actionOf(method: string, path: ArmPath): string | undefined {
  const verb = { GET: "read", HEAD: "read", PUT: "write", PATCH: "write", DELETE: "delete" }[method];
  if (path.kind === "provider" && method === "POST") return `${path.namespace}/register/action`;
  if (verb === undefined || (verb !== "read" && path.kind !== "resource" && path.kind !== "group")) return undefined;
  if (path.type !== undefined) return `${path.type}/${verb}`;
  const areas: Partial<Record<ArmPath["kind"], string>> = {
    subscription: "subscriptions",
    resources: "subscriptions/resources",
    provider: "subscriptions/providers",
    providers: "subscriptions/providers",
  };
  return `Microsoft.Resources/${areas[path.kind] ?? "subscriptions/resourceGroups"}/${verb}`;
}

function perform(core: SandboxCore, request: SandboxRequest, path: ArmPath, principal: Principal): SandboxResponse {
  const { world } = core;
  const roles = roleAnswer(world, request, path, principal);
  if (roles !== undefined) return roles;
  switch (path.kind) {
    case "subscription":
      return ok(subscriptionBody(world));
    case "groups":
      return ok({ value: world.resources.list(GROUP_TYPE, path.id).map(({ body }) => body) });
    case "resources":
      return listAll(world, path.id);
    case "providers":
      return ok({ value: PROVIDER_NAMESPACES.map((namespace) => providerBody(path.id, namespace)) });
    case "provider":
      return answerProvider(path);
    case "collection":
      return ok({ value: world.resources.list(path.type ?? "", path.id).map(({ body }) => body) });
    default:
      return answerResource(world, request, path);
  }
}

function listAll(world: World, scope: string): SandboxResponse {
  const resources = world.resources
    .list("*", scope)
    .filter(({ type }) => type.toLowerCase() !== GROUP_TYPE.toLowerCase());
  return ok({ value: resources.map(({ body }) => body) });
}

function checkSubscription(world: World, { subscriptionId }: ArmPath): SandboxResponse | undefined {
  const known = subscriptionId === undefined || subscriptionId.toLowerCase() === world.subscriptionId.toLowerCase();
  return known ? undefined : subscriptionNotFound(subscriptionId);
}

function checkGroup(world: World, request: SandboxRequest, path: ArmPath): SandboxResponse | undefined {
  const { group, subscriptionId } = path;
  if (group === undefined) return undefined;
  const made = path.kind === "group" && request.method === "PUT";
  const known = world.resources.get(`/subscriptions/${subscriptionId}/resourceGroups/${group}`) !== undefined;
  return made || known ? undefined : groupNotFound(group);
}

function answerProvider(path: ArmPath): SandboxResponse {
  const namespace = PROVIDER_NAMESPACES.find((name) => name.toLowerCase() === path.namespace?.toLowerCase());
  return namespace === undefined ? invalidNamespace(path.namespace ?? "") : ok(providerBody(path.id, namespace));
}

function providerBody(scope: string, namespace: string): Record<string, unknown> {
  return {
    id: `${scope}/providers/${namespace}`,
    namespace,
    registrationState: "Registered",
    registrationPolicy: "RegistrationRequired",
    resourceTypes: resourceTypesOf(namespace).map((type) => ({
      resourceType: type.slice(namespace.length + 1),
      locations: [],
      apiVersions: [...(publishedVersions(type) ?? [])].reverse(),
    })),
  };
}

function subscriptionBody(world: World): Record<string, unknown> {
  return {
    id: `/subscriptions/${world.subscriptionId}`,
    subscriptionId: world.subscriptionId,
    tenantId: world.directory.tenantId,
    displayName: "Watchbell sandbox",
    state: "Enabled",
    authorizationSource: "RoleBased",
    subscriptionPolicies: {
      locationPlacementId: "Public_2014-09-01",
      quotaId: "PayAsYouGo_2014-09-01",
      spendingLimit: "Off",
    },
  };
}

const ok = (body: unknown): SandboxResponse => ({ status: 200, body });

const methodNotAllowed = (request: SandboxRequest): SandboxResponse =>
  armError(
    405,
    "HttpMethodNotAllowed",
    `The HTTP method '${request.method}' is not supported at scope '${request.url.pathname}'.`,
  );
