import { z } from "zod";
import { PROBLEMS } from "../platform/errors.ts";
import { alertItem, intakeAnswer } from "./contract.ts";
import type { ApiRoute } from "./route.ts";

/** `/openapi.json`: OpenAPI 3.1, made from the same route descriptions that are served. */
const PROBLEM_REFERENCE = { $ref: "#/components/schemas/Problem" };

const problemSchema = {
  type: "object",
  description: "RFC 9457 problem details",
  required: ["type", "title", "status", "detail", "code", "advice"],
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" },
    code: { enum: Object.keys(PROBLEMS) },
    advice: { type: "string" },
    instance: { type: "string" },
    issues: { type: "array", items: { type: "object" } },
  },
};

const toSchema = (schema: z.ZodType, io: "input" | "output" = "output") => {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return json;
};

export function createOpenApi(routes: readonly ApiRoute[], version: string, publicUrl: string): object {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  paths["/api/v1/intake/azure-monitor"] = { post: INTAKE };
  paths["/api/v1/events"] = { get: EVENTS };
  return {
    openapi: "3.1.0",
    info: { title: "Watchbell", version, license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
    servers: [{ url: publicUrl }],
    security: [{ bearer: [] }, { session: [] }],
    paths,
    components: {
      schemas: { Problem: problemSchema },
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "API token (wb_…) or an Entra access token" },
        session: { type: "apiKey", in: "cookie", name: "__Host-watchbell" },
        sourceKey: { type: "apiKey", in: "header", name: "X-Watchbell-Key" },
      },
    },
  };
}

function operationOf(route: ApiRoute): object {
  const { status, schema } = route.answer;
  return {
    summary: route.summary,
    "x-right": route.right,
    parameters: [...parametersOf(route.params, "path"), ...parametersOf(route.query, "query")],
    ...(route.body
      ? { requestBody: { content: { "application/json": { schema: toSchema(route.body, "input") } } } }
      : {}),
    responses: {
      [status]: {
        description: "Done",
        ...(schema ? { content: { "application/json": { schema: toSchema(schema) } } } : {}),
      },
      default: { description: "A problem", content: { "application/problem+json": { schema: PROBLEM_REFERENCE } } },
    },
  };
}

function parametersOf(schema: z.ZodType | undefined, place: "path" | "query"): object[] {
  if (!schema) return [];
  const json = toSchema(schema, "input") as { properties?: Record<string, unknown>; required?: string[] };
  return Object.entries(json.properties ?? {}).map(([name, member]) => ({
    name,
    in: place,
    required: json.required?.includes(name) ?? false,
    schema: member,
  }));
}

const INTAKE = {
  summary: "Take a push of Azure Monitor (common alert schema and others); answered after the commit",
  security: [{ bearer: [] }, { sourceKey: [] }],
  requestBody: { content: { "application/json": { schema: { type: "object" } } } },
  responses: {
    202: { description: "Stored", content: { "application/json": { schema: toSchema(intakeAnswer) } } },
    default: { description: "A problem", content: { "application/problem+json": { schema: PROBLEM_REFERENCE } } },
  },
};

const EVENTS = {
  summary: "Changes of alerts as server-sent events; Last-Event-ID is honoured",
  responses: {
    200: {
      description: "event: alert, data: a list item",
      content: { "text/event-stream": { schema: toSchema(alertItem) } },
    },
  },
};
