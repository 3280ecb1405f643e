import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startFakeReceiver } from "../support/fake-receiver.ts";
import { listAlerts, pushAlert } from "./push-alert.ts";
import {
  freePort,
  isAlive,
  killRest,
  makeFolder,
  postmasterOf,
  processesOf,
  ROOT,
  removeFolder,
  runWatchbell,
  start,
  until,
} from "./start-process.ts";

vi.setConfig({ testTimeout: 90_000 });

const END_MS_MAX = 2_000;
/** Loading the infra program keeps the process from hearing a signal for a moment, longer on a busy machine. */
const END_WHILE_STARTING_MS_MAX = 5_000;

describe("the end of watchbell start", () => {
  let folder: string;
  beforeEach(() => {
    folder = makeFolder();
  });
  afterEach(() => {
    killRest(folder);
    removeFolder(folder);
  });

  it.each(["SIGINT", "SIGTERM"] as const)("ends everything it started within two seconds of %s", async (signal) => {
    const started = await start(folder);
    await until("an alert is listed", async () => (await listAlerts(started.is)).length > 0);
    const pids = [started.is.pid, postmasterOf(started.is.dataFolder)];
    const { code, tookMs } = await started.end(signal);
    expect(code).toBe(0);
    expect(tookMs).toBeLessThan(END_MS_MAX);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(processesOf(folder)).toEqual([]);
  });

  it("ends within two seconds while call-outs hang at a receiver that never answers", async () => {
    const receiver = await startFakeReceiver();
    receiver.answer("silent");
    const started = await start(folder, ["--quiet", "--webhook", `${receiver.origin}/hook`]);
    await Promise.all(Array.from({ length: 50 }, () => pushAlert(started.is)));
    await until("a call-out hangs", () => receiver.requests.length > 0);
    const { tookMs } = await started.end();
    await receiver.close();
    expect(tookMs).toBeLessThan(END_MS_MAX);
    expect(processesOf(folder)).toEqual([]);
  });

  it("leaves nothing running when it is ended while it starts", async () => {
    for (const startedMs of [300, 900, 1_300, 1_700, 2_100]) {
      const own = join(folder, String(startedMs));
      mkdirSync(own);
      const started = runWatchbell(own, ["start", "--json", "--port", String(await freePort())]);
      await delay(startedMs);
      const { tookMs } = await started.end();
      expect(tookMs).toBeLessThan(END_WHILE_STARTING_MS_MAX);
      expect(processesOf(folder)).toEqual([]);
    }
  });

  it("goes on without a worker that was killed, says so, and leaves it dead", async () => {
    const started = await start(folder, ["--quiet"]);
    process.kill(started.is.pid, "SIGKILL");
    await until("it says so", () => started.stderr().includes("The worker has ended (SIGKILL)"));
    await expect(fetch(`${started.is.portal}/healthz`)).rejects.toThrow();
    expect(started.child.exitCode).toBeNull();
    expect(isAlive(started.is.pid)).toBe(false);
    const { code, tookMs } = await started.end();
    expect(code).toBe(0);
    expect(tookMs).toBeLessThan(END_MS_MAX);
    expect(processesOf(folder)).toEqual([]);
  });

  it("takes its worker along when it is killed itself", async () => {
    const started = await start(folder, ["--quiet"]);
    await started.end("SIGKILL");
    await until("the worker has ended", () => !isAlive(started.is.pid), END_MS_MAX);
  });

  it("ends with the npm that runs it, however that was killed", async () => {
    const command = `"${process.execPath}" "${join(ROOT, "src/main.ts")}" start --quiet --port ${await freePort()} & wait`;
    const env = { ...process.env, npm_lifecycle_event: "start" };
    const npm = spawn("sh", ["-c", command], { cwd: folder, env, stdio: ["ignore", "pipe", "ignore"] });
    await once(npm.stdout, "data");
    npm.kill("SIGKILL");
    await until("everything has ended", () => processesOf(folder).length === 0, END_MS_MAX);
  });

  it.each([{ args: [] }, { args: ["--fresh"] }])(
    "stops a database server that killed processes left, before the folder is used, with the options $args",
    async ({ args }) => {
      const first = await start(folder, ["--quiet"]);
      await pushAlert(first.is);
      process.kill(first.is.pid, "SIGKILL");
      await first.end("SIGKILL");
      const left = postmasterOf(first.is.dataFolder);
      expect(isAlive(left)).toBe(true);
      const second = await start(folder, ["--quiet", ...args]);
      expect(isAlive(left)).toBe(false);
      expect(second.stderr()).toContain("A database server of an earlier start was still running");
      expect(await listAlerts(second.is)).toHaveLength(args.length === 0 ? 1 : 0);
      await second.end();
    },
  );
});
