import { z } from "zod";
import type { SandboxCore } from "./core.ts";
import { isAllowed } from "./rbac.ts";
import type { SandboxPart, SandboxRequest, SandboxResponse, World } from "./world.ts";

const QUERY_PATH = /^\/v1\/workspaces\/([^/]+)\/query$/;
const WORKSPACE_TYPE = "Microsoft.OperationalInsights/workspaces";
const QUERY_ACTION = "Microsoft.OperationalInsights/workspaces/query/read";

const queryBody = z.looseObject({ query: z.string() });
const workspaceProperties = z.looseObject({ customerId: z.string() });

/** `POST /v1/workspaces/{id}/query` of the query API: an empty PrimaryResult for whoever may read the workspace. */
export function createLogAnalyticsPart(core: SandboxCore): SandboxPart {
  return {
    operationOf: (request) => (workspaceOf(request) === undefined ? undefined : "LogAnalytics.query"),
    async handle(request) {
      const customerId = workspaceOf(request);
      return customerId === undefined ? undefined : answerQuery(core, request, customerId);
    },
    faultAnswer: ({ fault }) => (fault === "403" ? insufficientAccess() : undefined),
  };
}

function workspaceOf({ method, url }: SandboxRequest): string | undefined {
  return method === "POST" ? QUERY_PATH.exec(url.pathname)?.[1]?.toLowerCase() : undefined;
}

async function answerQuery(core: SandboxCore, request: SandboxRequest, customerId: string): Promise<SandboxResponse> {
  const { principal, response } = await core.authenticate(request, "logs");
  if (principal === undefined) return response;
  const scope = workspaceScope(core.world, customerId);
  if (scope === undefined) return queryError(404, "PathNotFoundError", "The requested path does not exist");
  if (!isAllowed(core.world, principal, QUERY_ACTION, scope)) return insufficientAccess();
  if (!isQuery(request.body)) return queryError(400, "BadArgumentError", "The request had some invalid properties");
  return {
    status: 200,
    body: { tables: [{ name: "PrimaryResult", columns: [{ name: "TimeGenerated", type: "datetime" }], rows: [] }] },
  };
}

/** ARM id of the deployed workspace; the sandbox's own workspace counts as lying in the subscription. */
function workspaceScope(world: World, customerId: string): string | undefined {
  const deployed = world.resources.list(WORKSPACE_TYPE).find(({ body }) => {
    const properties = workspaceProperties.safeParse(body["properties"]);
    return properties.success && properties.data.customerId.toLowerCase() === customerId;
  });
  if (deployed !== undefined) return deployed.id;
  return customerId === world.workspaceId.toLowerCase() ? `/subscriptions/${world.subscriptionId}` : undefined;
}

function isQuery(body: Buffer): boolean {
  try {
    return queryBody.safeParse(JSON.parse(body.toString("utf8"))).success;
  } catch {
    return false;
  }
}

const queryError = (status: number, code: string, message: string): SandboxResponse => ({
  status,
  body: { error: { message, code } },
});

const insufficientAccess = (): SandboxResponse =>
  queryError(
    403,
    "InsufficientAccessError",
    "The provided credentials have insufficient access to perform the requested operation",
  );
