import { type App, createApp } from "./app.ts";
import { createSystemClock } from "./platform/clock.ts";
import { createManagedIdentityToken } from "./platform/http/credential.ts";
import { createIds } from "./platform/ids.ts";
import { createLogger, type Logger } from "./platform/log.ts";
import { readSettings } from "./settings.ts";
import { type OpenedStore, openWorkerStore } from "./store.ts";

/**
 * The worker as a process: settings from the environment, the store, the app; ends in order on SIGTERM and SIGINT. When a
 * parent started it with a channel, it ends with the parent.
 */
const DATABASE_TOKEN_SCOPE = "https://ossrdbms-aad.database.windows.net/.default";
/** An orderly end may take this long; then the process ends and the next start recovers. */
const STOP_MS_MAX = 1_500;

export async function runWorker(): Promise<number> {
  const settings = readSettings(process.env);
  const log = createLogger(settings["log.level"]);
  const databaseToken = createManagedIdentityToken(DATABASE_TOKEN_SCOPE, settings["entra.managedIdentityClientId"]);
  const opened = await openWorkerStore(settings, { log, databaseToken });
  let app: App;
  try {
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
  } catch (error) {
    await opened.stop();
    throw error;
  }
  await waitForEnd();
  return end(app, opened, log);
}

/** A signal, or the end of the parent. */
function waitForEnd(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGTERM", () => resolve());
    process.once("SIGINT", () => resolve());
    if (process.channel) process.once("disconnect", () => resolve());
  });
}

async function end(app: App, opened: OpenedStore, log: Logger): Promise<number> {
  log.info("the worker is ending");
  const late = setTimeout(() => {
    log.warn("the worker did not end in time; what was under way is taken up at the next start");
    process.exit(1);
  }, STOP_MS_MAX);
  await app.stop();
  await opened.stop();
  clearTimeout(late);
  process.disconnect?.();
  return 0;
}
