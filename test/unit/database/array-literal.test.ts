import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { arrayLiteral } from "../../../src/platform/database/array-literal.ts";
import { createTestStore, type TestStore } from "../../support/test-store.ts";

let store: TestStore;
beforeAll(async () => {
  store = await createTestStore(1);
});
afterAll(() => store.close());

async function roundTrip(type: string, values: (string | number | boolean | Buffer | null)[]): Promise<unknown[]> {
  const answer = await store.pool.query(
    `select t.value from unnest($1::${type}[]) with ordinality as t(value, n) order by n`,
    [arrayLiteral(type, values)],
  );
  return answer.rows.map((row: { value: unknown }) => row.value);
}

test("no values are an empty array", async () => {
  expect(await roundTrip("text", [])).toEqual([]);
});

test("text with quotes, backslashes, braces, commas, line feeds, empty text and the word NULL comes back as it was", async () => {
  const values = ['say "x"', "back\\slash", '\\"', "{a,b}", "a\nb\tc", "", " ", "NULL", "null", "ä€😀", null];
  expect(await roundTrip("text", values)).toEqual(values);
});

test("any text that the store can hold comes back as it was", async () => {
  const text = fc.string({ unit: "binary" }).filter((value) => !value.includes("\0"));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(text), { maxLength: 20 }), async (values) => {
      expect(await roundTrip("text", values)).toEqual(values);
    }),
    { seed: 7, numRuns: 50 },
  );
});

test("bytes, numbers, flags, identifiers and instants come back as they were", async () => {
  expect(await roundTrip("bytea", [Buffer.from([0, 92, 34, 255]), Buffer.alloc(0), null])).toEqual([
    Buffer.from([0, 92, 34, 255]),
    Buffer.alloc(0),
    null,
  ]);
  expect(await roundTrip("int4", [0, -1, 2_147_483_647, null])).toEqual([0, -1, 2_147_483_647, null]);
  expect(await roundTrip("bool", [true, false, null])).toEqual([true, false, null]);
  const id = "019ab7c0-0000-7000-8000-000000000001";
  expect(await roundTrip("uuid", [id, null])).toEqual([id, null]);
  const at = "2026-11-24T18:30:00.123Z";
  expect(await roundTrip("timestamptz", [at, null])).toEqual([new Date(at), null]);
});

test("JSON text is quoted like any text", async () => {
  expect(await roundTrip("jsonb", [JSON.stringify({ say: 'a "b" \\ c' }), null])).toEqual([
    { say: 'a "b" \\ c' },
    null,
  ]);
});
