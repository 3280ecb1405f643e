import { mkdirSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { stopServerIn } from "../platform/database/embedded.ts";

/** Holds the process id of the start that uses the folder. */
const LOCK_FILE = "start.pid";

/**
 * Takes the data folder for this process: one start a folder. A database server that a killed start left running is
 * stopped before anything is touched (`say` tells it); `fresh` empties the folder. Throws, naming the process, when
 * another start uses it.
 */
export async function claimFolder(folder: string, fresh: boolean, say: (text: string) => void): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const lock = join(folder, LOCK_FILE);
  while (!tryLock(lock)) {
    const holder = readLock(lock);
    if (holder !== undefined && isStartIn(holder, folder)) {
      throw new Error(
        `${folder} is in use by the process ${holder}. End it first (Ctrl-C), or start in another folder.`,
      );
    }
    rmSync(lock, { force: true });
  }
  if (await stopServerIn(folder)) say("A database server of an earlier start was still running; it is stopped.");
  if (!fresh) return;
  for (const entry of readdirSync(folder)) {
    if (entry !== LOCK_FILE) rmSync(join(folder, entry), { recursive: true, force: true });
  }
}

function tryLock(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { mode: 0o600, flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return false;
  }
}

function readLock(lock: string): number | undefined {
  try {
    const pid = Number(readFileSync(lock, "utf8"));
    return Number.isInteger(pid) && pid > 1 && pid !== process.pid ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** A killed start leaves its lock, and its process id may be another program's by now: ask what runs there. */
function isStartIn(pid: number, folder: string): boolean {
  try {
    process.kill(pid, 0);
    if (process.platform !== "linux") return true;
    const isStart = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes("start");
    return isStart && join(readlinkSync(`/proc/${pid}/cwd`), basename(folder)) === realpathSync(folder);
  } catch {
    return false;
  }
}

/** Gives the folder back. */
export const releaseFolder = (folder: string) => rmSync(join(folder, LOCK_FILE), { force: true });
