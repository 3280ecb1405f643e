import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";
import { ProblemError } from "../../platform/errors.ts";

/**
 * The portal's files, built into dist/portal. Every page of the portal is the same document; hashed assets may be kept for
 * ever, the document and the service worker are asked for anew.
 */
const YEAR_SECONDS = 31_536_000;
/** Pages that a person may open directly. */
const PAGES = ["/", "/alerts", "/alerts/:id", "/health", "/me", "/sign-in", "/not-allowed"];

export async function registerPortal(app: FastifyInstance, folder: string): Promise<void> {
  const page = join(folder, "index.html");
  if (!existsSync(page)) throw new Error(`the portal is not built (${folder} has no index.html): run npm run build`);
  const document = readFileSync(page);
  for (const url of PAGES) {
    app.get(url, { config: { right: "public" } }, async (_request, reply) =>
      reply.type("text/html; charset=utf-8").header("cache-control", "no-cache").send(document),
    );
  }
  await app.register(fastifyStatic, { root: folder, serve: false, cacheControl: false });
  for (const file of filesOf(folder)) {
    const caching = file.startsWith("assets/") ? `public, max-age=${YEAR_SECONDS}, immutable` : "no-cache";
    app.get(`/${file}`, { config: { right: "public" } }, async (_request, reply) =>
      reply.header("cache-control", caching).sendFile(file),
    );
  }
}

/** A route a file: what is not there at the start is not served, and no path of a request reaches the file system. */
function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== "index.html")
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"));
}

/** What no route answers. */
export function registerNotFound(app: FastifyInstance): void {
  app.setNotFoundHandler((request) => {
    throw new ProblemError("not-found", `Nothing here for ${request.method}.`);
  });
}
