import { printResult, runScript, runVitest } from "../support/run-vitest.ts";

/**
 * `npm run test:engine`: builds the Pulumi CLI when it is missing, runs the tests with the real engine alone, and ends with
 * one plain line, `N passed, N failed, N skipped`. Where the CLI cannot be had they are skipped; a build that fails is a
 * failure. Arguments go to vitest.
 */
async function main(args: readonly string[]): Promise<number> {
  if ((await runScript("scripts/pulumi-cli.ts", [])) === 0) {
    return runVitest(["--config", "test/engine/vitest.config.ts", ...args]);
  }
  printResult(0, 1, 0);
  return 1;
}

process.exitCode = await main(process.argv.slice(2));
