import { once } from "node:events";
import { createServer } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { listAlerts, pushAlert } from "./push-alert.ts";
import { freePort, killRest, makeFolder, removeFolder, start } from "./start-process.ts";

vi.setConfig({ testTimeout: 90_000 });

describe("the ports of watchbell start", () => {
  const folders: string[] = [];
  const newFolder = () => {
    const folder = makeFolder();
    folders.push(folder);
    return folder;
  };
  afterEach(() => {
    for (const folder of folders.splice(0)) {
      killRest(folder);
      removeFolder(folder);
    }
  });

  it("uses the next free port when the wished one is taken, and says so", async () => {
    const port = await freePort();
    const other = createServer().listen(port, "127.0.0.1");
    await once(other, "listening");
    const started = await start(newFolder(), ["--quiet", "--port", String(port)]);
    const used = Number(new URL(started.is.portal).port);
    expect(used).toBeGreaterThan(port);
    expect(started.stderr()).toContain(`Port ${port} is taken; the portal uses ${used}.`);
    await started.end();
    other.close();
  });

  it("says where the simulated Azure is when its ports are taken", async () => {
    const first = await start(newFolder(), ["--quiet"]);
    const second = await start(newFolder(), ["--quiet"]);
    const { port } = new URL(second.is.sandbox);
    expect(second.stderr()).toContain(`Port 8443 is taken; the simulated Azure uses ${port}.`);
    await Promise.all([first.end(), second.end()]);
  });

  it("lets several starts at once, in folders of their own, wish for the same port", async () => {
    const port = String(await freePort());
    const all = await Promise.all(Array.from({ length: 3 }, () => start(newFolder(), ["--quiet", "--port", port])));
    expect(new Set(all.map(({ is }) => is.portal)).size).toBe(3);
    expect(new Set(all.map(({ is }) => is.sandbox)).size).toBe(3);
    for (const { is } of all) {
      expect((await pushAlert(is)).status).toBe(202);
      expect(await listAlerts(is)).toHaveLength(1);
    }
    await Promise.all(all.map(({ end }) => end()));
  });
});
