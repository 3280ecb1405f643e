import { printResult, runScript, runVitest } from "./support/run-vitest.ts";

/**
 * `npm test`: builds the portal, runs every test, and ends with one plain line, `N passed, N failed, N skipped`. Arguments
 * go to vitest. Exit code 1 when anything failed, also when no test ran.
 */
const BUILD = ["build", "--config", "src/portal/vite.config.ts", "--logLevel", "warn"];

async function main(args: readonly string[]): Promise<number> {
  if ((await runScript("node_modules/vite/bin/vite.js", BUILD)) === 0) return runVitest(args);
  printResult(0, 1, 0);
  return 1;
}

process.exitCode = await main(process.argv.slice(2));
