import { spawn } from "node:child_process";
import { existsSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Builds the portal when it is missing or older than its sources. Throws when it cannot be built. */
export async function buildPortalIfNeeded(ending: AbortSignal, say: (text: string) => void): Promise<void> {
  const built = join(ROOT, "dist/portal");
  const page = join(built, "index.html");
  const sources = join(ROOT, "src/portal");
  const newest = Math.max(
    ...readdirSync(sources, { recursive: true, encoding: "utf8" }).map(
      (entry) => statSync(join(sources, entry)).mtimeMs,
    ),
  );
  if (existsSync(page) && statSync(page).mtimeMs > newest) return;
  say("Building the portal …");
  // Built beside its place, so that neither a build that ends half-way nor a second start finds half a portal.
  const fresh = join(ROOT, `dist/portal-${process.pid}`);
  try {
    await buildPortal(sources, fresh, ending);
    rmSync(built, { recursive: true, force: true });
    renameSync(fresh, built);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

async function buildPortal(sources: string, target: string, ending: AbortSignal): Promise<void> {
  const vite = join(ROOT, "node_modules/vite/bin/vite.js");
  const options = ["--config", join(sources, "vite.config.ts"), "--outDir", target, "--logLevel", "warn"];
  const child = spawn(process.execPath, [vite, "build", ...options], {
    cwd: ROOT,
    stdio: ["ignore", 2, 2],
    signal: ending,
  });
  const code = await new Promise<number | null>((done, fail) => child.once("error", fail).once("exit", done));
  if (code !== 0) throw new Error("the portal could not be built; the lines above say why");
}
