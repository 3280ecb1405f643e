import { z } from "zod";
import { armError, subscriptionNotFound } from "../arm-errors.ts";
import { isWithin } from "../resources.ts";
import type { Principal, SandboxPart, SandboxRequest, SandboxResponse } from "../world.ts";
import { alertAnswer, enrichmentsAnswer, historyAnswer, WHOLE_ALERT } from "./alert-answer.ts";
import { readChoice } from "./alert-filter.ts";
import { guidOf } from "./alert-ids.ts";
import { listAnswer } from "./alert-list.ts";
import type { AlertRecord } from "./alert-record.ts";
import type { AlertStore } from "./alert-store.ts";
import { summaryAnswer } from "./alert-summary.ts";
import { AlertsRequestError } from "./alerts-request-error.ts";
import { type AlertsRoute, actionOf, readAlertsRoute } from "./alerts-route.ts";
import { type ApiVersion, readApiVersion } from "./api-versions.ts";
import type { AlertCore } from "./port.ts";
import { PROVIDER_OPERATIONS } from "./provider-operations.ts";
import { sameId } from "./resource-id.ts";
import { ALERT_STATES, MONITOR_SERVICES } from "./signal.ts";

const COMMENT_CHARS_MAX = 16_384;
/** The schema says `comments`, the official example sends `comment`: both are read. */
const commentSchema = z.object({
  comments: z.string().max(COMMENT_CHARS_MAX).nullish(),
  comment: z.string().max(COMMENT_CHARS_MAX).nullish(),
});

/** One authorised call. */
interface Call {
  request: SandboxRequest;
  route: AlertsRoute;
  version: ApiVersion;
  principal: Principal;
}

/**
 * Microsoft.AlertsManagement: reads and changes alerts as Azure's callers do. Comes in: ARM requests with a bearer
 * token. Goes out: the published models, or ARM's error envelope. Order of refusals: token, version, scope, role, query.
 */
export function createAlertsManagement(core: AlertCore, store: AlertStore): SandboxPart {
  return {
    operationOf(request) {
      const route = routeOf(request);
      return route === undefined ? undefined : `AlertsManagement.${route.operation}`;
    },
    async handle(request) {
      const route = routeOf(request);
      if (route === undefined) return undefined;
      const { principal, response } = await core.authenticate(request, "arm");
      if (principal === undefined) return response;
      const version = readApiVersion(request.url.searchParams);
      if ("refusal" in version) return version.refusal;
      const refusal = scopeRefusal(core, route, principal);
      return refusal ?? answer(core, store, { request, route, version, principal });
    },
  };
}

const routeOf = (request: SandboxRequest) => readAlertsRoute(request.method, request.url.pathname);

/** ARM checks a call at the resource it names; the tenant form counts for the caller's only subscription. */
function scopeRefusal(core: AlertCore, route: AlertsRoute, principal: Principal): SandboxResponse | undefined {
  const subscription = `/subscriptions/${core.world.subscriptionId}`;
  const scope = route.scope === "" ? subscription : route.scope;
  if (!isWithin(scope, subscription)) return subscriptionNotFound(scope.split("/")[2] ?? "");
  const action = actionOf(route.operation);
  const named = route.alertId === "" ? scope : `${scope}/providers/Microsoft.AlertsManagement/alerts/${route.alertId}`;
  return action === null ? undefined : core.authorize(principal, action, named);
}

function answer(core: AlertCore, store: AlertStore, call: Call): SandboxResponse {
  try {
    return call.route.alertId === "" ? answerForMany(core, store, call) : answerForOne(store, call);
  } catch (error) {
    if (error instanceof AlertsRequestError) return armError(400, "BadRequest", error.message);
    throw error;
  }
}

function answerForMany(core: AlertCore, store: AlertStore, { request, route, version }: Call): SandboxResponse {
  const now = core.world.now();
  const query = request.url.searchParams;
  switch (route.operation) {
    case "operations":
      return { status: 200, body: { value: PROVIDER_OPERATIONS } };
    case "metaData":
      return metaDataAnswer(query);
    case "summary":
      return { status: 200, body: summaryAnswer(store.all(), query, route.scope, now) };
    default: {
      const ids = version.subscriptionIds ? "subscription" : "resource";
      return { status: 200, body: listAnswer(store.all(), request.url, route.scope, ids, now) };
    }
  }
}

function metaDataAnswer(query: URLSearchParams): SandboxResponse {
  const metadataIdentifier = readChoice(query, "identifier", ["MonitorServiceList"]);
  if (metadataIdentifier === undefined) throw new AlertsRequestError("The query parameter 'identifier' is required.");
  return { status: 200, body: { properties: { metadataIdentifier, data: MONITOR_SERVICES } } };
}

function answerForOne(store: AlertStore, call: Call): SandboxResponse {
  const { route } = call;
  const alert = store.get(guidOf(route.alertId) ?? "");
  if (alert === undefined || alert.kind === "cost-budget" || !isWithin(alert.resourceId, route.scope)) {
    return armError(404, "AlertNotFound", `The alert with id '${route.alertId}' was not found.`);
  }
  // The id is given back in the form in which it was asked for: on the subscription or below the resource.
  const isOnSubscription = sameId(route.scope, `/subscriptions/${alert.subscriptionId}`);
  const id = isOnSubscription || call.version.subscriptionIds ? "subscription" : "resource";
  switch (route.operation) {
    case "history":
      return { status: 200, body: historyAnswer(alert, id) };
    case "enrichments":
      return { status: 200, body: enrichmentsAnswer(alert, id) };
    case "changestate":
      changeState(store, alert, call);
      break;
  }
  return { status: 200, body: alertAnswer(alert, { id, ...WHOLE_ALERT }) };
}

function changeState(store: AlertStore, alert: AlertRecord, { request, version, principal }: Call): void {
  const state = readChoice(request.url.searchParams, "newState", ALERT_STATES);
  if (state === undefined) throw new AlertsRequestError("The query parameter 'newState' is required.");
  const comments = version.takesComments ? readComments(request.body) : "";
  store.changeState(alert, state, principal.displayName, comments);
}

function readComments(body: Buffer): string {
  if (body.length === 0) return "";
  let json: unknown;
  try {
    json = JSON.parse(body.toString("utf8"));
  } catch {
    throw new AlertsRequestError("The request body is not valid JSON.");
  }
  if (json === null) return "";
  const parsed = commentSchema.safeParse(json);
  if (!parsed.success) throw new AlertsRequestError(`The request body is invalid: ${z.prettifyError(parsed.error)}`);
  return parsed.data.comments ?? parsed.data.comment ?? "";
}
