import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Runs scripts of installed packages, and the tests so that the output ends with one plain line. */

export const ROOT = join(import.meta.dirname, "../..");

/** Runs a script with the Node that runs this, in the repository. Answers its exit code. */
export function runScript(script: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(ROOT, script), ...args], { cwd: ROOT, stdio: "inherit" });
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}

interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
}

/**
 * Runs vitest and prints `N passed, N failed, N skipped` as the last line. Answers the exit code: 1 when anything failed,
 * also a file before its first test, and when no test ran at all.
 */
export async function runVitest(args: readonly string[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "watchbell-report-"));
  const file = join(folder, "report.json");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const code = await runScript("node_modules/vitest/vitest.mjs", ["run", ...reporters, ...args]);
  const report = readReport(file);
  rmSync(folder, { recursive: true, force: true });
  // A file that fails before its tests counts as one failure.
  const failed = report.numFailedTests + (report.numFailedTests === 0 && code !== 0 ? 1 : 0);
  printResult(report.numPassedTests, failed, report.numPendingTests + report.numTodoTests);
  return code !== 0 || report.numPassedTests === 0 ? 1 : 0;
}

export function printResult(passed: number, failed: number, skipped: number): void {
  process.stdout.write(`\n${passed} passed, ${failed} failed, ${skipped} skipped\n`);
}

function readReport(file: string): Report {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Report;
  } catch {
    process.stdout.write("vitest wrote no report\n");
    return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 };
  }
}
