import { readFileSync } from "node:fs";
import { PreviewError, readPreview } from "./preview.ts";
import { changesPermissions, toMarkdown, toReport } from "./report.ts";

/**
 * `watchbell permissions-diff [FILE]`: what a change of the infrastructure grants and revokes, from the output of
 * `pulumi preview --json` in a file or on standard input. docs/review.md explains it.
 */
export const EXIT_CODES = {
  /** The preview was read; without `--exit-code` also when permissions change. */
  read: 0,
  /** The input is no preview, or the preview ended with errors, so that the list is not complete. */
  notComplete: 2,
  /** With `--exit-code` only: permissions change. */
  permissionsChange: 3,
} as const;

export interface PermissionsDiffOptions {
  json?: boolean | undefined;
  "exit-code"?: boolean | undefined;
}

const STANDARD_INPUT = 0;

/** Prints the report and answers the exit code. Rejects when the file cannot be read. */
export function runPermissionsDiff(file: string | undefined, options: PermissionsDiffOptions): number {
  const printed = readFileSync(file === undefined || file === "-" ? STANDARD_INPUT : file, "utf8");
  const { output, error, code } = permissionsDiff(printed, options);
  process.stdout.write(output);
  process.stderr.write(error);
  return code;
}

/** The command without its streams. */
export function permissionsDiff(
  printed: string,
  options: PermissionsDiffOptions,
): { output: string; error: string; code: number } {
  try {
    const report = toReport(readPreview(printed));
    const output = options.json ? `${JSON.stringify(report)}\n` : toMarkdown(report);
    if (!report.complete) return { output, error: "", code: EXIT_CODES.notComplete };
    const differs = options["exit-code"] === true && changesPermissions(report);
    return { output, error: "", code: differs ? EXIT_CODES.permissionsChange : EXIT_CODES.read };
  } catch (error) {
    if (!(error instanceof PreviewError)) throw error;
    return { output: "", error: `watchbell permissions-diff: ${error.message}\n`, code: EXIT_CODES.notComplete };
  }
}
