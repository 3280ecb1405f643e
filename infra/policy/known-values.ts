import { UNKNOWN, type Values } from "../../src/permissions-diff/state-values.ts";

/**
 * The inputs as plain values. The policy engine hands out objects that throw where a value is not known yet, which would
 * end a rule and make its finding an advice; here such a value becomes `UNKNOWN`.
 */
export function knownValues(inputs: Readonly<Record<string, unknown>>): Values {
  return plain(inputs) as Values;
}

function plain(value: unknown): unknown {
  if (Array.isArray(value))
    return Array.from({ length: value.length }, (_, index) => plain(read(value, String(index))));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.keys(value).map((key) => [key, plain(read(value, key))]));
}

function read(holder: object, key: string): unknown {
  try {
    return (holder as Record<string, unknown>)[key];
  } catch (error) {
    // The class is not exported by the policy SDK; its message is all there is.
    if (error instanceof Error && /can't be known during preview/.test(error.message)) return UNKNOWN;
    throw error;
  }
}
