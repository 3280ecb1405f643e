import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { stopServerIn } from "../../src/platform/database/embedded.ts";
import type { Intake } from "../load/load-order.ts";
import { monotonicMs } from "../monotonic.ts";
import type { Started, System } from "../system.ts";
import { endChild, freePort } from "./child.ts";

/** `watchbell start`: the real worker on its embedded PostgreSQL, beside the sandbox. */
const MAIN = join(import.meta.dirname, "../../src/main.ts");
const READY_MS_MAX = 60_000;
const STOP_GRACE_MS = 5_000;
/** A claim of a killed worker ends after 30 s, the sweep comes every 5 s. */
const RECOVERY_MS = 40_000;
const PAGE_ALERTS = 200;

const startReport = z.object({
  portal: z.string(),
  intakeUrl: z.string(),
  intakeKey: z.string(),
  apiToken: z.string(),
  subscriptionId: z.string(),
  dataFolder: z.string(),
  pid: z.number(),
});
type StartReport = z.infer<typeof startReport>;

const notification = z.object({
  data: z.object({ alert: z.object({ source: z.object({ alertId: z.string() }) }) }),
});
const alertPage = z.object({
  alerts: z.array(z.object({ count: z.number(), source: z.object({ alertId: z.string() }) })),
  next: z.string().optional(),
});

/** The GUID at the end of an Azure alert id. */
const guidOf = (alertId: string) => alertId.slice(-36);

/** `environment` is added to the caller's own: settings of the worker, or `DATABASE_URL`. */
export function createWatchbell(environment: Record<string, string>): System {
  const folder = mkdtempSync(join(tmpdir(), "watchbell-bench-"));
  // As root the database server runs as another user, who must be able to enter.
  chmodSync(folder, 0o755);
  let command: ChildProcess | null = null;
  let report: StartReport | null = null;

  const start = async (sinkUrl: string): Promise<Started> => {
    if (command) await endChild(command, "SIGINT", STOP_GRACE_MS);
    const port = await freePort();
    const args = [MAIN, "start", "--json", "--quiet", "--webhook", sinkUrl, "--port", String(port)];
    const spawnedAt = monotonicMs();
    command = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", ...args], {
      cwd: folder,
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "inherit"],
    });
    report = await readReport(command);
    return {
      intake: toIntake(report),
      programPid: report.pid,
      databasePid: readDatabasePid(report.dataFolder),
      spawnedAt,
    };
  };
  const stop = async () => {
    if (command) await endChild(command, "SIGINT", STOP_GRACE_MS);
    await stopServerIn(join(folder, ".watchbell"));
    rmSync(folder, { recursive: true, force: true });
  };
  return {
    name: "watchbell",
    readIds: (body) => [guidOf(notification.parse(body).data.alert.source.alertId)],
    start,
    kill: () => {
      if (report) process.kill(report.pid, "SIGKILL");
    },
    stop,
    recoveryMs: RECOVERY_MS,
    readCounts: async (tag) => (report ? readCounts(report, tag) : null),
  };
}

function readReport(command: ChildProcess): Promise<StartReport> {
  return new Promise((resolve, reject) => {
    let text = "";
    const timer = setTimeout(() => reject(new Error("watchbell start was not ready in time")), READY_MS_MAX);
    command.once("error", reject);
    command.once("exit", (code) => reject(new Error(`watchbell start ended with code ${code}`)));
    command.stdout!.on("data", (chunk: Buffer) => {
      text += chunk.toString("utf8");
      if (!text.includes("\n")) return;
      clearTimeout(timer);
      resolve(startReport.parse(JSON.parse(text)));
    });
  });
}

function readDatabasePid(dataFolder: string): number | null {
  const file = join(dataFolder, "postgres/postmaster.pid");
  return existsSync(file) ? Number(readFileSync(file, "utf8").split("\n")[0]) : null;
}

function toIntake(report: StartReport): Intake {
  const url = new URL(report.intakeUrl);
  return {
    origin: url.origin,
    path: url.pathname,
    headers: { "content-type": "application/json", "x-watchbell-key": report.intakeKey },
    template: commonAlert(report.subscriptionId),
    acceptedStatus: 202,
  };
}

/** A fired metric alert in the common alert schema, about 1.8 kB. */
function commonAlert(subscriptionId: string): string {
  const at = new Date().toISOString();
  const resource = `/subscriptions/${subscriptionId}/resourceGroups/rg-shop-production/providers/Microsoft.Compute/virtualMachines/vm-shop-frontend-01`;
  const rule = "High CPU on the shop's frontend machines";
  return JSON.stringify({
    schemaId: "azureMonitorCommonAlertSchema",
    data: {
      essentials: {
        alertId: `/subscriptions/${subscriptionId}/providers/Microsoft.AlertsManagement/alerts/{{id}}`,
        alertRule: rule,
        severity: "Sev1",
        signalType: "Metric",
        monitorCondition: "Fired",
        monitoringService: "Platform",
        alertTargetIDs: [resource],
        configurationItems: ["vm-shop-frontend-01"],
        originAlertId: `${subscriptionId}_rg-shop-production_microsoft.insights_metricAlerts_high-cpu_{{id}}`,
        firedDateTime: at,
        description:
          "Average processor time was over 90 % for five minutes. Look at the deployment of the last hour first; the runbook names who owns the machine and how to take it out of the pool.",
        essentialsVersion: "1.0",
        alertContextVersion: "1.0",
      },
      alertContext: {
        properties: { team: "shop", runbook: "https://wiki.example.com/runbooks/shop/high-cpu", cost: "cc-4711" },
        conditionType: "SingleResourceMultipleMetricCriteria",
        condition: {
          windowSize: "PT5M",
          allOf: ["Percentage CPU", "Available Memory Bytes"].map((metricName) => ({
            metricName,
            metricNamespace: "Microsoft.Compute/virtualMachines",
            operator: "GreaterThan",
            threshold: "90",
            timeAggregation: "Average",
            dimensions: [{ name: "VMName", value: "vm-shop-frontend-01" }],
            metricValue: 97.25,
            webTestName: null,
          })),
          windowStartTime: at,
          windowEndTime: at,
        },
      },
      customProperties: { team: "shop", environment: "production" },
    },
  });
}

async function readCounts({ portal, apiToken }: StartReport, tag: string): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const headers = { authorization: `Bearer ${apiToken}` };
  let cursor: string | undefined;
  do {
    const query = new URLSearchParams({ limit: String(PAGE_ALERTS), ...(cursor === undefined ? {} : { cursor }) });
    const answer = await fetch(`${portal}/api/v1/alerts?${query}`, { headers });
    if (!answer.ok) throw new Error(`the list of alerts was answered ${answer.status}`);
    const page = alertPage.parse(await answer.json());
    for (const { count, source } of page.alerts) {
      const id = guidOf(source.alertId);
      if (id.startsWith(tag)) counts.set(id, count);
    }
    cursor = page.next;
  } while (cursor !== undefined);
  return counts;
}
