import { expect } from "vitest";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";

export interface Answer<T = unknown> {
  status: number;
  headers: Headers;
  body: T;
}

/** A call to the worker: with the caller's credential, JSON in and out. */
export type Call = <T = unknown>(
  path: string,
  options?: { method?: string; body?: unknown; headers?: Record<string, string> },
) => Promise<Answer<T>>;

/** State of an alert in Azure and the changes of its state, newest first. */
export interface AzureView {
  state: string;
  condition: string;
  history: { comments: string; newValue: string; modifiedBy: string }[];
}

/** Calls to `origin` with a credential in the headers. */
export function createCall(origin: string, credential: Record<string, string>): Call {
  return async <T>(path: string, options: Parameters<Call>[1] = {}): Promise<Answer<T>> => {
    const { headers = {} } = options;
    const content = contentOf(options.body);
    const response = await fetch(origin + path, {
      method: options.method ?? "GET",
      headers: { ...(content === undefined ? {} : { "content-type": "application/json" }), ...credential, ...headers },
      ...(content === undefined ? {} : { body: content }),
      redirect: "manual",
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get("content-type") ?? "");
    return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : text) as T };
  };
}

/** Texts and bytes go as they are, everything else as JSON. */
function contentOf(body: unknown): string | Uint8Array<ArrayBuffer> | undefined {
  if (body === undefined || typeof body === "string") return body;
  return Buffer.isBuffer(body) ? new Uint8Array(body) : JSON.stringify(body);
}

type Arm = <T>(path: string) => Promise<T>;

/** Reads of the subscription owner by Azure Resource Manager. */
export function createArm(sandbox: Sandbox, sandboxApi: Call): Arm {
  return async <T>(path: string) => {
    const request = { principal: "owner", resource: "https://management.azure.com" };
    const { body } = await sandboxApi<{ token: string }>("/sandbox/token", { method: "POST", body: request });
    const call = createCall(sandbox.origins.secure, { authorization: `Bearer ${body.token}` });
    const answer = await call<T>(path);
    expect(answer.status).toBe(200);
    return answer.body;
  };
}

/** An alert as Azure Resource Manager answers it. */
export async function readAzure(arm: Arm, alertId: string): Promise<AzureView> {
  const version = "api-version=2025-05-25-preview";
  const alert = await arm<{ properties: { essentials: { alertState: string; monitorCondition: string } } }>(
    `${alertId}?${version}`,
  );
  const history = await arm<{
    properties: {
      modifications: { comments: string; newValue: string; modifiedBy: string; modificationEvent: string }[];
    };
  }>(`${alertId}/history?${version}`);
  return {
    state: alert.properties.essentials.alertState,
    condition: alert.properties.essentials.monitorCondition,
    history: history.properties.modifications.filter(({ modificationEvent }) => modificationEvent === "StateChange"),
  };
}

/** What a browser does: the worker's redirect, Entra's page, the choice of a person, the way back. */
export async function signIn(sandbox: Sandbox, url: string, name: string): Promise<Call> {
  const anonymous = createCall(url, {});
  const begun = await anonymous("/auth/sign-in?return=/alerts");
  const cookie = cookieOf(begun.headers);
  const page = new URL(begun.headers.get("location") ?? "");
  const user = sandbox.world.directory.users.find((candidate) => candidate.displayName === name);
  const form = new URLSearchParams([...page.searchParams, ["user", user?.objectId ?? ""]]);
  const picked = await fetch(page.origin + page.pathname, {
    method: "POST",
    headers: { origin: page.origin },
    body: form,
    redirect: "manual",
  });
  const back = new URL(picked.headers.get("location") ?? "");
  const done = await createCall(url, { cookie })(back.pathname + back.search);
  expect(done.headers.get("location")).toBe("/alerts");
  return createCall(url, { cookie: cookieOf(done.headers), origin: url });
}

/** The cookie that is set and not deleted. */
function cookieOf(headers: Headers): string {
  const set = headers.getSetCookie().map((line) => line.split(";", 1)[0] ?? "");
  return set.find((pair) => !pair.endsWith("=")) ?? "";
}
