/** What runs for the benchmark at this moment, so that an interrupted run leaves nothing behind. */
const underWay = new Set<() => Promise<void>>();

/** Runs `run`, and `end` after it whatever happens, or at an interruption instead. */
export async function withEnd<T>(end: () => Promise<void>, run: () => Promise<T>): Promise<T> {
  underWay.add(end);
  try {
    return await run();
  } finally {
    underWay.delete(end);
    await end();
  }
}

/** Ends what is under way, last begun first, when the benchmark is told to end. */
export function endWhenInterrupted(): void {
  const endAll = async () => {
    for (const end of [...underWay].reverse()) await end().catch(() => undefined);
    process.exit(130);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void endAll());
}
