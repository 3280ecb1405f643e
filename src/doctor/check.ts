/** What one check found: one line of the report. */
export interface CheckResult {
  /** Stable name for scripts: `clock`, `permission:<action>:<subscription>`. */
  id: string;
  /** `fail`: something does not work. `warn`: it works, or could not be checked, and somebody should look. */
  status: "ok" | "warn" | "fail";
  /** What was looked at, for people. */
  what: string;
  finding: string;
  /** What to do; empty when there is nothing to do. */
  advice: string;
}

/** The results of one check, without repeating its name. */
export interface Line {
  ok(finding: string): CheckResult;
  warn(finding: string, advice: string): CheckResult;
  fail(finding: string, advice: string): CheckResult;
  /** For a check that stands on another one: `because` goes on after "not checked because". */
  notChecked(because: string): CheckResult;
}

/** Finding and advice of a failure. */
export interface Explanation {
  finding: string;
  advice: string;
}

/** A check did not end in its time. */
export class CheckTimeoutError extends Error {
  readonly seconds: number;
  constructor(boundMs: number) {
    const seconds = boundMs / 1_000;
    super(`no answer within ${seconds} s`);
    this.name = "CheckTimeoutError";
    this.seconds = seconds;
  }
}

/** Every check ends within this time. */
export const CHECK_MS_MAX = 10_000;

export function lineOf(id: string, what: string): Line {
  const make = (status: CheckResult["status"], finding: string, advice: string) => ({
    id,
    status,
    what,
    finding,
    advice,
  });
  return {
    ok: (finding) => make("ok", finding, ""),
    warn: (finding, advice) => make("warn", finding, advice),
    fail: (finding, advice) => make("fail", finding, advice),
    notChecked: (because) => make("warn", `not checked because ${because}`, ""),
  };
}

/**
 * Runs `run` for at most `boundMs` milliseconds; later it rejects with `CheckTimeoutError`, whether or not `run` heeds
 * the signal (some credentials do not).
 */
export function bounded<T>(boundMs: number, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signal = AbortSignal.timeout(boundMs);
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(new CheckTimeoutError(boundMs)), { once: true });
  });
  return Promise.race([run(signal), late]);
}

/** Runs one check within its bound. Whatever it throws is a FAIL in the words of `explain`: the others go on. */
export async function runCheck(
  line: Line,
  boundMs: number,
  run: (signal: AbortSignal) => Promise<CheckResult>,
  explain: (error: unknown) => Explanation,
): Promise<CheckResult> {
  try {
    return await bounded(boundMs, run);
  } catch (error) {
    const { finding, advice } = explain(error);
    return line.fail(finding, advice);
  }
}
