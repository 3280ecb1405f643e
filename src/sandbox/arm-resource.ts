import { invalidContent, resourceNotFound } from "./arm-errors.ts";
import type { ArmPath } from "./arm-path.ts";
import type { ArmResource, SandboxRequest, SandboxResponse, World } from "./world.ts";

export const GROUP_TYPE = "Microsoft.Resources/resourceGroups";

type Json = Record<string, unknown>;

/** GET, HEAD, PUT, PATCH and DELETE of one resource or resource group, after every check. */
export function answerResource(world: World, request: SandboxRequest, path: ArmPath): SandboxResponse {
  const stored = world.resources.get(path.id);
  switch (request.method) {
    case "PUT":
      return put(world, request, path, stored, {});
    case "PATCH":
      return stored === undefined ? notFound(path) : put(world, request, path, stored, stored.body);
    case "DELETE":
      return remove(world, path);
    default:
      return stored === undefined ? notFound(path) : { status: 200, body: stored.body };
  }
}

function put(
  world: World,
  request: SandboxRequest,
  path: ArmPath,
  stored: ArmResource | undefined,
  base: Json,
): SandboxResponse {
  const body = readObject(request.body);
  if (body === undefined) return invalidContent("the body must be a JSON object");
  const id = stored?.id ?? path.id;
  const type = stored?.type ?? path.type ?? GROUP_TYPE;
  const properties = { ...asObject(base["properties"]), ...asObject(body["properties"]) };
  const resource: ArmResource = {
    id,
    type,
    apiVersion: request.url.searchParams.get("api-version") ?? "",
    body: { ...base, ...body, id, name: id.split("/").at(-1), type, properties: withOutputs(type, properties, id) },
  };
  world.resources.put(resource);
  return { status: stored === undefined ? 201 : 200, body: resource.body };
}

/** What ARM adds of its own: a role assignment shows its scope, other resources that they are finished. */
function withOutputs(type: string, properties: Json, id: string): Json {
  const lowerType = type.toLowerCase();
  if (lowerType === "microsoft.authorization/roleassignments") {
    return { ...properties, scope: id.slice(0, id.toLowerCase().lastIndexOf("/providers/")) };
  }
  if (lowerType.startsWith("microsoft.authorization/")) return properties;
  return { ...properties, provisioningState: "Succeeded" };
}

/** A resource goes with its children, a group with everything in it. */
function remove(world: World, path: ArmPath): SandboxResponse {
  const existed = world.resources.get(path.id) !== undefined;
  for (const { id } of world.resources.list("*", path.id)) world.resources.delete(id);
  return { status: existed ? 200 : 204 };
}

function notFound(path: ArmPath): SandboxResponse {
  const name = path.id.split("/").at(-1) ?? "";
  return resourceNotFound(`${path.type ?? GROUP_TYPE}/${name}`, path.group);
}

function readObject(body: Buffer): Json | undefined {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

const asObject = (value: unknown): Json => (typeof value === "object" && value !== null ? (value as Json) : {});
