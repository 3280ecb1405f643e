import { readdirSync, readFileSync, writeFileSync } from "node:fs";

/**
 * Memory and processor time of the processes under test, from /proc. Elsewhere than on Linux there are none and the
 * figures are null.
 */
export interface ProcessFigures {
  cpuSeconds: number;
  rssMiB: number;
}

/** The kernel's USER_HZ, 100 on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;
const KIB_PER_MIB = 1_024;

interface Stat {
  parent: number;
  /** Its own time and that of children that have ended, seconds. */
  cpuSeconds: number;
  endedChildrenSeconds: number;
  /** Since the machine started. */
  startedAtSeconds: number;
}

function readStat(pid: number): Stat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field, the name in parentheses, may hold spaces: count from its end.
    const fields = text
      .slice(text.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    const ticks = (from: number, to: number) => fields.slice(from, to).reduce((a, b) => a + b, 0) / TICKS_PER_SECOND;
    return {
      parent: fields[1]!,
      cpuSeconds: ticks(11, 13),
      endedChildrenSeconds: ticks(13, 15),
      startedAtSeconds: ticks(19, 20),
    };
  } catch {
    return null;
  }
}

function readField(path: string, name: string): number | null {
  try {
    const match = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(readFileSync(path, "utf8"));
    return match ? Number(match[1]) / KIB_PER_MIB : null;
  } catch {
    return null;
  }
}

/** One process alone. */
export function readProcess(pid: number): ProcessFigures | null {
  const stat = readStat(pid);
  const rssMiB = readField(`/proc/${pid}/status`, "VmRSS");
  return stat && rssMiB !== null ? { cpuSeconds: stat.cpuSeconds, rssMiB } : null;
}

/** Largest resident size since `forgetPeak`. */
export const readPeakMiB = (pid: number): number | null => readField(`/proc/${pid}/status`, "VmHWM");

/** Lets the peak begin anew (proc(5), clear_refs). Without the right to, the peak is the one since the start. */
export function forgetPeak(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, "5");
  } catch {
    // The figure says more than it should; nothing else depends on it.
  }
}

/** A process with its children: a database server. Shared pages count once (proportional set size). */
export function readFamily(pid: number): ProcessFigures | null {
  const own = readStat(pid);
  if (!own) return null;
  const children = childrenOf(pid);
  const stats = children.map(readStat).filter((stat) => stat !== null);
  const cpuSeconds = stats.reduce((sum, stat) => sum + stat.cpuSeconds, own.cpuSeconds + own.endedChildrenSeconds);
  const rssMiB = [pid, ...children].reduce(
    (sum, each) => sum + (readField(`/proc/${each}/smaps_rollup`, "Pss") ?? 0),
    0,
  );
  return { cpuSeconds, rssMiB };
}

function childrenOf(pid: number): number[] {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  return all.filter((each) => readStat(each)?.parent === pid);
}

/** How long a process has been running, milliseconds, to 10 ms; null = not known. */
export function readAgeMs(pid: number): number | null {
  const stat = readStat(pid);
  if (!stat) return null;
  const uptimeSeconds = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]);
  return Math.round((uptimeSeconds - stat.startedAtSeconds) * 1_000);
}
