import type { Permission } from "../../infra/permissions.ts";
import type { AzureClient } from "../platform/http/azure.ts";
import { AzureError } from "../platform/http/azure-error.ts";
import { READ_API_VERSION } from "../sources/azure-monitor/read.ts";
import { explainCall, type Need } from "./azure-advice.ts";
import { bounded, type CheckResult, type Explanation, lineOf } from "./check.ts";

/**
 * Each line of the permissions table that the worker needs, tried in each subscription by a call that changes nothing,
 * with the worker's own token and no further right. (Azure's list of the caller's own permissions would need the action
 * `Microsoft.Authorization/permissions/read`, which the worker's role rightly lacks.)
 */

export interface AzureOptions {
  resourceManager: Pick<AzureClient, "get" | "post">;
  logs: Pick<AzureClient, "post">;
  permissions: readonly Permission[];
  subscriptions: readonly string[];
  workspaceId: string | undefined;
  boundMs: number;
}

type Probe = (options: AzureOptions, subscriptionId: string, signal: AbortSignal) => Promise<unknown>;

const alertsOf = (subscriptionId: string) =>
  `/subscriptions/${subscriptionId}/providers/Microsoft.AlertsManagement/alerts`;
/** No alert has this id. */
const NO_ALERT = "00000000-0000-0000-0000-000000000000";
const LIST_QUERY = { "api-version": READ_API_VERSION, timeRange: "1h", pageCount: 1, includeContext: false };

/**
 * The harmless call for each action. Azure checks the role before it looks at anything else, so a change of an alert that
 * does not exist, with no new state named, is refused with 403 where the right is missing, and with 404 or 400 where it
 * is there.
 */
const PROBES: Readonly<Record<string, Probe>> = {
  "Microsoft.AlertsManagement/alerts/read": ({ resourceManager }, subscriptionId, signal) =>
    resourceManager.get(alertsOf(subscriptionId), LIST_QUERY, { signal }),
  "Microsoft.AlertsManagement/alerts/changestate/action": ({ resourceManager }, subscriptionId, signal) =>
    passesRole(() => {
      const path = `${alertsOf(subscriptionId)}/${NO_ALERT}/changestate`;
      return resourceManager.post(path, { "api-version": READ_API_VERSION }, undefined, { signal });
    }),
  "Microsoft.OperationalInsights/workspaces/query/read": ({ logs, workspaceId }, _subscriptionId, signal) =>
    logs.post(`/v1/workspaces/${workspaceId}/query`, {}, { query: "print 1", timespan: "PT1H" }, { signal }),
};

/** Refused for what was asked, not for who asks. */
async function passesRole(call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    const isPast =
      error instanceof AzureError &&
      (error.status === 400 || error.status === 404) &&
      !/^(?:SubscriptionNotFound|InvalidSubscriptionId|NoRegisteredProviderFound)$/.test(error.code);
    if (!isPast) throw error;
  }
}

/** `blocked`: why nothing can be asked; undefined = the token is there. */
export async function checkAzure(options: AzureOptions, blocked: string | undefined): Promise<CheckResult[]> {
  if (options.subscriptions.length === 0) {
    const advice =
      "Set WATCHBELL_AZURE_SUBSCRIPTIONS: without it alerts are only taken when pushed, and nothing is written back";
    return [lineOf("subscriptions", "Subscriptions").warn("none is configured", advice)];
  }
  const checked: CheckResult[] = [];
  for (const subscriptionId of options.subscriptions) {
    checked.push(...(await checkSubscription(options, subscriptionId, blocked)));
  }
  return checked;
}

async function checkSubscription(
  options: AzureOptions,
  subscriptionId: string,
  blocked: string | undefined,
): Promise<CheckResult[]> {
  const visible = lineOf(`subscription:${subscriptionId}`, `Subscription ${subscriptionId}`);
  const skip = (because: string) =>
    options.permissions.map(({ action }) => permissionLine(action, subscriptionId).notChecked(because));
  if (blocked !== undefined) return [visible.notChecked(blocked), ...skip(blocked)];
  const tried = await Promise.all(options.permissions.map((permission) => tryOut(options, permission, subscriptionId)));
  const unknown = tried.map(({ error }) => error).find(isUnknownSubscription);
  if (unknown !== undefined) {
    const { finding, advice } = explainUnknown(unknown, subscriptionId);
    return [visible.fail(finding, advice), ...skip("Azure does not show the subscription")];
  }
  const seen = tried.some(({ isAnswered }) => isAnswered)
    ? visible.ok("Azure knows it")
    : visible.notChecked("Azure gives no answer");
  return [seen, ...tried.map(({ result }) => result)];
}

interface Tried {
  result: CheckResult;
  /** Azure answered, be it with a refusal. */
  isAnswered: boolean;
  error?: unknown;
}

const permissionLine = (action: string, subscriptionId: string) =>
  lineOf(`permission:${action}:${subscriptionId}`, `Permission ${action}`);

async function tryOut(options: AzureOptions, { action, why }: Permission, subscriptionId: string): Promise<Tried> {
  const line = permissionLine(action, subscriptionId);
  const need: Need = { action, why, scope: `/subscriptions/${subscriptionId}` };
  const probe = Object.hasOwn(PROBES, action) ? PROBES[action] : undefined;
  if (probe === undefined) return { result: line.notChecked("no harmless call can try it"), isAnswered: false };
  try {
    await bounded(options.boundMs, (signal) => probe(options, subscriptionId, signal));
    return { result: line.ok(`allowed at ${need.scope}`), isAnswered: true };
  } catch (error) {
    const { finding, advice } = explainCall(error, need);
    const isAnswered = error instanceof AzureError && error.status !== null;
    return { result: line.fail(finding, advice), isAnswered, error };
  }
}

/** ARM's codes for a subscription that does not exist, and for one of another tenant. */
function isUnknownSubscription(error: unknown): error is AzureError {
  const codes = ["SubscriptionNotFound", "InvalidSubscriptionId", "InvalidAuthenticationTokenTenant"];
  return error instanceof AzureError && codes.includes(error.code);
}

function explainUnknown({ code }: AzureError, subscriptionId: string): Explanation {
  const finding =
    code === "InvalidAuthenticationTokenTenant"
      ? `it belongs to another tenant (${code})`
      : `Azure does not know it in this tenant (${code})`;
  const advice = `Check ${subscriptionId} in WATCHBELL_AZURE_SUBSCRIPTIONS and WATCHBELL_ENTRA_TENANT_ID`;
  return { finding, advice };
}
