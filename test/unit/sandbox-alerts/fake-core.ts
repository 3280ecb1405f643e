import { createVirtualClock, type VirtualClock } from "../../../src/platform/clock.ts";
import { composeAlerts } from "../../../src/sandbox/alerts/parts.ts";
import type { AlertCore } from "../../../src/sandbox/alerts/port.ts";
import { authorizationFailed } from "../../../src/sandbox/arm-errors.ts";
import type { ArmResource, Fault, SandboxRequest, SandboxResponse, World } from "../../../src/sandbox/world.ts";

export const NOW = Date.parse("2026-05-04T12:00:00Z");
export const HOUR_MS = 3_600_000;
export const SUBSCRIPTION_ID = "3b540246-808d-4331-99aa-917b808a9166";
export const SUBSCRIPTION = `/subscriptions/${SUBSCRIPTION_ID}`;
export const VM = `${SUBSCRIPTION}/resourceGroups/rg-web/providers/Microsoft.Compute/virtualMachines/vm-1`;
export const ORIGIN = "https://localhost:9443";
export const VERSION = "2025-05-25-preview";

/** A POST that the sandbox made. */
export interface Posted {
  url: string;
  headers: Record<string, string>;
  payload: { schemaId?: string; data?: Record<string, unknown> };
}

/** The alert parts over a fake core: virtual time, numbered ids, every call allowed unless an action is denied. */
export function createAlertsUnderTest({ stored = new Map<string, unknown>() } = {}) {
  const clock: VirtualClock = createVirtualClock(NOW);
  const resources: ArmResource[] = [];
  const denied = new Set<string>();
  const authorized: { action: string; scope: string }[] = [];
  const posted: Posted[] = [];
  const answers: (number | "no-answer")[] = [];
  let ids = 0;
  const world = {
    now: () => clock.now(),
    newId: () => {
      ids += 1;
      return `00000000-0000-4000-8000-${String(ids).padStart(12, "0")}`;
    },
    resources: {
      put: (resource: ArmResource) => void resources.push(resource),
      get: (id: string) => resources.find((resource) => resource.id.toLowerCase() === id.toLowerCase()),
      delete: () => false,
      list: (type: string) => resources.filter((resource) => resource.type.toLowerCase() === type.toLowerCase()),
    },
    faults: [] as Fault[],
    requests: [],
    origins: { secure: ORIGIN, plain: "http://127.0.0.1:9080" },
    subscriptionId: SUBSCRIPTION_ID,
    workspaceId: "11111111-1111-4111-8111-111111111111",
    directory: { tenantId: "t", applications: [], servicePrincipals: [], users: [], grants: [] },
    state: {
      load: (name: string) => stored.get(name),
      save: (name: string, snapshot: () => unknown) => void stored.set(name, structuredClone(snapshot())),
    },
  } satisfies World;
  const principal = { objectId: "o-1", clientId: "c-1", displayName: "watchbell-daemon", owner: false };
  const core: AlertCore = {
    world,
    authenticate: async (request) =>
      request.headers["authorization"] === "Bearer good"
        ? { principal }
        : { response: { status: 401, body: { error: { code: "AuthenticationFailed", message: "no token" } } } },
    authorize(caller, action, scope) {
      authorized.push({ action, scope });
      return denied.has(action) ? authorizationFailed(caller, action, scope) : undefined;
    },
    takeFault(operation) {
      const index = world.faults.findIndex((fault) => fault.operation === operation);
      const fault = world.faults[index];
      if (fault?.timesLeft !== null && fault !== undefined && --fault.timesLeft <= 0) world.faults.splice(index, 1);
      return fault;
    },
    issueToken: async ({ clientId, resource }) => `token-of-${clientId}-for-${resource}`,
  };
  const { parts, alerts, actionGroups } = composeAlerts(core, {
    clock,
    post: async (url, headers, body) => {
      posted.push({ url: url.href, headers, payload: JSON.parse(body) });
      return answers.shift() ?? 202;
    },
  });

  const call = async (
    method: string,
    path: string,
    options: { body?: unknown; token?: string } = {},
  ): Promise<Answer> => {
    const request: SandboxRequest = {
      method,
      url: new URL(path, ORIGIN),
      headers: { authorization: `Bearer ${options.token ?? "good"}` },
      body: Buffer.from(options.body === undefined ? "" : JSON.stringify(options.body)),
      secure: true,
    };
    for (const part of parts) {
      const response = await part.handle(request);
      if (response !== undefined)
        return { ...response, json: response.body as Json, operation: part.operationOf?.(request) };
    }
    throw new Error(`no part answers ${method} ${path}`);
  };
  const get = (path: string) => call("GET", path);
  const post = (path: string, body?: unknown) => call("POST", path, { body });
  /** Fires by the control API, lets the first try of its pushes happen, and answers the full id. */
  const fire = async (body: Record<string, unknown> = {}): Promise<string> => {
    const { json } = await post("/sandbox/alerts", { rule: "cpu", resourceId: VM, ...body });
    await new Promise((resolve) => setImmediate(resolve));
    return json.alertId;
  };
  return {
    world,
    core,
    clock,
    parts,
    alerts,
    actionGroups,
    resources,
    denied,
    authorized,
    posted,
    answers,
    call,
    get,
    post,
    fire,
  };
}

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into member by member, and each test asserts what it reads
export type Json = any;
export type Answer = SandboxResponse & { json: Json; operation: string | undefined };

export const guidIn = (alertId: string) => alertId.split("/").at(-1)!;
