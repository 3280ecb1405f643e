import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { askSandbox } from "./ask-sandbox.ts";
import { listAlerts, pushAlert } from "./push-alert.ts";
import { freePort, killRest, makeFolder, removeFolder, runWatchbell, start, until } from "./start-process.ts";

vi.setConfig({ testTimeout: 90_000 });

describe("the data folder of watchbell start", () => {
  let folder: string;
  beforeEach(() => {
    folder = makeFolder();
  });
  afterEach(() => {
    killRest(folder);
    removeFolder(folder);
  });

  const fire = async (is: Awaited<ReturnType<typeof start>>["is"]) => {
    const fired = await askSandbox(is, { method: "POST", path: "/sandbox/alerts", body: { rule: "Disk is full" } });
    const { alertId } = fired.body as { alertId: string };
    await until("the alert is listed", async () =>
      (await listAlerts(is)).some((alert) => alert.source.alertId?.toLowerCase() === alertId.toLowerCase()),
    );
    return `/sandbox/alerts/${encodeURIComponent(alertId)}`;
  };

  it("is gone on with by a second start, here and on Azure's side", async () => {
    const first = await start(folder, ["--quiet"]);
    const path = await fire(first.is);
    await first.end();
    const second = await start(folder, ["--quiet"]);
    expect((await listAlerts(second.is)).map((alert) => alert.title)).toEqual(["Disk is full"]);
    expect((await askSandbox(second.is, { path })).status).toBe(200);
    for (const name of ["tenantId", "subscriptionId", "workspaceId", "intakeKey", "webhookSecret"] as const)
      expect(second.is[name], name).toBe(first.is[name]);
    expect(second.is.apiToken).not.toBe(first.is.apiToken);
    await second.end();
  });

  it("begins anew with --fresh", async () => {
    const first = await start(folder, ["--quiet"]);
    const path = await fire(first.is);
    await first.end();
    const second = await start(folder, ["--quiet", "--fresh"]);
    expect(await listAlerts(second.is)).toEqual([]);
    expect((await askSandbox(second.is, { path })).status).toBe(404);
    expect(second.is.intakeKey).not.toBe(first.is.intakeKey);
    await second.end();
  });

  it.each([{ args: [] }, { args: ["--fresh"] }])(
    "is refused to a second start while one runs, with the options $args",
    async ({ args }) => {
      const first = await start(folder, ["--quiet"]);
      const second = runWatchbell(folder, ["start", "--json", ...args]);
      const { code } = await second.ended;
      expect(code).toBe(1);
      expect(second.stderr()).toContain(`is in use by the process ${first.child.pid}`);
      expect((await pushAlert(first.is)).status).toBe(202);
      await first.end();
    },
  );

  it("is not blocked by a stale start.pid whose id another program has now", async () => {
    const dataFolder = join(folder, ".watchbell");
    mkdirSync(dataFolder);
    writeFileSync(join(dataFolder, "start.pid"), String(process.pid));
    const started = await start(folder, ["--quiet"]);
    expect(started.is.dataFolder).toBe(dataFolder);
    await started.end();
  });

  it("may have a path longer than a socket's address, and goes on with it", async () => {
    const deep = join(folder, "a".repeat(60), "b".repeat(60));
    mkdirSync(deep, { recursive: true });
    const first = await start(deep, ["--quiet"]);
    await pushAlert(first.is);
    expect((await first.end()).code).toBe(0);
    const second = await start(deep, ["--quiet"]);
    expect(await listAlerts(second.is)).toHaveLength(1);
    await second.end();
  });

  it("may lie below a folder that nobody else enters, or the start says what to do", async () => {
    chmodSync(folder, 0o700);
    const isRoot = process.getuid?.() === 0;
    const canUnshare = !isRoot || spawnSync("unshare", ["--user", "--map-user=1", "true"]).status === 0;
    const started = runWatchbell(folder, ["start", "--json", "--quiet", "--port", String(await freePort())]);
    if (canUnshare) {
      const is = await started.report;
      expect((await pushAlert(is)).status).toBe(202);
      expect((await started.end()).code).toBe(0);
    } else {
      expect((await started.ended).code).toBe(1);
      expect(started.stderr()).toContain("DATABASE_URL");
    }
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it("keeps its secrets to its owner", async () => {
    const { is, end } = await start(folder, ["--quiet"]);
    for (const name of ["secrets.json", "database-password", "start.pid"])
      expect(statSync(join(is.dataFolder, name)).mode & 0o077, name).toBe(0);
    await end();
  });
});
