import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { monotonicMs } from "../monotonic.ts";
import type { Started, System } from "../system.ts";
import { endChild, freePort, hasEnded } from "./child.ts";

/**
 * Prometheus Alertmanager with one group an alert and no wait: the quickest it can notify alert by alert. It keeps
 * alerts in memory only. Configuration: https://prometheus.io/docs/alerting/latest/configuration/
 */
const NAME = "prometheus-alertmanager";
const READY_MS_MAX = 20_000;
const STOP_GRACE_MS = 5_000;
/** It has no leases to wait for: what it still knows it sends within its group interval of 5 s. */
const RECOVERY_MS = 12_000;

const notification = z.object({ alerts: z.array(z.object({ labels: z.object({ alert_id: z.string() }) })) });

/** Path of the program. Throws how to get it when it is not installed. */
export function findAlertmanager(): string {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/bin"];
  const found = folders.map((folder) => join(folder, NAME)).find(isProgram);
  if (found === undefined) {
    throw new Error(`${NAME} is not installed. On Debian: apt-get install --no-install-recommends ${NAME}`);
  }
  return found;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export function createAlertmanager(): System {
  const program = findAlertmanager();
  const folder = mkdtempSync(join(tmpdir(), "watchbell-bench-peer-"));
  let child: ChildProcess | null = null;

  const start = async (sinkUrl: string): Promise<Started> => {
    if (child) await endChild(child, "SIGTERM", STOP_GRACE_MS);
    const port = await freePort();
    const config = join(folder, "alertmanager.yml");
    writeFileSync(config, configuration(sinkUrl));
    const spawnedAt = monotonicMs();
    child = spawn(
      program,
      [
        `--config.file=${config}`,
        `--storage.path=${join(folder, "data")}`,
        `--web.listen-address=127.0.0.1:${port}`,
        "--cluster.listen-address=",
        "--log.level=error",
      ],
      { cwd: folder, stdio: ["ignore", 2, 2] },
    );
    const origin = `http://127.0.0.1:${port}`;
    await waitReady(child, origin);
    return {
      intake: {
        origin,
        path: "/api/v2/alerts",
        headers: { "content-type": "application/json" },
        template: postableAlert(),
        acceptedStatus: 200,
      },
      programPid: child.pid!,
      databasePid: null,
      spawnedAt,
    };
  };
  return {
    name: "alertmanager",
    readIds: (body) => notification.parse(body).alerts.map((alert) => alert.labels.alert_id),
    start,
    kill: () => {
      child?.kill("SIGKILL");
    },
    stop: async () => {
      if (child) await endChild(child, "SIGTERM", STOP_GRACE_MS);
      rmSync(folder, { recursive: true, force: true });
    },
    recoveryMs: RECOVERY_MS,
    readCounts: async () => null,
  };
}

const configuration = (sinkUrl: string) => `route:
  receiver: sink
  group_by: ['...']
  group_wait: 0s
  group_interval: 5s
  repeat_interval: 4h
receivers:
  - name: sink
    webhook_configs:
      - url: ${sinkUrl}
        send_resolved: false
`;

async function waitReady(child: ChildProcess, origin: string): Promise<void> {
  const until = monotonicMs() + READY_MS_MAX;
  while (monotonicMs() < until) {
    if (hasEnded(child)) throw new Error(`${NAME} did not start; the lines above say why`);
    const isReady = await fetch(`${origin}/-/ready`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (isReady) return;
    await delay(5);
  }
  throw new Error(`${NAME} was not ready within ${READY_MS_MAX / 1_000} s`);
}

/** One alert, as large as the other system's. */
const BODY_BYTES = 1_800;
const HOUR_MS = 3_600_000;

function postableAlert(): string {
  const alert = (description: string) =>
    JSON.stringify([
      {
        labels: {
          alertname: "HighCpu",
          alert_id: "{{id}}",
          severity: "Sev1",
          resource: "vm-shop-frontend-01",
          environment: "production",
        },
        annotations: { summary: "High CPU on the shop's frontend machines", description },
        endsAt: new Date(Date.now() + HOUR_MS).toISOString(),
      },
    ]);
  return alert("x".repeat(BODY_BYTES - alert("").length));
}
