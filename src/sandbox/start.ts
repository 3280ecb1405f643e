import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { stopServerIn } from "../platform/database/embedded.ts";
import { fireDemoAlerts } from "./alerts/demo.ts";
import { type AlertParts, composeAlerts } from "./alerts/parts.ts";
import { buildPortalIfNeeded } from "./build-portal.ts";
import { claimFolder, releaseFolder } from "./claim-folder.ts";
import { deployInto, type SandboxOutputs } from "./deploy.ts";
import { holdPort, isFree } from "./hold-port.ts";
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
const POLL_SECONDS = 5;
const READY_MS_MAX = 60_000;
/** The worker gets this long to end in order, then its database server, a killed worker's too: two seconds in all. */
const WORKER_STOP_MS = 900;
const DATABASE_STOP_MS = 500;
const PARENT_WATCH_MS = 200;
/** What a shell answers for a program that Ctrl-C ended. */
const EXIT_INTERRUPTED = 130;
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
  const wishedPort = readPort(options.port);
  // Listened to from the first moment, so that Ctrl-C while starting leaves nothing running either.
  const ending = endingSignal();
  const folder = resolve(process.cwd(), DATA_FOLDER);
  await claimFolder(folder, options.fresh ?? false, say);
  const started: Started = { folder, sandbox: null, alerts: null, worker: null };
  try {
    await buildPortalIfNeeded(ending, say);
    const sandbox = await openSandbox(started);
    const report = await startEverything(started, sandbox, { wishedPort, webhook, ending });
    if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
    else sayReady(report, sandbox);
    if (!options.quiet) fireDemoAlerts(started.alerts!.alerts, sandbox.world.subscriptionId);
    await ended(ending);
    return 0;
  } catch (error) {
    if (!ending.aborted) throw error;
    say("Ended before everything was ready.");
    return EXIT_INTERRUPTED;
  } finally {
    await endEverything(started);
  }
}

async function openSandbox(started: Started): Promise<Sandbox> {
  const sandbox = await createSandbox({
    folder: started.folder,
    now: Date.now,
    port: SANDBOX_PORT,
    plainPort: SANDBOX_PLAIN_PORT,
    parts: (core) => {
      started.alerts = composeAlerts(core);
      return started.alerts.parts;
    },
    reportError: (error) => say(`sandbox: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
  });
  started.sandbox = sandbox;
  sayTakenPort(SANDBOX_PORT, sandbox.origins.secure, "the simulated Azure uses");
  sayTakenPort(SANDBOX_PLAIN_PORT, sandbox.origins.plain, "its pages use");
  return sandbox;
}

function sayTakenPort(wished: number, origin: string, what: string): void {
  const { port } = new URL(origin);
  if (port !== String(wished)) say(`Port ${wished} is taken; ${what} ${port}.`);
}

/** What is under way, for its end; null = not yet. */
interface Started {
  folder: string;
  sandbox: Sandbox | null;
  alerts: AlertParts | null;
  worker: ChildProcess | null;
}

async function startEverything(
  started: Started,
  sandbox: Sandbox,
  { wishedPort, webhook, ending }: { wishedPort: number; webhook: URL | null; ending: AbortSignal },
): Promise<StartReport> {
  const { folder } = started;
  const secrets = readSecrets(folder);
  const apiToken = `wb_${randomBytes(32).toString("base64url")}`;
  for (;;) {
    const hold = await holdPort(wishedPort);
    const publicUrl = `http://127.0.0.1:${hold.port}`;
    // Released also when the deployment fails: a server that listens would keep this process alive.
    const outputs = await deployInto(sandbox.world, { publicUrl }).finally(hold.release);
    ending.throwIfAborted();
    const local = localEnvironment({ sandbox, folder, port: hold.port, publicUrl, webhook, secrets, apiToken });
    const worker = startWorker({ ...outputs.workerEnvironment, ...local });
    started.worker = worker;
    if (await waitReady(worker, ending)) {
      if (hold.port !== wishedPort) say(`Port ${wishedPort} is taken; the portal uses ${hold.port}.`);
      sayWhenEnded(worker);
      return toReport(sandbox, outputs, { folder, publicUrl, secrets, apiToken, pid: worker.pid! });
    }
    // Another program, maybe another start, took the port between our release and the worker: go on with the next.
    if (await isFree(hold.port)) throw new Error("the worker did not start; the lines above say why");
  }
}

function toReport(
  sandbox: Sandbox,
  outputs: SandboxOutputs,
  made: { folder: string; publicUrl: string; secrets: StartSecrets; apiToken: string; pid: number },
): StartReport {
  const { folder, publicUrl, secrets, apiToken, pid } = made;
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
    pid,
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
  const command = ["--disable-warning=ExperimentalWarning", join(ROOT, "src/main.ts"), "worker"];
  return spawn(process.execPath, command, {
    cwd: process.cwd(),
    env: { ...environment, ...Object.fromEntries(own) },
    stdio: ["ignore", 2, 2, "ipc"],
  });
}

function sayWhenEnded(worker: ChildProcess): void {
  worker.once("exit", (code, signal) =>
    say(`The worker has ended (${signal ?? `code ${code}`}). The sandbox goes on; start anew to have a worker again.`),
  );
}

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

/** True once it says so; false when it has ended instead. */
async function waitReady(worker: ChildProcess, ending: AbortSignal): Promise<boolean> {
  const signal = AbortSignal.any([ending, AbortSignal.timeout(READY_MS_MAX)]);
  const ready = once(worker, "message", { signal }).then(() => true);
  const gone = once(worker, "exit", { signal }).then(() => false);
  try {
    return await Promise.race([ready, gone]);
  } catch (error) {
    if (ending.aborted) throw error;
    throw new Error(`the worker was not ready within ${READY_MS_MAX / 1_000} s`, { cause: error });
  }
}

/** Aborted by Ctrl-C, by an orderly kill, and by the end of the npm that runs us: killed, it passes nothing on. */
function endingSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => controller.abort());
  if (process.env["npm_lifecycle_event"] !== undefined) {
    const parent = process.ppid;
    const watch = () => process.ppid !== parent && controller.abort();
    setInterval(watch, PARENT_WATCH_MS).unref();
  }
  return controller.signal;
}

function ended(ending: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (ending.aborted) done();
    else ending.addEventListener("abort", () => done(), { once: true });
  });
}

async function endEverything({ folder, sandbox, alerts, worker }: Started): Promise<void> {
  alerts?.alerts.stop();
  if (worker && !hasEnded(worker)) {
    worker.removeAllListeners("exit");
    worker.kill("SIGTERM");
    await waitExit(worker);
  }
  await stopServerIn(folder, DATABASE_STOP_MS);
  await sandbox?.close();
  releaseFolder(folder);
}

async function waitExit(worker: ChildProcess): Promise<void> {
  for (let waited = 0; waited < WORKER_STOP_MS; waited += 20) {
    if (hasEnded(worker)) return;
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
