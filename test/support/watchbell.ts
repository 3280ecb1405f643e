import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterEach, expect } from "vitest";
import type { AlertDetail, AlertPage } from "../../src/api/contract.ts";
import { type App, createApp } from "../../src/app.ts";
import type { EscalationPolicy } from "../../src/escalation/escalation-policy.ts";
import { createSystemClock, createVirtualClock, type VirtualClock } from "../../src/platform/clock.ts";
import { createIds } from "../../src/platform/ids.ts";
import { createLogger } from "../../src/platform/log.ts";
import { postWebhook } from "../../src/sandbox/action-groups/webhook-post.ts";
import type { AlertsWorld } from "../../src/sandbox/alerts/alerts-world.ts";
import { type AlertParts, composeAlerts } from "../../src/sandbox/alerts/parts.ts";
import { deployInto, type SandboxOutputs } from "../../src/sandbox/deploy.ts";
import { createSandbox, type Sandbox } from "../../src/sandbox/sandbox.ts";
import type { FaultKind, RequestLogEntry } from "../../src/sandbox/world.ts";
import { readSettings } from "../../src/settings.ts";
import { type Answer, type AzureView, type Call, createArm, createCall, readAzure, signIn } from "./calls.ts";
import { eventually } from "./eventually.ts";
import { type FakeReceiver, startFakeReceiver } from "./fake-receiver.ts";
import { type Notification, type Notifications, watchNotifications } from "./notifications.ts";
import { seededBytes, seededRandom } from "./seeded.ts";
import { createTestStore, type TestStore } from "./test-store.ts";

export type { Call } from "./calls.ts";
export { eventually };

/**
 * A whole Watchbell in process: a simulated Azure with the infra program deployed into it, the worker on a database of
 * its own, and the webhook of the person on duty. One a file; whatever was sent and no test took fails that test.
 */
export interface WatchbellOptions {
  /** Settings by environment variable, over the defaults of the harness. */
  settings?: Record<string, string>;
  /** `virtual`: time stands still and moves by `advance` only. Default: the machine's clock. */
  clock?: "system" | "virtual";
  seed?: number;
  /** Does the person on duty have a webhook? Default: yes. */
  webhook?: boolean;
}

export interface Watchbell {
  readonly url: string;
  readonly app: App;
  readonly store: TestStore;
  readonly sandbox: Sandbox;
  readonly outputs: SandboxOutputs;
  /** The simulated Azure's alerts, for what the control API cannot ask. */
  readonly azureAlerts: AlertsWorld;
  readonly receiver: FakeReceiver;
  readonly subscriptionId: string;
  readonly intakeKey: string;
  now(): number;
  /** Calls as the administrator (a bearer token); `anonymous` without any credential. */
  readonly api: Call;
  readonly anonymous: Call;
  /** Signs a person in at the simulated Entra and calls with the session's cookie. */
  signInAs(name: string): Promise<Call>;
  /** Posts to the intake, signed with the source key unless `headers` say otherwise; a string goes as it is. */
  push(body: unknown, headers?: Record<string, string>): Promise<Answer<{ alertIds: string[] }>>;
  /** Posts it signed by Entra as Azure's action groups do. */
  pushSigned(body: unknown): Promise<Answer<{ alertIds: string[] }>>;
  sandboxApi: Call;
  /** A rule fires in Azure; its action group pushes unless told otherwise. Answers the full id. */
  fire(alert: Record<string, unknown>): Promise<string>;
  fault(operation: string, fault: FaultKind, more?: Record<string, unknown>): Promise<void>;
  clearFaults(): Promise<void>;
  /** State and history of an alert as Azure's API shows them. */
  azure(alertId: string): Promise<AzureView>;
  /** Calls of `changestate` that reached Azure for this alert. */
  writes(alertId: string): Promise<RequestLogEntry[]>;
  /** One round of everything that timers do otherwise: poll, escalation, outbox, write-back. */
  round(): Promise<void>;
  /** The one alert that Azure's id became; waits for it. */
  alertOf(azureAlertId: string): Promise<AlertDetail>;
  detail(id: string): Promise<AlertDetail>;
  list(query?: string): Promise<AlertPage["alerts"]>;
  /** Waits for so many notifications of an alert and takes them; more than that fails. */
  notified(alertId: string, count?: number): Promise<Notification[]>;
  readonly notifications: Notifications;
  /** Nothing is under way: intake, outbox, write-back and action groups are idle. */
  settle(): Promise<void>;
  /**
   * Moves virtual time in steps (default 30 s) and lets what came due happen. Tokens live an hour of it, but are renewed
   * by the machine's clock: a story that talks to Azure stays below.
   */
  advance(ms: number, stepMs?: number): Promise<void>;
  setPolicy(policy: EscalationPolicy): Promise<void>;
  personId(name: string): Promise<string>;
  dispose(): Promise<void>;
}

