import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { stopServerIn } from "../platform/database/embedded.ts";
import { fireDemoAlerts } from "./alerts/demo.ts";
import { type AlertParts, composeAlerts } from "./alerts/parts.ts";
import { deployInto } from "./deploy.ts";
import { createSandbox, type Sandbox } from "./sandbox.ts";

/**
 * `watchbell start`: the simulated Azure in this process, the infra program deployed into it, and the real worker as a
 * process of its own. Everything lives in the data folder; a second start goes on with it. Ends with Ctrl-C, within two
 * seconds, and leaves nothing running. A worker that is killed stays dead: that is how its recovery is tried.
 */
export interface StartOptions {
  fresh?: boolean | undefined;
  json?: boolean | undefined;
  quiet?: boolean | undefined;
  webhook?: string | undefined;
  port?: string | undefined;
}

/** What `--json` prints, once ready. */
interface StartReport {
  portal: string;
  sandbox: string;
  arm: string;
  intakeUrl: string;
  intakeKey: string;
  apiToken: string;
  caFile: string;
  tenantId: string;
  subscriptionId: string;
  workspaceId: string;
  webhookSecret: string;
  dataFolder: string;
  pid: number;
}

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const DATA_FOLDER = ".watchbell";
const PORTAL_PORT = 8_080;
const SANDBOX_PORT = 8_443;
const SANDBOX_PLAIN_PORT = 8_090;
const PORTS_TRIED = 100;
const POLL_SECONDS = 5;
const READY_MS_MAX = 60_000;
/** The worker gets this long to end in order. */
const WORKER_STOP_MS = 1_200;
/** Demo people of the sandbox: the first is on duty. */
const PEOPLE: [name: string, role: string][] = [
  ["Ana Ribeiro", "Responder"],
  ["Ben Okafor", "Responder"],
  ["Cem Yıldız", "Manager"],
  ["Dana Weiss", "Admin"],
  ["Elif Arslan", "Viewer"],
];

const say = (text: string) => process.stderr.write(`${text}\n`);

