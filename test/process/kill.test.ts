import { once } from "node:events";
import { readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type FakeReceiver, startFakeReceiver } from "../support/fake-receiver.ts";
import { startLoad } from "./load.ts";
import { listAlerts, pushAlert } from "./push-alert.ts";
import { isAlive, killRest, makeFolder, postmasterOf, removeFolder, until } from "./start-process.ts";
import {
  readiness,
  setUpWorker,
  spawnWorker,
  untilReady,
  type WorkerProcess,
  type WorkerSetup,
} from "./worker-process.ts";

vi.setConfig({ testTimeout: 150_000 });

const ROUNDS = 5;
/** A message of a killed process is taken over when its lease has ended. */
const NOTIFIED_MS_MAX = 60_000;
/** Another run with the same moments: `WATCHBELL_TEST_SEED=… npm test test/process/kill.test.ts`. */
const SEED = Number(process.env["WATCHBELL_TEST_SEED"] ?? Date.now() % 1_000_000);

/** mulberry32: the moments of the kills come from the seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Process ids of the worker's connections, asked of the server as its owner; none while it recovers. */
async function connectionsOf(data: string): Promise<number[]> {
  const password = readFileSync(join(data, "database-password"), "utf8");
  const client = new pg.Client({ host: join(data, "socket"), user: "watchbell", password, database: "postgres" });
  client.on("error", () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ pid: number }>(
      "select pid from pg_stat_activity where application_name = 'watchbell'",
    );
    return rows.map((row) => row.pid);
  } catch {
    return [];
  } finally {
    await client.end().catch(() => {});
  }
}

/** False when the connection has ended meanwhile. */
function killOne(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
}

describe(`kill -9 under load (seed ${SEED})`, () => {
  let folder: string;
  let receiver: FakeReceiver;
  let setup: WorkerSetup;
  let worker: WorkerProcess;
  const random = randomFrom(SEED);

  beforeEach(async () => {
    folder = makeFolder();
    receiver = await startFakeReceiver();
    setup = await setUpWorker(folder, {
      WATCHBELL_BOOTSTRAP_WEBHOOK: `${receiver.origin}/hook`,
      WATCHBELL_EGRESS_ALLOW: receiver.hostPort,
      WATCHBELL_NOTIFY_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 7).toString("base64")}`,
    });
    worker = spawnWorker(setup);
    await untilReady(setup, worker);
  });
  afterEach(async () => {
    worker.child.kill("SIGTERM");
    await worker.ended;
    await receiver.close();
    killRest(folder);
    removeFolder(folder);
  });

  const notified = () =>
    new Set(
      receiver.requests.map(
        (one) => (JSON.parse(one.body.toString()) as { data: { alert: { id: string } } }).data.alert.id,
      ),
    );
  const missingFrom = (found: ReadonlySet<string>, ids: ReadonlySet<string>) => [...ids].filter((id) => !found.has(id));

  const expectNothingLost = async (accepted: ReadonlySet<string>) => {
    expect(accepted.size).toBeGreaterThan(0);
    // A kill of a moment ago may be noticed only now.
    const listed = await until("the list is answered", () => listAlerts(setup).catch(() => null));
    expect(missingFrom(new Set(listed.map((alert) => alert.id)), accepted)).toEqual([]);
    await until(
      "every accepted alert is notified",
      () => missingFrom(notified(), accepted).length === 0,
      NOTIFIED_MS_MAX,
    );
  };

  it("of the worker, again and again, loses no accepted alert and no notification", async () => {
    const load = startLoad(setup);
    for (let round = 0; round < ROUNDS; round += 1) {
      await delay(100 + random() * 1_200);
      worker.child.kill("SIGKILL");
      await once(worker.child, "exit");
      worker = spawnWorker(setup);
      await untilReady(setup, worker);
    }
    await delay(300);
    await load.stop();
    expect(load.wrong).toEqual([]);
    await expectNothingLost(load.accepted);
  });

  it("of the database server, again and again, loses nothing, and the worker has it running again", async () => {
    const data = join(folder, "data");
    const load = startLoad(setup);
    for (let round = 0; round < ROUNDS; round += 1) {
      await delay(100 + random() * 1_200);
      const server = postmasterOf(data);
      process.kill(server, "SIGKILL");
      await until("another server runs", () => ![0, server].includes(postmasterOf(data)));
      await until("it is ready", async () => (await readiness(setup)) === 200);
    }
    await load.stop();
    expect(worker.child.exitCode).toBeNull();
    expect(load.wrong).toEqual([]);
    expect(load.refused()).toBeGreaterThan(0);
    expect(worker.stderr()).toContain("the database server died; it is started anew");
    await expectNothingLost(load.accepted);
  });

  it("of single database connections loses nothing, and the worker goes on", async () => {
    const data = join(folder, "data");
    const server = postmasterOf(data);
    const load = startLoad(setup);
    let killed = 0;
    while (killed < 2 * ROUNDS) {
      await delay(100 + random() * 400);
      const connections = await connectionsOf(data);
      if (killOne(connections[Math.floor(random() * connections.length)])) killed += 1;
      await until("it is ready", async () => (await readiness(setup)) === 200);
    }
    await load.stop();
    expect(isAlive(server)).toBe(true);
    expect(worker.child.exitCode).toBeNull();
    expect(load.wrong).toEqual([]);
    await expectNothingLost(load.accepted);
  });

  it("of a database server that cannot come back refuses pushes, says not ready, and goes on once it can", async () => {
    const data = join(folder, "data");
    const elsewhere = join(data, "postgres-elsewhere");
    renameSync(join(data, "postgres"), elsewhere);
    process.kill(Number(readFileSync(join(elsewhere, "postmaster.pid"), "utf8").split("\n")[0]), "SIGKILL");
    await until("it is not ready", async () => (await readiness(setup)) === 503);
    await until("it was tried", () => worker.stderr().includes("the database server does not start"));
    const refused = await pushAlert(setup);
    expect(refused.status).toBe(503);
    expect(Number(refused.retryAfter)).toBeGreaterThan(0);
    renameSync(elsewhere, join(data, "postgres"));
    await until("it is ready", async () => (await readiness(setup)) === 200);
    expect((await pushAlert(setup)).status).toBe(202);
  });
});