const PEOPLE: [name: string, role: string][] = [
  ["Ana Ribeiro", "Responder"],
  ["Ben Okafor", "Responder"],
  ["Cem Yıldız", "Manager"],
  ["Dana Weiss", "Admin"],
  ["Elif Arslan", "Viewer"],
];
const IDLE_MS_MAX = 1_000;
const ADVANCE_STEP_MS = 30_000;

const live = new Set<Watchbell & { seed: number }>();

afterEach(async ({ task }) => {
  for (const watchbell of live) {
    await watchbell.settle();
    const leftOver = watchbell.notifications.leftOver();
    watchbell.notifications.take();
    if (task.result?.state === "fail") process.stderr.write(`seed of “${task.name}”: ${watchbell.seed}\n`);
    else expect(leftOver, "sent, and no test expected it").toEqual([]);
  }
});

/** A port that nobody has at this moment: the deployed action group needs the worker's address before it listens. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}

export async function startWatchbell(options: WatchbellOptions = {}): Promise<Watchbell> {
  const seed = options.seed ?? randomBytes(4).readUInt32BE();
  const virtual = options.clock === "virtual" ? createVirtualClock(Date.now()) : null;
  const clock = virtual ?? createSystemClock();
  const folder = mkdtempSync(join(tmpdir(), "watchbell-story-"));
  const failures: unknown[] = [];
  let parts: AlertParts | undefined;
  const [store, receiver, port, sandbox] = await Promise.all([
    createTestStore(),
    startFakeReceiver(),
    freePort(),
    createSandbox({
      folder,
      now: () => clock.now(),
      parts: (core) => {
        parts = composeAlerts(core, { clock, post: postWebhook });
        return parts.parts;
      },
      reportError: (error) => failures.push(error),
    }),
  ]);
  const url = `http://127.0.0.1:${port}`;
  setDefaultCACertificates([...getCACertificates("default"), readFileSync(sandbox.caFile, "utf8")]);
  process.env["IDENTITY_ENDPOINT"] = sandbox.identity.endpoint;
  process.env["IDENTITY_HEADER"] = sandbox.identity.header;
  const outputs = await deployInto(sandbox.world, { publicUrl: url });
  const secrets = {
    intakeKey: `wb_${randomBytes(32).toString("base64url")}`,
    apiToken: `wb_${randomBytes(32).toString("base64url")}`,
    webhook: `whsec_${randomBytes(32).toString("base64")}`,
  };
  const environment = { ...environmentOf(sandbox, outputs, url, receiver, secrets), ...options.settings };
  if (options.webhook === false) delete environment["WATCHBELL_BOOTSTRAP_WEBHOOK"];
  const app = await createApp({
    settings: readSettings(environment),
    store,
    clock,
    ids: createIds(seededBytes(seed)),
    log: createLogger((process.env["WATCHBELL_TEST_LOG"] as "silent" | undefined) ?? "silent"),
    random: seededRandom(seed),
  });
  await app.start();
  // The poll at start is over: `round` then always reads anew.
  await app.flow.runOnce();
  const tools = { app, store, sandbox, outputs, receiver, url, alerts: parts!.alerts, virtual, now: () => clock.now() };
  const watchbell = {
    ...assemble(tools, secrets),
    seed,
    dispose: async () => {
      live.delete(watchbell);
      parts!.alerts.stop();
      await app.stop();
      await receiver.close();
      await sandbox.close();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
      if (failures.length > 0) throw failures[0];
    },
  };
  live.add(watchbell);
  return watchbell;
}

interface Secrets {
  intakeKey: string;
  apiToken: string;
  webhook: string;
}

function environmentOf(
  sandbox: Sandbox,
  outputs: SandboxOutputs,
  url: string,
  receiver: FakeReceiver,
  secrets: Secrets,
): Record<string, string> {
  const { origins, world } = sandbox;
  const people = PEOPLE.map(([name, role]) => {
    const user = world.directory.users.find((candidate) => candidate.displayName === name);
    return `${user?.objectId}|${name}|${role}`;
  });
  return {
    ...outputs.workerEnvironment,
    IDENTITY_ENDPOINT: sandbox.identity.endpoint,
    IDENTITY_HEADER: sandbox.identity.header,
    WATCHBELL_PUBLIC_URL: url,
    WATCHBELL_LISTEN_HOST: "127.0.0.1",
    WATCHBELL_LISTEN_PORT: new URL(url).port,
    WATCHBELL_LISTEN_TRUST_PROXY: "0",
    WATCHBELL_ENTRA_AUTHORITY_HOST: origins.secure,
    WATCHBELL_ENTRA_BROWSER_AUTHORITY: origins.plain,
    WATCHBELL_AZURE_RESOURCE_MANAGER: origins.secure,
    WATCHBELL_AZURE_LOGS_ENDPOINT: origins.secure,
    // Polls happen when a test says `round`, or by virtual time.
    WATCHBELL_AZURE_MONITOR_POLL_SECONDS: "600",
    WATCHBELL_BOOTSTRAP_PEOPLE: people.join(";"),
    WATCHBELL_BOOTSTRAP_INTAKE_KEY: secrets.intakeKey,
    WATCHBELL_BOOTSTRAP_API_TOKEN: secrets.apiToken,
    WATCHBELL_NOTIFY_WEBHOOK_SECRET: secrets.webhook,
    WATCHBELL_BOOTSTRAP_WEBHOOK: `${receiver.origin}/on-duty`,
    WATCHBELL_EGRESS_ALLOW: receiver.hostPort,
    WATCHBELL_EGRESS_PUSH_HOSTS: "127.0.0.1",
  };
}

interface Tools {
  app: App;
  store: TestStore;
  sandbox: Sandbox;
  outputs: SandboxOutputs;
  receiver: FakeReceiver;
  url: string;
  alerts: AlertsWorld;
  virtual: VirtualClock | null;
  now(): number;
}

function assemble(tools: Tools, secrets: Secrets): Omit<Watchbell, "dispose"> {
  const { app, store, sandbox, outputs, receiver, url, alerts, virtual, now } = tools;
  const notifications = watchNotifications(receiver, secrets.webhook);
  const api = createCall(url, { authorization: `Bearer ${secrets.apiToken}` });
  const anonymous = createCall(url, {});
  const sandboxApi = createCall(sandbox.origins.plain, {});
  const arm = createArm(sandbox, sandboxApi);

  const push: Watchbell["push"] = (body, headers = { "x-watchbell-key": secrets.intakeKey }) =>
    anonymous("/api/v1/intake/azure-monitor", { method: "POST", body, headers });
  const pushSigned: Watchbell["pushSigned"] = async (body) => {
    const token = await sandbox.core.issueToken({ clientId: ACTION_GROUPS_CLIENT_ID, resource: outputs.appIdUri });
    return push(body, { authorization: `Bearer ${token}` });
  };
  const fire: Watchbell["fire"] = async (alert) => {
    const { status, body } = await sandboxApi<{ alertId: string }>("/sandbox/alerts", { method: "POST", body: alert });
    expect(status).toBe(201);
    return body.alertId;
  };
  const settle = async () => {
    // A push that Azure will try again later counts as idle.
    await Promise.race([alerts.idle(), delay(IDLE_MS_MAX)]);
    await eventually(() => {
      const { intakeDepth, outbox } = app.flow.stats();
      return intakeDepth === 0 && outbox.sending === 0;
    });
  };
  const round = async () => {
    await app.flow.runOnce();
    await settle();
  };
  const detail: Watchbell["detail"] = async (id) => {
    const { status, body } = await api<AlertDetail>(`/api/v1/alerts/${id}`);
    expect(status).toBe(200);
    return body;
  };
  const list: Watchbell["list"] = async (query = "limit=200") =>
    (await api<AlertPage>(`/api/v1/alerts?${query}`)).body.alerts;
  const notified: Watchbell["notified"] = async (alertId, count = 1) => {
    const taken: Notification[] = [];
    await eventually(() => {
      taken.push(...notifications.take(alertId));
      return taken.length >= count;
    });
    expect(taken).toHaveLength(count);
    return taken;
  };
  const advance = async (ms: number, stepMs = ADVANCE_STEP_MS) => {
    if (!virtual) throw new Error("only a virtual clock can be moved");
    for (let left = ms; left > 0; left -= stepMs) {
      await virtual.advance(Math.min(left, stepMs));
      await round();
    }
    // What a timer had begun before time moved has seen the old time: once more.
    await round();
  };
  return {
    ...{ url, app, store, sandbox, outputs, receiver, azureAlerts: alerts, notifications, now },
    subscriptionId: outputs.subscriptionId,
    intakeKey: secrets.intakeKey,
    ...{ api, anonymous, sandboxApi, push, pushSigned, fire, settle, round, detail, list, notified, advance },
    signInAs: (name) => signIn(sandbox, url, name),
    fault: async (operation, fault, more = {}) => {
      const { status } = await sandboxApi("/sandbox/faults", { method: "POST", body: { operation, fault, ...more } });
      expect(status).toBe(201);
    },
    clearFaults: async () => void (await sandboxApi("/sandbox/faults", { method: "DELETE" })),
    azure: (alertId) => readAzure(arm, alertId),
    writes: async (alertId) => {
      const { body } = await sandboxApi<RequestLogEntry[]>("/sandbox/requests");
      const guid = alertId.split("/").at(-1) ?? alertId;
      return body.filter(({ path }) => path.includes(guid) && path.includes("/changestate"));
    },
    alertOf: (azureAlertId) =>
      eventually(async () => {
        const guid = azureAlertId.split("/").at(-1)?.toLowerCase() ?? "";
        const found = (await list()).filter((alert) => alert.source.alertId.toLowerCase().endsWith(guid));
        expect(found).toHaveLength(1);
        return detail(found[0]!.id);
      }),
    setPolicy: (policy) => setPolicy(store, app, policy, now()),
    personId: async (name) => {
      const row = await store.db.selectFrom("person").select("id").where("name", "=", name).executeTakeFirstOrThrow();
      return row.id;
    },
  };
}

/** The client id of Azure Monitor's action groups in every tenant. */
const ACTION_GROUPS_CLIENT_ID = "461e8683-5575-4561-ac7f-899cc907d62a";

/** A new version of the default team's policy. Targets may name the schedule and the team as the bootstrap does. */
async function setPolicy(store: TestStore, app: App, definition: EscalationPolicy, now: number): Promise<void> {
  const last = await store.db
    .selectFrom("escalation_policy")
    .selectAll()
    .orderBy("version", "desc")
    .executeTakeFirstOrThrow();
  const row = { ...last, version: last.version + 1, definition: JSON.stringify(definition), created_at: new Date(now) };
  await store.db.insertInto("escalation_policy").values(row).execute();
  await app.configuration.refresh();
}
