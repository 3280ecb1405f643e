import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type FakeReceiver, startFakeReceiver } from "../support/fake-receiver.ts";
import { askSandbox } from "./ask-sandbox.ts";
import { listAlerts, pushAlert } from "./push-alert.ts";
import { copyProgram, killRest, makeFolder, removeFolder, type StartReport, start, until } from "./start-process.ts";

vi.setConfig({ testTimeout: 90_000 });

const MEMBERS = [
  "portal",
  "sandbox",
  "arm",
  "intakeUrl",
  "intakeKey",
  "apiToken",
  "caFile",
  "tenantId",
  "subscriptionId",
  "workspaceId",
  "webhookSecret",
  "dataFolder",
  "pid",
];
const DAY_MS = 24 * 60 * 60 * 1_000;

describe("watchbell start --json", () => {
  let folder: string;
  let receiver: FakeReceiver;
  let started: Awaited<ReturnType<typeof start>>;
  let is: StartReport;
  const api = (path: string, init: RequestInit = {}) =>
    fetch(is.portal + path, { ...init, headers: { ...init.headers, authorization: `Bearer ${is.apiToken}` } });

  beforeAll(async () => {
    folder = makeFolder();
    receiver = await startFakeReceiver();
    started = await start(folder, ["--webhook", `${receiver.origin}/hook`]);
    is = started.is;
  });
  afterAll(async () => {
    await started?.end();
    await receiver?.close();
    killRest(folder);
    removeFolder(folder);
  });

  it("prints one line with the documented members and nothing else on standard output", async () => {
    await until("an alert is listed", async () => (await listAlerts(is)).length > 0);
    const lines = started.stdout().split("\n");
    expect(lines).toHaveLength(2);
    expect(lines[1]).toBe("");
    expect(Object.keys(JSON.parse(lines[0]!) as object)).toEqual(MEMBERS);
    for (const [name, value] of Object.entries(is))
      expect(typeof value, name).toBe(name === "pid" ? "number" : "string");
  });

  it("gives the portal plain HTTP on 127.0.0.1 and an intake address without a key", () => {
    expect(is.portal).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(is.intakeUrl).toBe(`${is.portal}/api/v1/intake/azure-monitor`);
  });

  it("builds its own links from exactly that origin", async () => {
    const [alert] = await until("an alert is listed", async () => {
      const alerts = await listAlerts(is);
      return alerts.length > 0 && alerts;
    });
    await until("a call-out arrives", () => receiver.requests.length > 0);
    const urls = receiver.requests.map(
      (request) => (JSON.parse(request.body.toString()) as { data: { alert: { url: string } } }).data.alert.url,
    );
    for (const url of urls) expect(new URL(url).origin).toBe(is.portal);
    expect(alert!.source.alertId).toContain(is.subscriptionId);
  });

  it.each(["localhost", "127.0.0.1"])(
    "serves the simulated Azure over TLS that caFile vouches for, on %s",
    async (host) => {
      expect(is.sandbox).toMatch(/^https:\/\//);
      expect(is.arm).toMatch(/^https:\/\//);
      expect((await askSandbox(is, { path: "/sandbox/faults", host })).status).toBe(200);
    },
  );

  it("has an inbox that is alive within seconds", async () => {
    const alerts = await until(
      "several alerts",
      async () => {
        const listed = await listAlerts(is);
        return listed.length >= 3 && listed;
      },
      10_000,
    );
    expect(alerts.some((alert) => alert.state === "open")).toBe(true);
  });

  it("calls the person on duty by the webhook exactly once for a pushed alert, signed", async () => {
    const answer = await pushAlert(is);
    expect(answer.status).toBe(202);
    const mine = () => receiver.requests.filter((request) => request.body.includes(answer.alertIds[0]!));
    await until("the call-out", () => mine().length > 0);
    // A later alert's call-out has passed: a second one for the first would have come by now.
    const later = await pushAlert(is);
    await until("the later call-out", () => receiver.requests.some((one) => one.body.includes(later.alertIds[0]!)));
    expect(mine()).toHaveLength(1);
    const [callOut] = mine();
    const verified = new Webhook(is.webhookSecret).verify(callOut!.body.toString(), callOut!.headers);
    expect(verified).toMatchObject({
      type: "alert.notification",
      data: { alert: { id: answer.alertIds[0], severity: "high", state: "open" } },
    });
  });

  it("gives an administrator's token that ends in 24 hours", async () => {
    expect((await api("/api/v1/raw-events")).status).toBe(200);
    const { tokens } = (await (await api("/api/v1/tokens")).json()) as {
      tokens: { expiresAt: string; role: string }[];
    };
    const ends = tokens.map((token) => Date.parse(token.expiresAt) - Date.now());
    expect(tokens.map((token) => token.role)).toContain("Admin");
    expect(Math.max(...ends)).toBeLessThanOrEqual(DAY_MS);
    expect(Math.max(...ends)).toBeGreaterThan(DAY_MS - 600_000);
  });

  it("shows the worker's own process id", async () => {
    expect(is.pid).not.toBe(started.child.pid);
    expect(() => process.kill(is.pid, 0)).not.toThrow();
  });
});

describe("watchbell start of a fresh checkout", () => {
  let folder: string;
  beforeAll(() => {
    folder = makeFolder();
  });
  afterAll(() => {
    killRest(folder);
    removeFolder(folder);
  });

  it("builds the portal, once", async () => {
    const root = copyProgram(folder);
    const first = await start(folder, ["--quiet"], { root });
    expect(first.stderr()).toContain("Building the portal");
    const page = await fetch(first.is.portal);
    expect(await page.text()).toContain("<script");
    expect(readdirSync(join(root, "dist"))).toEqual(["portal"]);
    await first.end();
    const second = await start(folder, ["--quiet"], { root });
    expect(second.stderr()).not.toContain("Building the portal");
    await second.end();
  });
});

describe("watchbell start --quiet", () => {
  let folder: string;
  beforeAll(() => {
    folder = makeFolder();
  });
  afterAll(() => {
    killRest(folder);
    removeFolder(folder);
  });

  it("fires no sample alerts", async () => {
    const { is, end } = await start(folder, ["--quiet"]);
    await until("the first poll", async () => {
      const answer = await fetch(`${is.portal}/readyz`);
      return ((await answer.json()) as { components: Record<string, string> }).components["azure-monitor"] === "ok";
    });
    expect(await listAlerts(is)).toEqual([]);
    await end();
  });
});
