import type { ApiTokens } from "../auth/api-tokens.ts";
import { newToken, tokenBody, tokenList } from "../contract.ts";
import { type ApiRoute, defineRoute, idParams } from "../route.ts";

/** Own API tokens (threats J11): shown once, they act as the person who made them. */
export function tokenRoutes(apiTokens: ApiTokens): ApiRoute[] {
  return [
    defineRoute({
      method: "GET",
      path: "/api/v1/tokens",
      right: "tokens.own",
      summary: "My API tokens",
      answer: { status: 200, schema: tokenList },
      handle: async ({ caller }) => ({ tokens: await apiTokens.list(caller) }),
    }),
    defineRoute({
      method: "POST",
      path: "/api/v1/tokens",
      right: "tokens.own",
      summary: "Make an API token; its value is shown this once",
      body: tokenBody,
      answer: { status: 201, schema: newToken },
      handle: ({ caller, body }) => apiTokens.create(caller, body),
    }),
    defineRoute({
      method: "DELETE",
      path: "/api/v1/tokens/:id",
      right: "tokens.own",
      summary: "Revoke an API token at once",
      params: idParams,
      answer: { status: 204, schema: null },
      handle: ({ caller, params }) => apiTokens.revoke(caller, params.id),
    }),
  ];
}
