import type { AlertDetail, AlertPage, Device, Health, Me } from "../api/contract.ts";
import { plainText } from "./untrusted-text.ts";

/**
 * The portal's way to the server: same-origin JSON with the session cookie. Expected failures are two classes: a
 * `Problem` is the server's answer (RFC 9457), `Unreachable` means that no answer came.
 */

/** No answer within it counts as unreachable; the server answers in milliseconds or is not there. */
const ANSWER_WAIT_MS = 15_000;

export interface PersonRef {
  id: string;
  name: string;
}

/** The server's refusal, in words for people. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly advice: string;
  /** Of a 409 `already-owned`: who has it, and since when (ISO 8601). */
  readonly owner: PersonRef | null;
  readonly since: string | null;
  readonly retryAfterSeconds: number | null;
  constructor(status: number, document: Record<string, unknown>, retryAfter: string | null) {
    super(text(document["detail"]) ?? text(document["title"]) ?? `The server answered ${status}.`);
    this.name = "Problem";
    this.status = status;
    this.code = text(document["code"]) ?? "unknown";
    this.advice = text(document["advice"]) ?? "";
    this.owner = isPerson(document["owner"]) ? document["owner"] : null;
    this.since = text(document["since"]);
    this.retryAfterSeconds = retryAfter !== null && /^\d+$/.test(retryAfter) ? Number(retryAfter) : null;
  }
}

/** No answer came: no network, no server, or an answer that is no JSON of ours. */
export class Unreachable extends Error {
  constructor(cause?: unknown) {
    super("The server does not answer.", cause === undefined ? {} : { cause });
    this.name = "Unreachable";
  }
}

const text = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);
const isPerson = (value: unknown): value is PersonRef =>
  typeof value === "object" && value !== null && "id" in value && "name" in value && typeof value.name === "string";

/** Called at every 401: the session ended. Set by the store; a variable, so that this file knows no state. */
let whenSignedOut: () => void = () => undefined;
export function onSignedOut(listener: () => void): void {
  whenSignedOut = listener;
}

/** Difference of the server's clock to ours, milliseconds: countdowns follow the server, not a phone set wrong. */
let serverOffsetMs = 0;
/** Epoch milliseconds by the server's clock. `Date` headers have whole seconds, so small differences are noise. */
export const serverNow = (): number => Date.now() + serverOffsetMs;

function noteServerTime(response: Response): void {
  const sentAt = Date.parse(response.headers.get("date") ?? "");
  const offset = sentAt - Date.now();
  if (Number.isFinite(offset)) serverOffsetMs = Math.abs(offset) < 3_000 ? 0 : offset;
}

async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
  const init: RequestInit = {
    method,
    credentials: "same-origin",
    signal: AbortSignal.timeout(ANSWER_WAIT_MS),
    headers: { accept: "application/json", ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
  const response = await fetch(path, init).catch((error: unknown) => {
    throw new Unreachable(error);
  });
  noteServerTime(response);
  if (response.ok) return readJson<T>(response);
  if (response.status === 401) whenSignedOut();
  const document: unknown = await response
    .text()
    .then(parsePlain<unknown>)
    .catch(() => null);
  const isProblem = typeof document === "object" && document !== null;
  // A gateway's error page is no answer of ours: the server behind it did not speak.
  if (!isProblem && response.status >= 500) throw new Unreachable();
  throw new Problem(response.status, isProblem ? { ...document } : {}, response.headers.get("retry-after"));
}

/** The server is our own build and one version apart at most, so its answers are taken as the contract says. */
async function readJson<T>(response: Response): Promise<T> {
  if (response.status === 204) return undefined as T;
  const answer = response.text().then((text) => parsePlain<T>(text));
  return answer.catch((error: unknown) => {
    throw new Unreachable(error);
  });
}

/**
 * JSON of the server with every text made plain where it enters: names of people, teams and resources come from outside
 * too and are joined to sentences everywhere.
 */
export const parsePlain = <T>(json: string): T =>
  JSON.parse(json, (_key, value: unknown) => (typeof value === "string" ? plainText(value) : value)) as T;

export type AnswerKind = "acknowledge" | "unacknowledge" | "take" | "close" | "reopen";
const alertPath = (id: string) => `/api/v1/alerts/${encodeURIComponent(id)}`;

export const api = {
  me: () => request<Me>("GET", "/api/v1/me"),
  /** One page, newest first. `states` is a comma list; `cursor` comes from the page before. */
  alerts: (states: string, limit: number, cursor?: string) =>
    request<AlertPage>(
      "GET",
      `/api/v1/alerts?state=${states}&limit=${limit}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`,
    ),
  alert: (id: string) => request<AlertDetail>("GET", alertPath(id)),
  answer: (id: string, kind: AnswerKind, body: { comment?: string; takeOver?: boolean }) =>
    request<AlertDetail>("POST", `${alertPath(id)}/${kind}`, body),
  comment: (id: string, comment: string) => request<unknown>("POST", `${alertPath(id)}/comments`, { text: comment }),
  devices: () => request<{ devices: Device[]; vapidPublicKey: string }>("GET", "/api/v1/me/devices"),
  addDevice: (name: string, subscription: PushSubscriptionJSON) =>
    request<unknown>("POST", "/api/v1/me/devices", { name, subscription }),
  removeDevice: (id: string) => request<unknown>("DELETE", `/api/v1/me/devices/${encodeURIComponent(id)}`, {}),
  health: () => request<Health>("GET", "/api/v1/health"),
  signOut: () => request<unknown>("POST", "/auth/sign-out", {}),
};
