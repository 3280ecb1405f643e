import { visibleText } from "../../alert/text.ts";
import type { AzureClient } from "../../platform/http/azure.ts";
import { AzureError } from "../../platform/http/azure-error.ts";

/** What this source needs of the client to Azure Resource Manager. */
export type AlertsClient = Pick<AzureClient, "get" | "post" | "getNextLink">;

/** What a failed call means for the one who asked; shared by reading and writing. */
export type AzureFailure =
  /** Azure has no such alert (any more): it deletes alerts after 30 days. */
  | { kind: "gone" }
  /** It will fail again until somebody changes something; `advice` says what. */
  | { kind: "refused"; code: string; advice: string }
  /** It may succeed later; seconds as told by Azure, null when not told. */
  | { kind: "retry"; retryAfterSeconds: number | null; reason: string };

/** What was tried, for the advice: the action of the role table and the scope it is needed at. */
export interface Attempt {
  action: string;
  scope: string;
}

/**
 * Runs a call; an expected failure becomes its meaning, anything else (an abort, a programmer's error) is thrown on.
 * Codes are those of ARM's error envelope.
 */
export async function attempt<T>(
  call: () => Promise<T>,
  what: Attempt,
): Promise<{ ok: true; answer: T } | { ok: false; failure: AzureFailure; error: AzureError }> {
  try {
    return { ok: true, answer: await call() };
  } catch (error) {
    if (!(error instanceof AzureError)) throw error;
    return { ok: false, failure: failureOf(error, what), error };
  }
}

export function failureOf(error: AzureError, what: Attempt): AzureFailure {
  const { status, retryAfterSeconds } = error;
  if (status === 404 && error.code !== "SubscriptionNotFound") return { kind: "gone" };
  // 409: somebody else is changing the alert at this moment.
  if (status !== 401 && (error.retryable || status === 409)) {
    return { kind: "retry", retryAfterSeconds, reason: retryReason(error) };
  }
  return { kind: "refused", code: visibleText(error.code, 100), advice: adviceFor(error, what) };
}

function retryReason(error: AzureError): string {
  if (error.status === 429) return "Azure throttles (429).";
  return error.status === null ? visibleText(error.message, 300) : `Azure answered ${error.status} (${error.code}).`;
}

function adviceFor(error: AzureError, { action, scope }: Attempt): string {
  const { status } = error;
  const code = visibleText(error.code, 100);
  if (status === 403) {
    return (
      `Azure refused with ${code}. The worker's role needs the action ${action} at the scope ${scope}: ` +
      "assign it there (a new assignment takes up to ten minutes). It is tried again."
    );
  }
  if (status === 401) {
    return `Azure did not accept the worker's token (${code}): check tenant, credential and clock. It is tried again.`;
  }
  if (code === "SubscriptionNotFound") {
    return `Azure does not know ${scope} for this identity: check the subscription id and the tenant.`;
  }
  return `Azure refused with ${code}: ${visibleText(error.message, 300)}`;
}
