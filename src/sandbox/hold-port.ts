import { createServer, type Server } from "node:net";

const PORTS_TRIED = 100;

export interface HeldPort {
  port: number;
  release(): Promise<void>;
}

/**
 * The wished port of 127.0.0.1 or the next free one, held against other programs until the caller has a server for it.
 * Throws when none of the next `PORTS_TRIED` is free.
 */
export async function holdPort(wished: number): Promise<HeldPort> {
  for (let port = wished; port < wished + PORTS_TRIED && port <= 65_535; port += 1) {
    const held = await tryPort(port);
    if (held) return { port, release: () => new Promise((done) => held.close(() => done())) };
  }
  throw new Error(`no port from ${wished} to ${wished + PORTS_TRIED - 1} is free: choose one with --port`);
}

const tryPort = (port: number) =>
  new Promise<Server | null>((done) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", () => done(null));
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => done(server));
  });

export async function isFree(port: number): Promise<boolean> {
  const held = await tryPort(port);
  held?.close();
  return held !== null;
}
