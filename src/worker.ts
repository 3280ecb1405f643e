import type { App } from "./app.ts";
import { createSystemClock } from "./platform/clock.ts";
import { createIds } from "./platform/ids.ts";
import { createLogger, type Logger } from "./platform/log.ts";
import { readSettings, type Settings } from "./settings.ts";
import { type OpenedStore, openWorkerStore } from "./store.ts";

/**
 * The worker as a process: settings from the environment, the store, the app; ends in order on SIGTERM and SIGINT. When a
 * parent started it with a channel, it tells it when it is ready, and ends with it.
 */
/** Entra's scope of Azure Database for PostgreSQL. */
export const DATABASE_TOKEN_SCOPE = "https://ossrdbms-aad.database.windows.net/.default";
/** An orderly end may take this long; then the process ends and the next start recovers. */
const STOP_MS_MAX = 1_500;
/** Nothing is under way yet that deserves a longer wait. */
const STOP_WHILE_STARTING_MS_MAX = 500;

export async function runWorker(): Promise<number> {
  const settings = readSettings(process.env);
  const log = createLogger(settings["log.level"]);
  // Listened to from the first moment: a parent or an operator may end us while we start.
  const ending = waitForEnd();
  try {
    const running = startWorker(settings, log);
    const isUp = await Promise.race([ending.then(() => false), running.then(() => true)]);
    await ending;
    return await end(running, log, isUp ? STOP_MS_MAX : STOP_WHILE_STARTING_MS_MAX);
  } finally {
    // An open channel to the parent would keep this process alive.
    if (process.connected) process.disconnect();
  }
}

interface RunningWorker {
  app: App;
  opened: OpenedStore;
}

/** Opens the store and starts the app; what was opened is closed again when the start fails. */
async function startWorker(settings: Settings, log: Logger): Promise<RunningWorker> {
  // The program is loaded while the store opens: making a new database takes about as long.
  const loading = import("./app.ts");
  loading.catch(() => undefined);
  const opened = await openWorkerStore(settings, { log, databaseToken: () => databaseTokenOf(settings) });
  let app: App | undefined;
  try {
    const { createApp } = await loading;
    app = await createApp({
      settings,
      store: opened.store,
      clock: createSystemClock(),
      ids: createIds(),
      log,
      random: Math.random,
    });
    const port = await app.start();
    log.info({ port, publicUrl: settings.publicUrl }, "the worker is ready");
    process.send?.("ready");
    return { app, opened };
  } catch (error) {
    await app?.stop();
    await opened.stop();
    throw error;
  }
}

/** Loaded when it is needed: only a database with Entra sign-in asks for it. */
async function databaseTokenOf(settings: Settings): Promise<string> {
  const { createManagedIdentityToken } = await import("./platform/http/credential.ts");
  return createManagedIdentityToken(DATABASE_TOKEN_SCOPE, settings["entra.managedIdentityClientId"])();
}

/** A signal, or the end of the parent (which may be over already). */
function waitForEnd(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGTERM", () => resolve());
    process.once("SIGINT", () => resolve());
    if (process.send) process.once("disconnect", () => resolve());
    if (process.send && !process.connected) resolve();
  });
}

async function end(running: Promise<RunningWorker>, log: Logger, stopMsMax: number): Promise<number> {
  log.info("the worker is ending");
  const late = setTimeout(() => {
    log.warn("the worker did not end in time; what was under way is taken up at the next start");
    process.exit(1);
  }, stopMsMax);
  const { app, opened } = await running;
  await app.stop();
  await opened.stop();
  clearTimeout(late);
  return 0;
}
