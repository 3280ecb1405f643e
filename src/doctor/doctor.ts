import { type Clock, createSystemClock } from "../platform/clock.ts";
import { readSettings, type Settings, SettingsError } from "../settings.ts";
import type { CheckResult } from "./check.ts";
import { examine } from "./examine.ts";
import { toLines, toReport } from "./report.ts";
import { settingFailures } from "./setting-checks.ts";

/**
 * `watchbell doctor`: settings from the environment as for the worker, then one line for each check (docs/doctor.md).
 * Answers the exit code: 0 nothing failed, 1 something did, 2 the settings are not readable.
 */
export async function runDoctor(options: { json?: boolean | undefined }): Promise<number> {
  const clock = createSystemClock();
  const settings = readOrReport(options);
  if (settings === undefined) return 2;
  const results = await examine({ settings, environment: process.env, clock });
  const { ok } = print(results, settings, options);
  endSoon(clock, ok ? 0 : 1);
  return ok ? 0 : 1;
}

function readOrReport(options: { json?: boolean | undefined }): Settings | undefined {
  try {
    return readSettings(process.env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    print(settingFailures(error), {}, options);
    return undefined;
  }
}

function print(results: readonly CheckResult[], settings: object, { json }: { json?: boolean | undefined }) {
  const report = toReport(results, settings);
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : toLines(report));
  return report;
}

/** A call that was given up may still wait for its answer; the process does not. */
const END_MS_MAX = 500;

function endSoon(clock: Clock, code: number): void {
  clock.setTimer(clock.now() + END_MS_MAX, () => process.exit(code));
}
