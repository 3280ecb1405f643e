import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { armError } from "./arm-errors.ts";
import type { ServerCertificate } from "./certificate.ts";
import { type Outcome, performOperation } from "./faults.ts";
import { refuseForeign } from "./guard.ts";
import { logRequest } from "./request-log.ts";
import type { SandboxPart, SandboxRequest, SandboxResponse, World } from "./world.ts";

const LOOPBACK = "127.0.0.1";
const BODY_BYTES_MAX = 4 * 1024 * 1024;
/** How many ports above a taken one are tried before giving up. */
const PORT_TRIES_MAX = 50;

export interface ServerOptions {
  certificate: ServerCertificate;
  /** Wished ports; 0 = a free one, a taken one = the next free one. */
  port: number;
  plainPort: number;
  /** Told of programmer errors in a part; the request is answered with 500. */
  reportError(error: unknown): void;
}

export interface SandboxServers {
  close(): Promise<void>;
}

/**
 * Starts both listeners on 127.0.0.1 and writes their origins into the world. `parts` is called once per request, so it
 * may be filled after the start. Requests are read whole, guarded (threats F6), put to the parts in order, logged.
 */
export async function startServers(
  world: World,
  parts: () => SandboxPart[],
  options: ServerOptions,
): Promise<SandboxServers> {
  const listener = (isSecure: boolean) => requestListener(world, parts, isSecure, options.reportError);
  const { key, certificate } = options.certificate;
  const secure = createSecureServer({ key, cert: certificate, keepAliveTimeout: 65_000 }, listener(true));
  const plain = createServer({ keepAliveTimeout: 65_000 }, listener(false));
  world.origins.secure = `https://localhost:${await listen(secure, options.port)}`;
  world.origins.plain = `http://${LOOPBACK}:${await listen(plain, options.plainPort)}`;
  return {
    async close() {
      await Promise.all([stop(secure), stop(plain)]);
    },
  };
}

async function listen(server: Server, wishedPort: number): Promise<number> {
  for (let port = wishedPort; ; port += 1) {
    try {
      return await listenOnce(server, port);
    } catch (error) {
      const isTaken = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
      if (!isTaken || port >= wishedPort + PORT_TRIES_MAX) throw error;
    }
  }
}

function listenOnce(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, LOOPBACK, () => {
      server.removeListener("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function requestListener(
  world: World,
  parts: () => SandboxPart[],
  isSecure: boolean,
  reportError: (error: unknown) => void,
): RequestListener {
  return (incoming, outgoing) => {
    incoming.on("error", () => outgoing.destroy());
    answer(world, parts(), incoming, outgoing, isSecure).catch((error: unknown) => {
      reportError(error);
      send(outgoing, armError(500, "InternalServerError", "The sandbox failed; its log says why."));
    });
  };
}

async function answer(
  world: World,
  parts: SandboxPart[],
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  isSecure: boolean,
): Promise<void> {
  const request = toRequest(world, incoming, isSecure);
  if (request === undefined) return send(outgoing, armError(400, "BadRequest", "The request target is malformed."));
  const { host, origin } = request.headers;
  const refused = refuseForeign(world, { host, origin, pathname: request.url.pathname, secure: isSecure });
  if (refused !== undefined) return send(outgoing, refused);
  const body = await readBody(incoming);
  if (body === undefined) return send(outgoing, tooLarge(), true);
  request.body = body;
  const { response = notFound(request), answerLost } = await dispatch(world, parts, request);
  logRequest(world, request, response.status);
  if (answerLost) outgoing.destroy();
  else send(outgoing, response);
}

/** The first part that knows the request answers it, under the fault that is switched on for its operation. */
async function dispatch(world: World, parts: SandboxPart[], request: SandboxRequest): Promise<Outcome> {
  for (const part of parts) {
    const operation = part.operationOf?.(request);
    if (operation !== undefined) return performOperation(world, part, operation, request);
    const response = await part.handle(request);
    if (response !== undefined) return { response, answerLost: false };
  }
  return { response: undefined, answerLost: false };
}

/** The request without its body; undefined when its target is no path. */
function toRequest(world: World, incoming: IncomingMessage, isSecure: boolean): SandboxRequest | undefined {
  const target = incoming.url ?? "";
  const base = isSecure ? world.origins.secure : world.origins.plain;
  if (!target.startsWith("/") || !URL.canParse(base + target)) return undefined;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  const method = incoming.method ?? "GET";
  return { method, url: new URL(base + target), headers, body: Buffer.alloc(0), secure: isSecure };
}

/** The whole body, or undefined when it is longer than allowed; the connection stays open for the answer. */
async function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const tooLarge = (): SandboxResponse =>
  armError(413, "RequestContentTooLarge", `The request content exceeds ${BODY_BYTES_MAX} bytes.`);

const notFound = ({ url }: SandboxRequest): SandboxResponse =>
  armError(404, "NotFound", `Nothing in the sandbox answers ${url.pathname}.`);

/** Azure's request ids go on every answer; objects are sent as JSON. */
function send(outgoing: ServerResponse, response: SandboxResponse, thenClose = false): void {
  if (outgoing.headersSent || outgoing.destroyed) return;
  const { status, headers = {}, body } = response;
  const isRaw = typeof body === "string" || Buffer.isBuffer(body);
  const content = body === undefined ? Buffer.alloc(0) : Buffer.from(isRaw ? (body as string) : JSON.stringify(body));
  const requestId = randomUUID();
  outgoing.writeHead(status, {
    "x-ms-request-id": requestId,
    "x-ms-correlation-request-id": requestId,
    "x-content-type-options": "nosniff",
    "cache-control": "no-cache",
    ...(body === undefined || isRaw ? {} : { "content-type": "application/json; charset=utf-8" }),
    ...headers,
    ...(status === 204 || status === 304 ? {} : { "content-length": content.length }),
    ...(thenClose ? { connection: "close" } : {}),
  });
  outgoing.end(outgoing.req.method === "HEAD" ? undefined : content);
}
