import type { SandboxRequest, World } from "./world.ts";

const ENTRIES_MAX = 10_000;
/** Trimmed in blocks, so that a full log does not move on every request. */
const TRIM_ENTRIES = 500;
/** Azure's own calls carry no secret in the query but these; the rest (filters, versions, states) is what tests look at. */
const SECRET_PARAMETER = /key|sig|token|secret|code|password|assertion/i;
const AZURE_PATH = /^\/(?:subscriptions|providers|tenants|metadata|v1\/workspaces)(?:\/|$)/i;

/** Notes one answered request (`GET /sandbox/requests`). The sandbox's own pages and control API are not noted. */
export function logRequest(world: World, request: SandboxRequest, status: number): void {
  const { pathname } = request.url;
  if (pathname === "/" || pathname === "/favicon.ico" || /^\/sandbox(?:\/|$)/.test(pathname)) return;
  world.requests.push({
    at: new Date(world.now()).toISOString(),
    method: request.method,
    path: loggedPath(request.url),
    principal: request.caller ?? null,
    status,
  });
  if (world.requests.length > ENTRIES_MAX) world.requests.splice(0, TRIM_ENTRIES);
}

/** Path and query of Azure's operations with secrets blanked; of all else the path alone. */
export function loggedPath(url: URL): string {
  if (!AZURE_PATH.test(url.pathname) || url.search === "") return url.pathname;
  const parameters = new URLSearchParams(
    [...url.searchParams].map(([name, value]) => [name, SECRET_PARAMETER.test(name) ? "[secret]" : value]),
  );
  return `${url.pathname}?${parameters}`;
}
