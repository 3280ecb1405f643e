import { z } from "zod";
import { ALERT_STATES, type AlertState } from "../../alert/alert.ts";
import type { Flow } from "../../flow.ts";
import type { AlertView } from "../alert-view.ts";
import type { Caller } from "../auth/rights.ts";
import { acknowledgeBody, actionBody, alertDetail, alertPage, commentBody, timelineEntry } from "../contract.ts";
import type { Cursors } from "../cursor.ts";
import { type ApiRoute, defineRoute, idParams } from "../route.ts";

/** Alerts: list, one, and what people answer. */
const LIMIT_MAX = 200;
const LIMIT_DEFAULT = 50;
const CURSOR_CHARS_MAX = 500;

const states = z
  .string()
  .transform((text) => text.split(","))
  .pipe(z.array(z.enum(ALERT_STATES)).min(1).max(ALERT_STATES.length));
const listQuery = z.strictObject({
  state: states.optional(),
  limit: z.coerce.number().int().min(1).max(LIMIT_MAX).optional(),
  cursor: z.string().max(CURSOR_CHARS_MAX).optional(),
});

const ACTIONS = ["unacknowledge", "take", "close", "reopen"] as const;

export function alertRoutes(options: {
  view: AlertView;
  flow: Pick<Flow, "reply" | "comment">;
  cursors: Cursors;
}): ApiRoute[] {
  const { view, flow, cursors } = options;
  const replierOf = (caller: Caller) => ({ person: caller.person, teamIds: caller.teamIds });

  const list = defineRoute({
    method: "GET",
    path: "/api/v1/alerts",
    right: "alerts.read",
    summary: "Alerts, newest first",
    query: listQuery,
    answer: { status: 200, schema: alertPage },
    handle: async ({ caller, query }) => {
      const wanted: readonly AlertState[] = [...new Set(query.state ?? ALERT_STATES)].sort();
      const binding = `alerts ${wanted.join(",")} ${caller.person.id} ${[...caller.teamIds].sort().join(",")}`;
      const beforeId = query.cursor === undefined ? null : cursors.read(query.cursor, binding);
      const limit = query.limit ?? LIMIT_DEFAULT;
      const rows = await view.page({ teamIds: caller.teamIds, states: wanted, beforeId, limit: limit + 1 });
      const shown = rows.slice(0, limit);
      const last = rows.length > limit ? shown.at(-1) : undefined;
      return { alerts: await view.items(shown), ...(last ? { next: cursors.write(last.id, binding) } : {}) };
    },
  });

  const one = defineRoute({
    method: "GET",
    path: "/api/v1/alerts/:id",
    right: "alerts.read",
    summary: "One alert with its timeline and notifications",
    params: idParams,
    answer: { status: 200, schema: alertDetail },
    handle: ({ caller, params }) => view.detail(caller.teamIds, params.id),
  });

  const acknowledge = defineRoute({
    method: "POST",
    path: "/api/v1/alerts/:id/acknowledge",
    right: "alerts.respond",
    summary: "Acknowledge: it is yours, nobody else is called",
    params: idParams,
    body: acknowledgeBody,
    answer: { status: 200, schema: alertDetail },
    handle: async ({ caller, params, body }) => {
      const what = { kind: "acknowledge" as const, comment: body.comment ?? null, takeOver: body.takeOver ?? false };
      await flow.reply(replierOf(caller), params.id, what);
      return view.detail(caller.teamIds, params.id);
    },
  });

  const actions = ACTIONS.map((kind) =>
    defineRoute({
      method: "POST",
      path: `/api/v1/alerts/:id/${kind}`,
      right: "alerts.respond",
      summary: `${kind[0]!.toUpperCase()}${kind.slice(1)} the alert`,
      params: idParams,
      body: actionBody,
      answer: { status: 200, schema: alertDetail },
      handle: async ({ caller, params, body }) => {
        await flow.reply(replierOf(caller), params.id, { kind, comment: body.comment ?? null, takeOver: false });
        return view.detail(caller.teamIds, params.id);
      },
    }),
  );

  const comments = defineRoute({
    method: "POST",
    path: "/api/v1/alerts/:id/comments",
    right: "alerts.respond",
    summary: "Comment; Azure's state stays as it is",
    params: idParams,
    body: commentBody,
    answer: { status: 201, schema: timelineEntry },
    handle: async ({ caller, params, body }) => {
      const { id, at } = await flow.comment(replierOf(caller), params.id, body.text);
      return {
        id,
        at: new Date(at).toISOString(),
        kind: "comment",
        group: "people",
        actor: caller.person,
        text: body.text,
        data: {},
      };
    },
  });
  return [list, one, acknowledge, ...actions, comments];
}
