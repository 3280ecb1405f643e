import { spawn } from "node:child_process";
import { once } from "node:events";
import { listAlerts, pushAlert } from "../process/push-alert.ts";
import { freePort, isAlive, postmasterOf, ROOT, type StartReport, until } from "../process/start-process.ts";

/**
 * The README's second command as a script uses it: `npm start -- --json`, wait for the line, push one alert with the
 * key, see it in the list, and end it as Ctrl-C does. Uses the data folder of this checkout (`.watchbell/`).
 */
const READY_MS_MAX = 120_000;
const END_MS_MAX = 2_000;

const port = String(await freePort());
// A process group of its own: Ctrl-C reaches npm and what it started alike.
const npm = spawn("npm", ["start", "--", "--json", "--port", port], {
  cwd: ROOT,
  stdio: ["ignore", "pipe", 2],
  detached: true,
});
let output = "";
npm.stdout!.setEncoding("utf8").on("data", (chunk: string) => {
  output += chunk;
});
const ended = once(npm, "exit");
const signalAll = (signal: NodeJS.Signals) => {
  try {
    process.kill(-npm.pid!, signal);
  } catch {
    // already gone
  }
};

try {
  const line = await until("the line of JSON", () => /^\{.*\}$/m.exec(output)?.[0], READY_MS_MAX);
  const is = JSON.parse(line) as StartReport;
  // npm itself names the script that it runs; beyond that there is the one line.
  const others = output.split("\n").filter((text) => text !== "" && text !== line && !text.startsWith("> "));
  if (others.length > 0) throw new Error(`standard output holds more than the line: ${others.join("\n")}`);
  const pushed = await pushAlert(is);
  if (pushed.status !== 202) throw new Error(`the push was answered ${pushed.status}`);
  await until("the alert is listed", async () =>
    (await listAlerts(is)).some((alert) => alert.id === pushed.alertIds[0]),
  );
  const pids = [is.pid, postmasterOf(is.dataFolder)];
  const endedAt = performance.now();
  signalAll("SIGINT");
  await ended;
  await until("everything has ended", () => !pids.some(isAlive), END_MS_MAX);
  const tookMs = Math.round(performance.now() - endedAt);
  if (tookMs > END_MS_MAX) throw new Error(`the end took ${tookMs} ms`);
  process.stdout.write(`npm start: ready, alert ${pushed.alertIds[0]} listed, ended within ${tookMs} ms\n`);
} finally {
  signalAll("SIGKILL");
}
