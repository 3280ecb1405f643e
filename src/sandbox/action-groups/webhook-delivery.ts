import type { Clock } from "../../platform/clock.ts";
import type { AlertCore } from "../alerts/port.ts";
import { AZURE_MONITOR_CLIENT_ID } from "../directory.ts";
import type { Fault } from "../world.ts";
import type { WebhookReceiver } from "./action-group.ts";
import { isLoopback, type WebhookPost } from "./webhook-post.ts";

export const WEBHOOK_OPERATION = "ActionGroup.webhook";

/**
 * Waits between the tries, milliseconds: at most six tries (azure-monitor-docs, action-groups, "Webhook"). Azure then
 * leaves an endpoint alone for 15 minutes; that is not simulated, since a worker under development is often away.
 */
export const RETRY_DELAYS_MS = [5_000, 20_000, 5_000, 40_000, 5_000] as const;
const RETRIED_STATUS: ReadonlySet<number> = new Set([408, 429, 503, 504]);

/** How a delivery ended. */
export type DeliveryOutcome =
  | { delivered: true; status: number; tries: number }
  | { delivered: false; reason: string; tries: number };

export interface DeliveryTools {
  core: Pick<AlertCore, "world" | "takeFault" | "issueToken">;
  clock: Clock;
  post: WebhookPost;
  /** Ends waiting and posting when the sandbox stops. */
  signal: AbortSignal;
}

type Try = { status: number | "no-answer" } | { refused: string };

/**
 * Posts one payload to one receiver, with Azure's retries: on no answer, 408, 429, 503 and 504, never on another answer.
 *
 * Faults of `ActionGroup.webhook` act on one try each: `lostAnswer` posts but does not hear the answer (so it is tried
 * again), `duplicate` posts twice, `slow` posts late, `429` and `5xx` fail the try without posting, `403` and
 * `expiredSecret` lose the push for good. `firstTryEnded` is called after each try
 * (only the first call matters), whatever became of it.
 */
export async function deliver(
  tools: DeliveryTools,
  receiver: WebhookReceiver,
  payload: object,
  firstTryEnded: () => void,
): Promise<DeliveryOutcome> {
  const url = new URL(receiver.serviceUri);
  if (!isLoopback(url)) {
    firstTryEnded();
    return { delivered: false, reason: "not a loopback address", tries: 0 };
  }
  const body = JSON.stringify(payload);
  for (let tries = 1; ; tries += 1) {
    const result = await attempt(tools, receiver, url, body);
    firstTryEnded();
    if ("refused" in result) return { delivered: false, reason: result.refused, tries };
    const { status } = result;
    if (status !== "no-answer" && !RETRIED_STATUS.has(status)) {
      if (status < 300) return { delivered: true, status, tries };
      return { delivered: false, reason: `answered ${status}`, tries };
    }
    const delayMs = RETRY_DELAYS_MS[tries - 1];
    if (delayMs === undefined || tools.signal.aborted)
      return { delivered: false, reason: `last try: ${status}`, tries };
    await wait(tools, delayMs);
  }
}

async function attempt(tools: DeliveryTools, receiver: WebhookReceiver, url: URL, body: string): Promise<Try> {
  const fault = tools.core.takeFault(WEBHOOK_OPERATION);
  if (fault !== undefined && fault.afterMs > 0) await wait(tools, fault.afterMs);
  const outcome = faultedTry(fault);
  if (outcome !== undefined) return outcome;
  const headers = await headersFor(tools, receiver);
  if (typeof headers === "string") return { refused: headers };
  const status = await tools.post(url, headers, body, tools.signal);
  if (fault?.fault === "duplicate") await tools.post(url, headers, body, tools.signal);
  return { status: fault?.fault === "lostAnswer" ? "no-answer" : status };
}

/** The result of a try that a fault decides before anything is sent. */
function faultedTry(fault: Fault | undefined): Try | undefined {
  switch (fault?.fault) {
    case "429":
      return { status: 429 };
    case "5xx":
      return { status: 503 };
    case "403":
    case "expiredSecret":
      return { refused: `switched fault ${fault.fault}` };
    default:
      return undefined;
  }
}

/** Headers of a post, or why no token could be had. */
async function headersFor(tools: DeliveryTools, receiver: WebhookReceiver): Promise<Record<string, string> | string> {
  const headers = { "content-type": "application/json; charset=utf-8", "user-agent": "IcMBroadcaster/1.0" };
  if (receiver.useAadAuth !== true) return headers;
  try {
    const resource = receiver.identifierUri ?? "";
    const token = await tools.core.issueToken({ clientId: AZURE_MONITOR_CLIENT_ID, resource });
    return { ...headers, authorization: `Bearer ${token}` };
  } catch (error) {
    return `no token: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Waits, or ends at once when the sandbox stops. */
function wait({ clock, signal }: DeliveryTools, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      signal.removeEventListener("abort", done);
      cancel();
      resolve();
    };
    const cancel = clock.setTimer(clock.now() + delayMs, done);
    signal.addEventListener("abort", done, { once: true });
    if (signal.aborted) done();
  });
}
