import type { z } from "zod";
import { armError } from "../arm-errors.ts";
import type { SandboxPart, SandboxRequest, SandboxResponse } from "../world.ts";
import { alertAnswer, WHOLE_ALERT } from "./alert-answer.ts";
import { guidOf } from "./alert-ids.ts";
import type { AlertRecord } from "./alert-record.ts";
import { alertRequestSchema, resolveRequestSchema, stateRequestSchema } from "./alert-request.ts";
import type { AlertsWorld } from "./alerts-world.ts";

/** Alerts that one list answer holds. */
const LIST_MAX = 500;
const ALERTS = "/sandbox/alerts";

/**
 * The control API of the alerts. Comes in: JSON without a credential (the server's guard, threats F6, lets in only this
 * machine). Goes out: AlertsManagement's own answers, so that a test sees what Azure would show.
 */
export function createAlertControl(alerts: AlertsWorld): SandboxPart {
  return {
    async handle({ method, url, body }: SandboxRequest) {
      if (url.pathname === ALERTS) return answerForAll(alerts, method, body);
      if (!url.pathname.startsWith(`${ALERTS}/`)) return undefined;
      const { id, action } = readPath(url.pathname.slice(ALERTS.length + 1));
      const alert = alerts.find(guidOf(id) ?? "");
      if (alert === undefined) return armError(404, "AlertNotFound", `Azure has no alert with the id '${id}'.`);
      return answerForOne(alerts, alert, `${method} ${action}`, body);
    },
  };
}

/** The id comes URL-encoded or as it is (with its slashes), full or as the bare GUID; the action is what follows. */
function readPath(rest: string): { id: string; action: string } {
  const match = /^(.*?)(?:\/(resolve|state))?\/?$/.exec(rest);
  const [, encoded = "", action = ""] = match ?? [];
  try {
    return { id: decodeURIComponent(encoded), action };
  } catch {
    return { id: encoded, action };
  }
}

function answerForAll(alerts: AlertsWorld, method: string, body: Buffer): SandboxResponse {
  switch (method) {
    case "GET":
      return { status: 200, body: { value: alerts.all().slice(0, LIST_MAX).map(shown) } };
    case "POST":
      return withBody(body, alertRequestSchema, (request) => ({
        status: 201,
        body: { alertId: alerts.alertIdOf(alerts.fire(request)) },
      }));
    default:
      return notAllowed("GET, POST");
  }
}

function answerForOne(alerts: AlertsWorld, alert: AlertRecord, call: string, body: Buffer): SandboxResponse {
  switch (call) {
    case "GET ":
      return { status: 200, body: shown(alert) };
    case "DELETE ":
      alerts.forget(alert);
      return { status: 204 };
    case "POST resolve":
      return withBody(body, resolveRequestSchema, ({ push, resolvedAt }) => {
        alerts.resolve(alert, { push, ...(resolvedAt === undefined ? {} : { resolvedAt }) });
        return { status: 200, body: shown(alert) };
      });
    case "POST state":
      return withBody(body, stateRequestSchema, ({ state, comment }) => {
        alerts.setState(alert, state, comment);
        return { status: 200, body: shown(alert) };
      });
    default:
      return notAllowed(call.endsWith(" ") ? "GET, DELETE" : "POST");
  }
}

const shown = (alert: AlertRecord) => alertAnswer(alert, { id: "subscription", ...WHOLE_ALERT });

const notAllowed = (allow: string): SandboxResponse => ({
  ...armError(405, "MethodNotAllowed", `This address takes ${allow}.`),
  headers: { allow },
});

/** Parses a JSON body (empty = no members); a 400 names every problem with its place. */
function withBody<T extends z.ZodType>(
  body: Buffer,
  schema: T,
  run: (input: z.output<T>) => SandboxResponse,
): SandboxResponse {
  let json: unknown = {};
  try {
    if (body.length > 0) json = JSON.parse(body.toString("utf8"));
  } catch {
    return armError(400, "BadRequest", "The body is not valid JSON.");
  }
  const parsed = schema.safeParse(json);
  return parsed.success ? run(parsed.data) : armError(400, "BadRequest", issuesOf(parsed.error));
}

/** Every problem with its place, in one line. */
const issuesOf = (error: z.ZodError) =>
  error.issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join(".")}: ${message}`)).join("; ");
