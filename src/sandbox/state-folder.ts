import { mkdirSync, readFileSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { join } from "node:path";
import type { StateFolder } from "./world.ts";

/** A burst of changes becomes one write; small enough that little is lost when the process is killed. */
const WRITE_DELAY_MS = 50;

/** The folder and what ends it: `flush` waits until every change is on disk. */
export interface DurableStateFolder extends StateFolder {
  flush(): Promise<void>;
}

/**
 * JSON files below `folder` (made 0700; files 0600, written whole by rename so that a kill leaves the old or the new).
 * `load` answers undefined for a name never saved and throws for a file that is no JSON, naming it.
 */
export function createStateFolder(folder: string): DurableStateFolder {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const pending = new Map<string, { timer: NodeJS.Timeout; snapshot: () => unknown }>();
  let writing: Promise<void> = Promise.resolve();
  let failure: unknown;

  const pathOf = (name: string) => join(folder, `${name}.json`);
  const writeNow = (name: string) => {
    const due = pending.get(name);
    if (due === undefined) return;
    clearTimeout(due.timer);
    pending.delete(name);
    writing = writing
      .then(() => writeWhole(pathOf(name), JSON.stringify(due.snapshot(), null, 2)))
      .catch((error) => {
        failure ??= error;
      });
  };
  return {
    load: (name) => readJson(pathOf(name)),
    save(name, snapshot) {
      if (pending.has(name)) return;
      const timer = setTimeout(() => writeNow(name), WRITE_DELAY_MS);
      timer.unref();
      pending.set(name, { timer, snapshot });
    },
    async flush() {
      for (const name of [...pending.keys()]) writeNow(name);
      await writing;
      if (failure !== undefined) throw new Error(`write the sandbox's state below ${folder}`, { cause: failure });
    },
  };
}

function readJson(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${path} is damaged; start with --fresh, or delete it`, { cause: error });
  }
}

async function writeWhole(path: string, text: string): Promise<void> {
  const file = await open(`${path}.new`, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}
