import type { SandboxResponse, World } from "./world.ts";

/** Paths that plain HTTP serves: what a person's browser opens, the control API, and the platform's identity endpoint. */
const PLAIN_PATH =
  /^\/(?:$|favicon\.ico$|sandbox(?:\/|$)|msi\/token$|[^/]+\/oauth2\/(?:v2\.0\/)?(?:authorize|logout)$)/;

/**
 * Threats F6: answers only to our own names on our own ports (DNS rebinding), to no page of another origin, and by plain
 * HTTP only what a browser opens. Undefined when the request may pass.
 */
export function refuseForeign(
  world: World,
  request: { host: string | undefined; origin: string | undefined; pathname: string; secure: boolean },
): SandboxResponse | undefined {
  const own = ownOrigins(world);
  const isOwnHost = own.some((origin) => new URL(origin).host === request.host?.toLowerCase());
  if (!isOwnHost)
    return refusal(403, "ForeignHost", "The sandbox answers only as localhost or 127.0.0.1 on its own ports.");
  if (request.origin !== undefined && !own.includes(request.origin.toLowerCase())) {
    return refusal(403, "ForeignOrigin", "The sandbox answers no page of another origin.");
  }
  if (!request.secure && !PLAIN_PATH.test(request.pathname)) {
    return refusal(404, "TlsOnly", `This address is served by TLS only: ${world.origins.secure}${request.pathname}`);
  }
  return undefined;
}

/** The origins that are ours: both listeners under both names. */
export function ownOrigins(world: World): string[] {
  return [world.origins.secure, world.origins.plain].flatMap((origin) => {
    const { protocol, port } = new URL(origin);
    return ["localhost", "127.0.0.1"].map((name) => new URL(`${protocol}//${name}:${port}`).origin);
  });
}

const refusal = (status: number, code: string, message: string): SandboxResponse => ({
  status,
  body: { error: { code, message } },
});