export async function runStart(options: StartOptions): Promise<number> {
  const webhook = readWebhook(options.webhook);
  const folder = resolve(process.cwd(), DATA_FOLDER);
  await claimFolder(folder, options.fresh ?? false);
  const port = await choosePort(readPort(options.port));
  const publicUrl = `http://127.0.0.1:${port}`;
  let alerts: AlertParts | undefined;
  const [sandbox] = await Promise.all([
    createSandbox({
      folder,
      now: Date.now,
      port: SANDBOX_PORT,
      plainPort: SANDBOX_PLAIN_PORT,
      parts: (core) => {
        alerts = composeAlerts(core);
        return alerts.parts;
      },
      reportError: (error) =>
        say(`sandbox: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
    }),
    buildPortalIfNeeded(),
  ]);
  const started: Started = { folder, sandbox, alerts: alerts!, worker: null };
  try {
    const report = await startEverything(started, { port, publicUrl, webhook });
    if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
    else sayReady(report, sandbox);
    if (!options.quiet) fireDemoAlerts(started.alerts.alerts, sandbox.world.subscriptionId);
    await waitForSignal();
    return 0;
  } finally {
    await endEverything(started);
  }
}

interface Started {
  folder: string;
  sandbox: Sandbox;
  alerts: AlertParts;
  worker: ChildProcess | null;
}

async function startEverything(
  started: Started,
  { port, publicUrl, webhook }: { port: number; publicUrl: string; webhook: URL | null },
): Promise<StartReport> {
  const { folder, sandbox } = started;
  const secrets = readSecrets(folder);
  const apiToken = `wb_${randomBytes(32).toString("base64url")}`;
  const outputs = await deployInto(sandbox.world, { publicUrl });
  const local = localEnvironment({ sandbox, folder, port, publicUrl, webhook, secrets, apiToken });
  started.worker = startWorker({ ...outputs.workerEnvironment, ...local });
  await waitReady(started.worker, publicUrl);
  return {
    portal: publicUrl,
    sandbox: sandbox.origins.secure,
    arm: sandbox.origins.secure,
    intakeUrl: `${publicUrl}/api/v1/intake/azure-monitor`,
    intakeKey: secrets.intakeKey,
    apiToken,
    caFile: sandbox.caFile,
    tenantId: outputs.tenantId,
    subscriptionId: outputs.subscriptionId,
    workspaceId: outputs.workspaceId,
    webhookSecret: secrets.webhookSecret,
    dataFolder: folder,
    pid: started.worker.pid!,
  };
}

function readWebhook(text: string | undefined): URL | null {
  if (text === undefined) return null;
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new Error(`--webhook: “${text}” is not an http or https address`);
  return new URL(text);
}

function readPort(text: string | undefined): number {
  if (text === undefined) return PORTAL_PORT;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`--port: “${text}” is not a port`);
  return port;
}

/** One start a folder; a database server that a killed start left running is stopped before anything is touched. */
async function claimFolder(folder: string, fresh: boolean): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const lock = join(folder, "start.pid");
  const holder = existsSync(lock) ? Number(readFileSync(lock, "utf8")) : Number.NaN;
  if (Number.isInteger(holder) && holder !== process.pid && isOurs(holder)) {
    throw new Error(`${folder} is in use by the process ${holder}. End it first (Ctrl-C), or start in another folder.`);
  }
  if (await stopServerIn(folder)) say("A database server of an earlier start was still running; it is stopped.");
  if (fresh) for (const entry of readdirSync(folder)) rmSync(join(folder, entry), { recursive: true, force: true });
  writeFileSync(lock, String(process.pid), { mode: 0o600 });
}

function isOurs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== "linux" || readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("main.ts");
  } catch {
    return false;
  }
}

/** The wished port, or the next free one, said plainly. */
async function choosePort(wished: number): Promise<number> {
  for (let port = wished; port < wished + PORTS_TRIED && port <= 65_535; port += 1) {
    if (!(await isFree(port))) continue;
    if (port !== wished) say(`Port ${wished} is taken; the portal uses ${port}.`);
    return port;
  }
  throw new Error(`no port from ${wished} to ${wished + PORTS_TRIED - 1} is free: choose one with --port`);
}

const isFree = (port: number) =>
  new Promise<boolean>((done) => {
    const probe = createServer();
    probe.once("error", () => done(false));
    probe.listen({ host: "127.0.0.1", port, exclusive: true }, () => probe.close(() => done(true)));
  });

/** Builds the portal when it is missing or older than its sources. */
async function buildPortalIfNeeded(): Promise<void> {
  const built = join(ROOT, "dist/portal/index.html");
  const sources = join(ROOT, "src/portal");
  const newest = Math.max(
    ...readdirSync(sources, { recursive: true, encoding: "utf8" }).map(
      (entry) => statSync(join(sources, entry)).mtimeMs,
    ),
  );
  if (existsSync(built) && statSync(built).mtimeMs > newest) return;
  say("Building the portal …");
  const vite = fileURLToPath(new URL("bin/vite.js", new URL("../../node_modules/vite/", import.meta.url)));
  const child = spawn(
    process.execPath,
    [vite, "build", "--config", join(sources, "vite.config.ts"), "--logLevel", "warn"],
    { cwd: ROOT, stdio: ["ignore", 2, 2] },
  );
  const code = await new Promise<number | null>((done, fail) => child.once("error", fail).once("exit", done));
  if (code !== 0) throw new Error("the portal could not be built; the lines above say why");
}

interface StartSecrets {
  intakeKey: string;
  webhookSecret: string;
}

/** Made once, kept in a file that only its owner reads. */
function readSecrets(folder: string): StartSecrets {
  const file = join(folder, "secrets.json");
  if (!existsSync(file)) {
    const secrets: StartSecrets = {
      intakeKey: `wb_${randomBytes(32).toString("base64url")}`,
      webhookSecret: `whsec_${randomBytes(32).toString("base64")}`,
    };
    writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 });
  }
  return JSON.parse(readFileSync(file, "utf8")) as StartSecrets;
}

/** What is different from the deployed container: endpoints, addresses, the first people and keys. */
function localEnvironment(local: {
  sandbox: Sandbox;
  folder: string;
  port: number;
  publicUrl: string;
  webhook: URL | null;
  secrets: StartSecrets;
  apiToken: string;
}): Record<string, string> {
  const { origins, identity, caFile, world } = local.sandbox;
  const people = PEOPLE.flatMap(([name, role]) => {
    const user = world.directory.users.find((candidate) => candidate.displayName === name);
    return user ? [`${user.objectId}|${name}|${role}`] : [];
  });
  return {
    NODE_EXTRA_CA_CERTS: caFile,
    IDENTITY_ENDPOINT: identity.endpoint,
    IDENTITY_HEADER: identity.header,
    WATCHBELL_PUBLIC_URL: local.publicUrl,
    WATCHBELL_LISTEN_HOST: "127.0.0.1",
    WATCHBELL_LISTEN_PORT: String(local.port),
    WATCHBELL_LISTEN_TRUST_PROXY: "0",
    WATCHBELL_DATA_FOLDER: local.folder,
    WATCHBELL_ENTRA_AUTHORITY_HOST: origins.secure,
    WATCHBELL_ENTRA_BROWSER_AUTHORITY: origins.plain,
    WATCHBELL_AZURE_RESOURCE_MANAGER: origins.secure,
    WATCHBELL_AZURE_LOGS_ENDPOINT: origins.secure,
    WATCHBELL_AZURE_PORTAL_URL: origins.plain,
    WATCHBELL_AZURE_MONITOR_POLL_SECONDS: String(POLL_SECONDS),
    WATCHBELL_LOG_LEVEL: "warn",
    WATCHBELL_BOOTSTRAP_PEOPLE: people.join(";"),
    WATCHBELL_BOOTSTRAP_INTAKE_KEY: local.secrets.intakeKey,
    WATCHBELL_BOOTSTRAP_API_TOKEN: local.apiToken,
    WATCHBELL_NOTIFY_WEBHOOK_SECRET: local.secrets.webhookSecret,
    ...(local.webhook === null ? {} : webhookEnvironment(local.webhook)),
  };
}

/** The very setting that lets a worker reach a private receiver (threats W6). */
function webhookEnvironment(webhook: URL): Record<string, string> {
  const port = webhook.port || (webhook.protocol === "https:" ? "443" : "80");
  return { WATCHBELL_BOOTSTRAP_WEBHOOK: webhook.href, WATCHBELL_EGRESS_ALLOW: `${webhook.hostname}:${port}` };
}

/** Settings of the caller's own environment win, so that anything can be tried: `WATCHBELL_… npm start`. */
function startWorker(environment: Record<string, string>): ChildProcess {
  const own = Object.entries(process.env).filter(
    ([name]) => /^(PATH|HOME|TMPDIR|LANG|TZ|DATABASE_URL|DEBUG)$/.test(name) || name.startsWith("WATCHBELL_"),
  );
  const worker = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", join(ROOT, "src/main.ts"), "worker"],
    {
      cwd: process.cwd(),
      env: { ...environment, ...Object.fromEntries(own) },
      stdio: ["ignore", 2, 2, "ipc"],
    },
  );
  worker.once("exit", (code, signal) =>
    say(`The worker has ended (${signal ?? `code ${code}`}). The sandbox goes on; start anew to have a worker again.`),
  );
  return worker;
}

async function waitReady(worker: ChildProcess, publicUrl: string): Promise<void> {
  const deadline = Date.now() + READY_MS_MAX;
  while (Date.now() < deadline) {
    if (worker.exitCode !== null || worker.signalCode !== null)
      throw new Error("the worker did not start; the lines above say why");
    const ready = await fetch(`${publicUrl}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ready) return;
    await delay(25);
  }
  throw new Error(`the worker was not ready within ${READY_MS_MAX / 1_000} s`);
}

function waitForSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
  });
}

async function endEverything({ folder, sandbox, alerts, worker }: Started): Promise<void> {
  alerts.alerts.stop();
  if (worker && worker.exitCode === null && worker.signalCode === null) {
    worker.removeAllListeners("exit");
    worker.kill("SIGTERM");
    await waitExit(worker);
  }
  await stopServerIn(folder);
  await sandbox.close();
  rmSync(join(folder, "start.pid"), { force: true });
}

async function waitExit(worker: ChildProcess): Promise<void> {
  for (let waited = 0; waited < WORKER_STOP_MS; waited += 20) {
    if (worker.exitCode !== null || worker.signalCode !== null) return;
    await delay(20);
  }
  worker.kill("SIGKILL");
}

function sayReady(report: StartReport, sandbox: Sandbox): void {
  process.stdout.write(`
Watchbell is ready.

  Portal       ${report.portal}
               Sign in and pick a person: Ana Ribeiro is on duty, Dana Weiss is the administrator.
  Simulated    ${sandbox.origins.plain}
  Azure        fire and resolve alerts, see what Azure shows, switch faults on
  Data folder  ${report.dataFolder}   (npm start -- --fresh begins anew)

Ctrl-C ends everything.
`);
}
