#!/usr/bin/env node
import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/**
 * The command line. Each command is loaded on demand, so that the container image needs only what the worker needs.
 */
const USAGE = `watchbell: on-call alerting for Azure

  watchbell start [--fresh] [--json] [--quiet] [--webhook URL] [--port N]
      A simulated Azure on this machine and the real worker against it, to try the product. Data: .watchbell/
        --fresh         begin anew (deletes the data folder's contents)
        --json          one line of JSON on standard output once ready; logs go to standard error
        --quiet         fire no sample alerts
        --webhook URL   the person on duty is also called by this webhook
        --port N        the portal's port (default 8080, else the next free one)
  watchbell worker      The worker; all settings from the environment (docs/settings.md)
  watchbell doctor      Checks sign-in, each permission, endpoints, clock and database, and says what to do [--json]
  watchbell permissions-diff [FILE] [--json] [--exit-code]
      What a change of the infrastructure grants and revokes: reads the output of \`pulumi preview --json\` from FILE or
      standard input (docs/review.md)
`;

async function main(args: string[]): Promise<number> {
  const [command, ...rest] = args;
  switch (command) {
    case "start": {
      const { runStart } = await import("./sandbox/start.ts");
      return runStart(parseArgs({ args: rest, options: START_OPTIONS, strict: true }).values);
    }
    case "worker": {
      parseArgs({ args: rest, options: {}, strict: true });
      const { runWorker } = await import("./worker.ts");
      return runWorker();
    }
    case "doctor": {
      const { runDoctor } = await import("./doctor/doctor.ts");
      return runDoctor(parseArgs({ args: rest, options: { json: { type: "boolean" } }, strict: true }).values);
    }
    case "permissions-diff": {
      const { values, positionals } = parseArgs({
        args: rest,
        options: DIFF_OPTIONS,
        strict: true,
        allowPositionals: true,
      });
      const { runPermissionsDiff } = await import("./permissions-diff/permissions-diff.ts");
      return runPermissionsDiff(positionals[0], values);
    }
    default:
      process.stderr.write(USAGE);
      return command === undefined || command === "help" || command === "--help" ? 0 : 2;
  }
}

const START_OPTIONS = {
  fresh: { type: "boolean" },
  json: { type: "boolean" },
  quiet: { type: "boolean" },
  webhook: { type: "string" },
  port: { type: "string" },
} as const;
const DIFF_OPTIONS = { json: { type: "boolean" }, "exit-code": { type: "boolean" } } as const;

// Compiled code is kept beside the packages: a start takes half the time. Where nothing can be written it does without.
enableCompileCache(fileURLToPath(new URL("../node_modules/.cache/watchbell", import.meta.url)));

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  // Expected mistakes (a wrong option, a wrong setting) are a sentence; DEBUG=1 adds where it was thrown.
  process.stderr.write(`watchbell: ${describe(error)}\n`);
  process.exitCode = 1;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (process.env["DEBUG"]) return error.stack ?? error.message;
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return error.message + cause;
}
