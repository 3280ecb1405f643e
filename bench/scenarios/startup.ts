import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedServer } from "../../src/platform/database/embedded.ts";
import { alertIdOf, newIdTag } from "../alert-ids.ts";
import { monotonicMs } from "../monotonic.ts";
import { readAgeMs, readProcess } from "../process-figures.ts";
import { type Figures, round } from "../statistics.ts";
import type { Started, System } from "../system.ts";
import { createWatchbell } from "../systems/watchbell.ts";
import { withEnd } from "../under-way.ts";
import { type Scenario, withSystem } from "./scenario.ts";

/**
 * From the command to the first accepted alert: in an empty folder, again in the same one, and (Watchbell) the worker on
 * a database server that is running already. The command also starts the sandbox and deploys into it; `programMs` is
 * the age of the worker alone.
 */
export const startup: Scenario = async (system) => {
  const own = await withSystem(system, async ({ started, sink }) => {
    const fromNothing = await firstAccepted(started);
    return { fromNothing, again: await firstAccepted(await system.start(sink.url)) };
  });
  return system.name === "watchbell" ? { ...own, onRunningDatabase: await onRunningDatabase() } : own;
};

async function firstAccepted({ intake, programPid, spawnedAt }: Started): Promise<Figures> {
  const { origin, path, headers, template, acceptedStatus } = intake;
  const body = template.replaceAll("{{id}}", alertIdOf(newIdTag(), 0));
  const answer = await fetch(`${origin}${path}`, { method: "POST", headers, body });
  if (answer.status !== acceptedStatus) throw new Error(`the first alert was answered ${answer.status}`);
  const commandMs = round(monotonicMs() - spawnedAt);
  return { commandMs, programMs: readAgeMs(programPid), programRssMiB: round(readProcess(programPid)?.rssMiB ?? 0) };
}

/** A first start makes the tables; the second is what a restart in production is. */
async function onRunningDatabase(): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), "watchbell-bench-database-"));
  chmodSync(folder, 0o755);
  const server = await startEmbeddedServer(folder);
  const end = async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return withEnd(end, async () => {
    const host = encodeURIComponent(server.socketFolder);
    const url = `postgres://${server.user}:${server.password}@localhost/postgres?host=${host}`;
    const system: System = createWatchbell({ DATABASE_URL: url });
    return withSystem(system, async ({ started, sink }) => {
      const first = await firstAccepted(started);
      return { first, again: await firstAccepted(await system.start(sink.url)) };
    });
  });
}
