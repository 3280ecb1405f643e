/**
 * When client secrets are made and when they end. Counted from the setting `secretsFrom` alone, so every run of a month
 * decides the same, a preview shows a rotation before it happens, and nothing keeps time but the calendar.
 *
 *     secretsFrom        + half a life      + a life           + 1½ lives
 *     |-- secret 0 ------------------------|
 *                        |-- secret 1 ------------------------|
 *                                           |-- secret 2 ----------------------- …
 *
 * Two secrets at most are valid: the current one, which the vault holds, and its predecessor, which whoever copied it may
 * use until it ends. The `up` after that removes it.
 */

export interface ClientSecretTerm {
  /** 0 for the first, then counted up. */
  readonly number: number;
  /** First and last instant, ISO 8601 in UTC. */
  readonly startsAt: string;
  readonly endsAt: string;
}

/** An instant of UTC, `months` after the first of the month `from` (`YYYY-MM`). */
function monthAfter(from: string, months: number): Date {
  const [year = 0, month = 0] = from.split("-").map(Number);
  return new Date(Date.UTC(year, month - 1 + months, 1));
}

/**
 * Secrets that exist at `now` (epoch milliseconds), the current one last. Throws when `from` lies in the future, because
 * a secret that is not yet valid would look like one that works.
 */
export function secretTermsAt(from: string, lifeMonths: number, now: number): ClientSecretTerm[] {
  const start = monthAfter(from, 0);
  if (now < start.getTime()) throw new Error(`watchbell:secretsFrom: ${from} lies in the future; name this month`);
  const today = new Date(now);
  const elapsed = (today.getUTCFullYear() - start.getUTCFullYear()) * 12 + today.getUTCMonth() - start.getUTCMonth();
  const current = Math.floor(elapsed / (lifeMonths / 2));
  return [current - 1, current].filter((number) => number >= 0).map((number) => term(from, lifeMonths, number));
}

function term(from: string, lifeMonths: number, number: number): ClientSecretTerm {
  const start = number * (lifeMonths / 2);
  return {
    number,
    startsAt: monthAfter(from, start).toISOString(),
    endsAt: monthAfter(from, start + lifeMonths).toISOString(),
  };
}
