import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { freePort, ROOT, until } from "./start-process.ts";

/** The worker alone, as a process: no Azure answers it, its database server is embedded or given by DATABASE_URL. */
export interface WorkerSetup {
  folder: string;
  portal: string;
  intakeUrl: string;
  intakeKey: string;
  apiToken: string;
  subscriptionId: string;
  environment: Record<string, string>;
}

/** Settings that stay the same over all lives of the worker. `extra` are more environment variables. */
export async function setUpWorker(folder: string, extra: Record<string, string> = {}): Promise<WorkerSetup> {
  const port = String(await freePort());
  const nobody = `https://127.0.0.1:${await freePort()}`;
  const portal = `http://127.0.0.1:${port}`;
  const intakeKey = `wb_${randomBytes(32).toString("base64url")}`;
  const apiToken = `wb_${randomBytes(32).toString("base64url")}`;
  const subscriptionId = randomUUID();
  const environment = {
    PATH: process.env["PATH"] ?? "",
    WATCHBELL_PUBLIC_URL: portal,
    WATCHBELL_LISTEN_HOST: "127.0.0.1",
    WATCHBELL_LISTEN_PORT: port,
    WATCHBELL_LOG_LEVEL: "warn",
    WATCHBELL_DATA_FOLDER: join(folder, "data"),
    WATCHBELL_ENTRA_TENANT_ID: randomUUID(),
    WATCHBELL_ENTRA_CLIENT_ID: randomUUID(),
    WATCHBELL_ENTRA_PORTAL_CLIENT_ID: randomUUID(),
    WATCHBELL_ENTRA_AUTHORITY_HOST: nobody,
    WATCHBELL_AZURE_RESOURCE_MANAGER: nobody,
    WATCHBELL_AZURE_SUBSCRIPTIONS: subscriptionId,
    WATCHBELL_BOOTSTRAP_PEOPLE: `${randomUUID()}|Dana Weiss|Admin`,
    WATCHBELL_BOOTSTRAP_INTAKE_KEY: intakeKey,
    WATCHBELL_BOOTSTRAP_API_TOKEN: apiToken,
    ...extra,
  };
  const intakeUrl = `${portal}/api/v1/intake/azure-monitor`;
  return { folder, portal, intakeUrl, intakeKey, apiToken, subscriptionId, environment };
}

export interface WorkerProcess {
  child: ChildProcess;
  stderr(): string;
  ended: Promise<unknown>;
}

/** Starts `watchbell worker`; `root` is another copy of the program. Not ready yet: see `untilReady`. */
export function spawnWorker(setup: WorkerSetup, root = ROOT): WorkerProcess {
  const command = ["--disable-warning=ExperimentalWarning", join(root, "src/main.ts"), "worker"];
  const child = spawn(process.execPath, command, {
    cwd: setup.folder,
    env: setup.environment,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let text = "";
  child.stderr!.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  return { child, stderr: () => text, ended: once(child, "close") };
}

/** The status of /readyz; 0 = nobody answers. */
export const readiness = (setup: Pick<WorkerSetup, "portal">): Promise<number> =>
  fetch(`${setup.portal}/readyz`).then(
    async (answer) => {
      await answer.arrayBuffer();
      return answer.status;
    },
    () => 0,
  );

/** Waits for /readyz; throws with what the worker said when it ends instead. */
export async function untilReady(setup: WorkerSetup, worker: WorkerProcess, withinMs = 30_000): Promise<void> {
  await until(
    "the worker is ready",
    async () => {
      if (worker.child.exitCode !== null) throw new Error(`the worker ended: ${worker.stderr()}`);
      return (await readiness(setup)) === 200;
    },
    withinMs,
  );
}
