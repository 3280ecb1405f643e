import { visibleText } from "../alert/text.ts";
import { Secret } from "../platform/secret.ts";
import type { CheckResult } from "./check.ts";

/**
 * Results as text or JSON. Findings hold words of others (Entra, Azure, the database): hidden characters become visible
 * marks (threats C9), and values of secret settings are struck out, wherever they came from (threats S1).
 */

const TEXT_CHARS_MAX = 600;
/** Shorter ones are no secrets and would strike out ordinary words. */
const SECRET_CHARS_MIN = 6;

export interface Report {
  checks: CheckResult[];
  /** True when no check failed. */
  ok: boolean;
}

export function toReport(results: readonly CheckResult[], settings: object): Report {
  const secrets = secretsOf(settings);
  const clean = (text: string) => visibleText(strikeOut(text, secrets), TEXT_CHARS_MAX).trim();
  const checks = results.map(({ id, status, what, finding, advice }) => ({
    id: clean(id),
    status,
    what: clean(what),
    finding: clean(finding),
    advice: clean(advice),
  }));
  return { checks, ok: checks.every(({ status }) => status !== "fail") };
}

const LABELS = { ok: "ok  ", warn: "warn", fail: "FAIL" } as const;

/** One line for each check: `FAIL  what: finding. What to do.` */
export function toLines({ checks }: Report): string {
  const lines = checks.map(({ status, what, finding, advice }) =>
    `${LABELS[status]}  ${what}: ${sentence(finding)} ${sentence(advice)}`.trimEnd(),
  );
  return `${lines.join("\n")}\n`;
}

const sentence = (text: string) => (text === "" || /[.!?…]$/.test(text) ? text : `${text}.`);

/** Values of secret settings; of an address also its password, as written and decoded. */
function secretsOf(settings: object): string[] {
  const values = Object.values(settings).flatMap((value) => (value instanceof Secret ? [value.reveal()] : []));
  const passwords = values.flatMap((value) => {
    const password = URL.canParse(value) ? new URL(value).password : "";
    return [password, decode(password)];
  });
  return [...new Set([...values, ...passwords])]
    .filter((value) => value.length >= SECRET_CHARS_MIN)
    .sort((a, b) => b.length - a.length);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const strikeOut = (text: string, secrets: readonly string[]) =>
  secrets.reduce((shown, value) => shown.replaceAll(value, "[secret]"), text);
