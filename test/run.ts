import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * `npm test`: builds the portal, runs every test, and ends with one plain line, `N passed, N failed, N skipped`. Arguments
 * go to vitest. Exit code 1 when anything failed, also when no test ran.
 */
const root = join(import.meta.dirname, "..");
const bin = (name: string) => join(root, "node_modules", name);

const run = (script: string, args: string[]) =>
  new Promise<number>((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], { cwd: root, stdio: "inherit" });
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });

interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  numFailedTestSuites: number;
}

const folder = mkdtempSync(join(tmpdir(), "watchbell-report-"));
const file = join(folder, "report.json");
const built = await run(bin("vite/bin/vite.js"), [
  "build",
  "--config",
  "src/portal/vite.config.ts",
  "--logLevel",
  "warn",
]);
const code =
  built === 0
    ? await run(bin("vitest/vitest.mjs"), [
        "run",
        "--reporter=default",
        "--reporter=json",
        `--outputFile.json=${file}`,
        ...process.argv.slice(2),
      ])
    : built;
let report: Report = {
  numPassedTests: 0,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  numFailedTestSuites: 0,
};
try {
  report = JSON.parse(readFileSync(file, "utf8")) as Report;
} catch {
  process.stdout.write("vitest wrote no report\n");
}
rmSync(folder, { recursive: true, force: true });
// A file that fails before its tests counts as one failure.
const failed = report.numFailedTests + (report.numFailedTests === 0 && code !== 0 ? 1 : 0);
process.stdout.write(
  `\n${report.numPassedTests} passed, ${failed} failed, ${report.numPendingTests + report.numTodoTests} skipped\n`,
);
process.exitCode = code !== 0 || report.numPassedTests === 0 ? 1 : 0;
