import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** Real processes of `watchbell start` for tests: their output, their end, and what they leave running. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export interface StartReport {
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

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface StartedProcess {
  child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** The line of `--json`; rejects with what the process said when it ends before. */
  report: Promise<StartReport>;
  ended: Promise<Ended>;
  /** Signals the start process alone, as `kill` does, and answers how it ended and after how long. */
  end(signal?: NodeJS.Signals): Promise<Ended & { tookMs: number }>;
}

/** A fresh folder that the database server's user may enter, deleted by `removeFolder`. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "watchbell-process-"));
  chmodSync(folder, 0o755);
  return folder;
}

export const removeFolder = (folder: string) => rmSync(folder, { recursive: true, force: true });

/** A copy of the program below `folder` that shares this checkout's packages; its portal is not built. */
export function copyProgram(folder: string): string {
  const root = join(folder, "program");
  for (const part of ["src", "infra", "package.json", "tsconfig.json"])
    cpSync(join(ROOT, part), join(root, part), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"));
  return root;
}

/** Runs `watchbell <args>` in `folder`. `root` is another copy of the program. */
export function runWatchbell(
  folder: string,
  args: readonly string[],
  { env = {}, root = ROOT }: { env?: Record<string, string>; root?: string } = {},
): StartedProcess {
  const command = ["--disable-warning=ExperimentalWarning", join(root, "src/main.ts"), ...args];
  const child = spawn(process.execPath, command, {
    cwd: folder,
    env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? folder, TMPDIR: tmpdir(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const text = { stdout: "", stderr: "" };
  child.stdout!.setEncoding("utf8").on("data", (chunk: string) => {
    text.stdout += chunk;
  });
  child.stderr!.setEncoding("utf8").on("data", (chunk: string) => {
    text.stderr += chunk;
  });
  const ended = once(child, "close").then(([code, signal]) => ({ code, signal }) as Ended);
  const report = reportOf(child, text, ended);
  // Only some tests wait for it.
  report.catch(() => {});
  const end = async (signal: NodeJS.Signals = "SIGINT") => {
    const startedAt = performance.now();
    child.kill(signal);
    return { ...(await ended), tookMs: performance.now() - startedAt };
  };
  return { child, stdout: () => text.stdout, stderr: () => text.stderr, report, ended, end };
}

async function reportOf(
  child: ChildProcess,
  text: { stdout: string; stderr: string },
  ended: Promise<Ended>,
): Promise<StartReport> {
  const isOver = ended.then(({ code }) => {
    throw new Error(`the start ended with code ${code}: ${text.stderr}`);
  });
  while (!text.stdout.includes("\n")) await Promise.race([once(child.stdout!, "data"), isOver]);
  isOver.catch(() => {});
  return JSON.parse(text.stdout.slice(0, text.stdout.indexOf("\n"))) as StartReport;
}

/** `watchbell start --json` on a port of its own, so that tests never meet. */
export async function start(
  folder: string,
  args: readonly string[] = [],
  options: { env?: Record<string, string>; root?: string } = {},
): Promise<StartedProcess & { is: StartReport }> {
  const port = args.includes("--port") ? [] : ["--port", String(await freePort())];
  const started = runWatchbell(folder, ["start", "--json", ...port, ...args], options);
  return { ...started, is: await started.report };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

/** Waits until `isTrue` answers something; throws, naming `what`, after `withinMs`. */
export async function until<T>(
  what: string,
  isTrue: () => T | Promise<T>,
  withinMs = 15_000,
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const answer = await isTrue();
    if (answer) return answer as Exclude<T, false | null | undefined>;
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await delay(25);
  }
}

/** Process id of the database server in the folder; 0 = none has written it (yet). */
export function postmasterOf(dataFolder: string): number {
  const file = join(dataFolder, "postgres/postmaster.pid");
  return existsSync(file) ? Number(readFileSync(file, "utf8").split("\n")[0]) : 0;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !existsSync("/proc") || !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** Every process that works in or for `folder`: by its command line, on Linux also by its current directory. */
export function processesOf(folder: string): number[] {
  const pids = existsSync("/proc") ? readdirSync("/proc").filter((entry) => /^\d+$/.test(entry)) : pidsByName(folder);
  return pids.map(Number).filter((pid) => pid !== process.pid && isAlive(pid) && belongsTo(pid, folder));
}

const pidsByName = (folder: string) =>
  execFileSync("ps", ["-axo", "pid=,command="], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes(folder))
    .map((line) => line.trim().split(" ")[0]!);

function belongsTo(pid: number, folder: string): boolean {
  if (!existsSync("/proc")) return true;
  try {
    const here = readlinkSync(`/proc/${pid}/cwd`);
    return here.startsWith(folder) || readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(folder);
  } catch {
    return false;
  }
}

/** Ends what a failed test left running in its folder. */
export function killRest(folder: string): void {
  for (const pid of existsSync(folder) ? processesOf(folder) : []) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // already gone
    }
  }
}
