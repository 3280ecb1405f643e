/**
 * A column of a set-based statement as PostgreSQL's array literal ("Array Input and Output Syntax" in its manual). The
 * driver does the same with two regular expressions a value, which is a tenth of the intake's time; here only columns
 * that can need quoting are looked at.
 */
export type ColumnValue = string | number | boolean | Buffer | null;

/** Values that the type writes without quotes, commas, braces or backslashes: numbers, uuid, bool, ISO instants. */
const PLAIN_TYPES: ReadonlySet<string> = new Set(["uuid", "int4", "int8", "bool", "timestamptz"]);

/** `type` is the element's; null becomes NULL. A value of a plain type must be in that type's own spelling. */
export function arrayLiteral(type: string, values: readonly ColumnValue[]): string {
  const element = PLAIN_TYPES.has(type) ? String : quoted;
  let literal = "{";
  for (const [index, value] of values.entries()) {
    literal += (index === 0 ? "" : ",") + (value === null ? "NULL" : element(value));
  }
  return `${literal}}`;
}

const SPECIAL = /["\\]/;
const SPECIAL_ALL = /["\\]/g;

function quoted(value: Exclude<ColumnValue, null>): string {
  if (Buffer.isBuffer(value)) return `"\\\\x${value.toString("hex")}"`;
  const text = String(value);
  return `"${SPECIAL.test(text) ? text.replace(SPECIAL_ALL, "\\$&") : text}"`;
}
