import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";

/** One request as it arrived: raw body, headers in lower case. */
export interface ReceivedRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: Buffer;
}

/** How the receiver answers: a status with headers and body, or one of the faults. */
export type FakeAnswer =
  | { status: number; headers?: Record<string, string>; body?: string | Buffer }
  | "silent" // takes the request and never answers
  | "cut" // closes the connection instead of answering
  | "trickle"; // sends a 200 head and then a byte now and then, for ever

export interface FakeReceiver extends AsyncDisposable {
  /** `http://127.0.0.1:port` or `https://localhost:port`. */
  origin: string;
  /** As `egress.allow` wants it. */
  hostPort: string;
  requests: ReceivedRequest[];
  /** Connections accepted so far. */
  connections(): number;
  /** Sets the answer of all later requests; a function decides for each. Default: 204. */
  answer(next: FakeAnswer | ((request: ReceivedRequest) => FakeAnswer)): void;
  /** Resolves when so many requests have arrived in all. */
  received(count: number): Promise<void>;
  close(): Promise<void>;
}

/** A small HTTP server on loopback with fault switches; with `tls` it speaks TLS under the name localhost. */
export async function startFakeReceiver(options: { tls?: { key: string; cert: string } } = {}): Promise<FakeReceiver> {
  const requests: ReceivedRequest[] = [];
  const waiting = new Set<{ count: number; resolve: () => void }>();
  let decide: (request: ReceivedRequest) => FakeAnswer = () => ({ status: 204 });
  let connections = 0;

  const onRequest = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
    const request = {
      method: incoming.method ?? "",
      path: incoming.url ?? "",
      headers,
      body: Buffer.concat(chunks),
    };
    requests.push(request);
    for (const waiter of waiting) if (requests.length >= waiter.count) waiter.resolve();
    giveAnswer(outgoing, decide(request));
  };
  const listener = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    onRequest(incoming, outgoing).catch(() => outgoing.destroy());
  };
  const server: Server = options.tls ? createTlsServer(options.tls, listener) : createServer(listener);
  server.on("connection", () => {
    connections += 1;
  });
  server.listen(0, options.tls ? "localhost" : "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const host = options.tls ? "localhost" : "127.0.0.1";

  const close = async () => {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return {
    origin: `${options.tls ? "https" : "http"}://${host}:${port}`,
    hostPort: `${host}:${port}`,
    requests,
    connections: () => connections,
    answer: (next) => {
      decide = typeof next === "function" ? next : () => next;
    },
    received: (count) =>
      new Promise((resolve) => {
        if (requests.length >= count) resolve();
        else waiting.add({ count, resolve });
      }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function giveAnswer(outgoing: ServerResponse, answer: FakeAnswer): void {
  if (answer === "silent") return;
  if (answer === "cut") {
    outgoing.destroy();
    return;
  }
  if (answer === "trickle") {
    outgoing.writeHead(200);
    outgoing.write(".");
    const more = setInterval(() => outgoing.write("."), 50);
    outgoing.on("close", () => clearInterval(more));
    return;
  }
  outgoing.writeHead(answer.status, answer.headers);
  outgoing.end(answer.body);
}
