import type { ArmPath } from "./arm-path.ts";
import { BUILT_IN_ROLES, type BuiltInRole } from "./built-in-roles.ts";
import { permissionsAt } from "./rbac.ts";
import { isWithin } from "./resources.ts";
import type { ArmResource, Principal, SandboxRequest, SandboxResponse, World } from "./world.ts";

const OWNER_PERMISSIONS = [{ actions: ["*"], notActions: [] }];

/**
 * What Microsoft.Authorization answers otherwise than the resource store does: built-in roles, lists that also show
 * what is inherited from above, and the caller's own permissions. Undefined for everything else.
 */
export function roleAnswer(
  world: World,
  request: SandboxRequest,
  path: ArmPath,
  principal: Principal,
): SandboxResponse | undefined {
  if (request.method !== "GET") return undefined;
  switch (`${path.kind} ${path.type?.toLowerCase()}`) {
    case "collection microsoft.authorization/roleassignments":
      return value(assignments(world, request, path.id));
    case "collection microsoft.authorization/roledefinitions":
      return value(definitions(world, request, path.id));
    case "resource microsoft.authorization/roledefinitions":
      return builtInByName(path);
    case "collection microsoft.authorization/permissions":
      return value(ownPermissions(world, principal, path.id));
    default:
      return undefined;
  }
}

const value = (entries: unknown[]): SandboxResponse => ({ status: 200, body: { value: entries } });

/** Filters of the published operation: `atScope()`, `principalId eq '…'`, `assignedTo('…')`. */
function assignments(world: World, request: SandboxRequest, scope: string): unknown[] {
  const filter = request.url.searchParams.get("$filter") ?? "";
  const principalId = /(?:principalId eq |assignedTo\()'([^']+)'/i.exec(filter)?.[1]?.toLowerCase();
  const atScopeOnly = /atScope\(\)/i.test(filter);
  return extensionsAt(world, "Microsoft.Authorization/roleAssignments", scope, atScopeOnly)
    .map(({ body }) => body)
    .filter((body) => principalId === undefined || propertyOf(body, "principalId")?.toLowerCase() === principalId);
}

/** Filters of the published operation: `roleName eq '…'`, `type eq 'BuiltInRole|CustomRole'`. */
function definitions(world: World, request: SandboxRequest, scope: string): unknown[] {
  const filter = request.url.searchParams.get("$filter") ?? "";
  const roleName = /roleName eq '([^']+)'/i.exec(filter)?.[1]?.toLowerCase();
  const kind = /type eq '([^']+)'/i.exec(filter)?.[1]?.toLowerCase();
  const builtIn = BUILT_IN_ROLES.map((role) => definitionBody(role, scope));
  const deployed = extensionsAt(world, "Microsoft.Authorization/roleDefinitions", scope, true).map(({ body }) => body);
  return [...builtIn, ...deployed].filter(
    (body) =>
      (roleName === undefined || propertyOf(body, "roleName")?.toLowerCase() === roleName) &&
      (kind === undefined || (propertyOf(body, "type") ?? "CustomRole").toLowerCase() === kind),
  );
}

/** Extensions that hold at a scope: those of the scope and above, and unless `atScopeOnly` those below it too. */
function extensionsAt(world: World, type: string, scope: string, atScopeOnly: boolean): ArmResource[] {
  return world.resources.list(type).filter(({ id }) => {
    const own = id.slice(0, id.toLowerCase().lastIndexOf("/providers/"));
    return isWithin(scope, own) || (!atScopeOnly && isWithin(own, scope));
  });
}

function builtInByName(path: ArmPath): SandboxResponse | undefined {
  const name = path.id.split("/").at(-1)?.toLowerCase();
  const role = BUILT_IN_ROLES.find((candidate) => candidate.name === name);
  if (role === undefined) return undefined;
  const scope = path.id.slice(0, path.id.toLowerCase().lastIndexOf("/providers/"));
  return { status: 200, body: definitionBody(role, scope) };
}

function definitionBody({ name, roleName, description, permissions }: BuiltInRole, scope: string) {
  const id = `${scope}/providers/Microsoft.Authorization/roleDefinitions/${name}`;
  const properties = { roleName, type: "BuiltInRole", description, assignableScopes: ["/"], permissions };
  return { id, name, type: "Microsoft.Authorization/roleDefinitions", properties };
}

function ownPermissions(world: World, principal: Principal, scope: string): unknown[] {
  return principal.owner ? OWNER_PERMISSIONS : permissionsAt(world, principal.objectId, scope);
}

function propertyOf(body: Record<string, unknown>, name: string): string | undefined {
  const properties = body["properties"];
  const found = typeof properties === "object" && properties !== null ? Reflect.get(properties, name) : undefined;
  return typeof found === "string" ? found : undefined;
}
