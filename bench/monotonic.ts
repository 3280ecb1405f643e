/** Milliseconds of the machine's monotonic clock: the same for every thread and process on Linux, so they compare. */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1e6;
}
