/**
 * Which operation of Microsoft.AlertsManagement a request is. Routes come in two forms: on the tenant
 * (`/providers/…`) and on a scope (`/{scope}/providers/…`: subscription, resource group or resource).
 */

export type AlertsOperation =
  | "operations"
  | "list"
  | "get"
  | "changestate"
  | "history"
  | "enrichments"
  | "summary"
  | "metaData";

export interface AlertsRoute {
  operation: AlertsOperation;
  /** ARM id of the scope; empty for the tenant form. */
  scope: string;
  /** For the operations on one alert; empty otherwise. */
  alertId: string;
}

interface RouteForm {
  operation: AlertsOperation;
  method: "GET" | "POST";
  /** Which forms are published. */
  forms: "tenant" | "scope" | "both";
  /** RBAC action of a call; null = every signed-in caller may read it. */
  action: string | null;
}

const PROVIDER = "Microsoft.AlertsManagement";
const read = (type: string) => `${PROVIDER}/${type}/read`;

/** Keyed by what follows the provider, `{}` standing for the alert's id; actions as the provider publishes them. */
const FORMS: Record<string, RouteForm> = {
  operations: { operation: "operations", method: "GET", forms: "tenant", action: null },
  alerts: { operation: "list", method: "GET", forms: "both", action: read("alerts") },
  "alerts/{}": { operation: "get", method: "GET", forms: "both", action: read("alerts") },
  "alerts/{}/changestate": {
    operation: "changestate",
    method: "POST",
    forms: "both",
    action: `${PROVIDER}/alerts/changestate/action`,
  },
  "alerts/{}/history": { operation: "history", method: "GET", forms: "both", action: read("alerts/history") },
  "alerts/{}/enrichments": { operation: "enrichments", method: "GET", forms: "scope", action: read("alerts") },
  alertssummary: { operation: "summary", method: "GET", forms: "scope", action: read("alertsSummary") },
  alertsmetadata: { operation: "metaData", method: "GET", forms: "tenant", action: read("alertsMetaData") },
};

const ROUTE =
  /^(.*?)\/providers\/microsoft\.alertsmanagement\/(operations|alerts|alertssummary|alertsmetadata)((?:\/[^/]+)*)\/?$/i;
const SCOPE = /^\/subscriptions\/[^/]+(?:\/.+)?$/i;

/** The text behind percent signs; undefined when they are no UTF-8. */
function decodeSegment(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Reads a path; undefined when it is none of these operations in a published form. */
export function readAlertsRoute(method: string, pathname: string): AlertsRoute | undefined {
  const match = ROUTE.exec(pathname);
  if (!match) return undefined;
  const [, rawScope = "", type = "", rest = ""] = match;
  const [, alertId, ...tail] = rest.split("/");
  const key = [type.toLowerCase(), ...(alertId === undefined ? [] : ["{}"]), ...tail.map((part) => part.toLowerCase())];
  const form = Object.hasOwn(FORMS, key.join("/")) ? FORMS[key.join("/")] : undefined;
  const scope = decodeSegment(rawScope);
  const id = decodeSegment(alertId ?? "");
  if (scope === undefined || id === undefined) return undefined;
  const wanted = scope === "" ? "tenant" : "scope";
  if (form === undefined || form.method !== method) return undefined;
  if (form.forms !== "both" && form.forms !== wanted) return undefined;
  if (wanted === "scope" && !SCOPE.test(scope)) return undefined;
  return { operation: form.operation, scope, alertId: id };
}

/** The RBAC action that an operation needs; null = none. */
export function actionOf(operation: AlertsOperation): string | null {
  return Object.values(FORMS).find((form) => form.operation === operation)!.action;
}
