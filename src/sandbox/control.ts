import { z } from "zod";
import type { SandboxCore } from "./core.ts";
import { EntraError } from "./entra/errors.ts";
import { assignmentsOf } from "./rbac.ts";
import type { DirectoryServicePrincipal, Fault, SandboxPart, SandboxRequest, SandboxResponse, World } from "./world.ts";

const FAULT_KINDS = ["429", "5xx", "403", "slow", "lostAnswer", "duplicate", "staleEtag", "expiredSecret"] as const;
/** How long `slow` takes unless `afterMs` says otherwise. */
const SLOW_DEFAULT_MS = 5_000;

const faultBody = z.strictObject({
  operation: z.string().min(1).max(100),
  fault: z.union([
    z.enum(FAULT_KINDS),
    z.literal(429).transform(() => "429" as const),
    z.literal(403).transform(() => "403" as const),
  ]),
  times: z.int().min(1).max(1_000_000).optional(),
  afterMs: z.int().min(0).max(600_000).optional(),
  retryAfterSeconds: z.int().min(0).max(86_400).optional(),
});
const tokenBody = z.strictObject({ principal: z.enum(["owner", "worker"]), resource: z.string().min(1).max(500) });
const since = z.iso.datetime({ offset: true });

/**
 * The control API that scripts drive the simulated Azure with: faults, the request log, tokens. No credential; the guard
 * (threats F6) is what protects it. `ownerClientId` is the subscription owner's.
 */
export function createControlPart(core: SandboxCore, ownerClientId: string): SandboxPart {
  const { world } = core;
  return {
    async handle(request) {
      switch (`${request.method} ${request.url.pathname}`) {
        case "GET /sandbox/faults":
          return { status: 200, body: world.faults };
        case "POST /sandbox/faults":
          return addFault(world, request);
        case "DELETE /sandbox/faults":
          world.faults.length = 0;
          return { status: 204 };
        case "GET /sandbox/requests":
          return listRequests(world, request);
        case "POST /sandbox/token":
          return makeToken(core, request, ownerClientId);
        default:
          return undefined;
      }
    },
  };
}

function addFault(world: World, request: SandboxRequest): SandboxResponse {
  const parsed = parseBody(faultBody, request);
  if (!parsed.success) return badRequest(parsed.error);
  const { operation, fault, times, afterMs, retryAfterSeconds } = parsed.data;
  const added: Fault = {
    operation,
    fault,
    timesLeft: times ?? null,
    afterMs: afterMs ?? (fault === "slow" ? SLOW_DEFAULT_MS : 0),
    retryAfterSeconds: retryAfterSeconds ?? null,
  };
  world.faults.push(added);
  return { status: 201, body: added };
}

/** The log from an instant on (`since`, ISO 8601, inclusive); all of it without. */
function listRequests(world: World, { url }: SandboxRequest): SandboxResponse {
  const text = url.searchParams.get("since");
  if (text === null) return { status: 200, body: world.requests };
  const parsed = since.safeParse(text);
  if (!parsed.success) return badRequest(parsed.error);
  const fromMs = Date.parse(parsed.data);
  return { status: 200, body: world.requests.filter(({ at }) => Date.parse(at) >= fromMs) };
}

async function makeToken(core: SandboxCore, request: SandboxRequest, ownerClientId: string): Promise<SandboxResponse> {
  const parsed = parseBody(tokenBody, request);
  if (!parsed.success) return badRequest(parsed.error);
  const { principal, resource } = parsed.data;
  const clientId = principal === "owner" ? ownerClientId : findWorker(core.world)?.clientId;
  if (clientId === undefined) {
    return {
      status: 409,
      body: { error: "No deployed service principal holds a role yet: deploy the infra program first." },
    };
  }
  try {
    return {
      status: 200,
      body: { token: await core.issueToken({ clientId, resource: resource.replace(/\/\.default$/, "") }) },
    };
  } catch (error) {
    if (error instanceof EntraError) return { status: 400, body: { error: error.message } };
    throw error;
  }
}

/** The worker is whom the infra program gave a role in ARM: its app registration, else its managed identity. */
export function findWorker(world: World): DirectoryServicePrincipal | undefined {
  const holders = world.directory.servicePrincipals.filter(({ objectId }) => assignmentsOf(world, objectId).length > 0);
  return holders.find(({ kind }) => kind === "application") ?? holders.find(({ kind }) => kind === "managed-identity");
}

function parseBody<T extends z.ZodType>(schema: T, { body }: SandboxRequest) {
  return z.preprocess(readJson, schema).safeParse(body);
}

/** Undefined for text that is no JSON: the schema then says what it expected. */
function readJson(body: unknown): unknown {
  try {
    return JSON.parse(String(body));
  } catch {
    return undefined;
  }
}

function badRequest(error: z.ZodError): SandboxResponse {
  const issues = error.issues.map(({ path, message }) => ({ path: path.join("."), message }));
  return { status: 400, body: { error: "The request is malformed.", issues } };
}
