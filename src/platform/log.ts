import { type Logger, pino } from "pino";

export type { Logger };

/** Longest string value in a log line; longer ones are cut (threats S4). */
const VALUE_CHARS_MAX = 2_048;

/** Fields that must never be written, wherever they stand (threats S3: the net behind an allow-list of fields). */
const REDACTED = [
  "authorization",
  "cookie",
  "token",
  "secret",
  "password",
  "key",
  "endpoint",
  "body",
  "headers",
].flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

const cut = (value: unknown): unknown =>
  typeof value === "string" && value.length > VALUE_CHARS_MAX ? `${value.slice(0, VALUE_CHARS_MAX)}…` : value;

/**
 * JSON lines on standard error (standard output belongs to commands). `level` is pino's word; `silent` for tests.
 */
export function createLogger(level: string): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: REDACTED, censor: "[secret]" },
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, cut(value)])),
      },
    },
    pino.destination({ fd: 2, sync: false }),
  );
}
