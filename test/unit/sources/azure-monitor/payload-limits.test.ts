import { describe, expect, test } from "vitest";
import { DEPTH_MAX, parseBody } from "../../../../src/sources/azure-monitor/payload-limits.ts";

const parse = (text: string) => parseBody(Buffer.from(text));
const problemOf = (text: string) => {
  const parsed = parse(text);
  return parsed.ok ? null : parsed.problem;
};
const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

describe("limits of a body (threats I4)", () => {
  test("lets an ordinary payload through unchanged", () => {
    const text = '{"a":[1,-2.5e300,true,null,"ü 👍 \\u0041 \\ud83d\\udc4d"],"constructor":"a value"}';
    expect(parse(text)).toEqual({ ok: true, value: JSON.parse(text) });
  });

  test.each([
    ["a body that is no JSON", "{", "not-json"],
    ["an empty body", "", "not-json"],
    ["U+0000 in a string", '{"a":["x\\u0000"]}', "nul-character"],
    ["U+0000 in a member name", '{"\\u0000":1}', "nul-character"],
    ["a lone high surrogate", '{"a":"\\ud800"}', "lone-surrogate"],
    ["a lone low surrogate in a member name", '{"\\udc00":1}', "lone-surrogate"],
    ["a number beyond all bounds", '{"a":1e400000}', "number-not-finite"],
    ["a number beyond all bounds as the whole body", "-1e400", "number-not-finite"],
    ["a member called __proto__", '{"a":{"__proto__":{"b":1}}}', "forbidden-member"],
    ["__proto__ written with an escape", '{"\\u005f_proto__":1}', "forbidden-member"],
    ["a constructor with a prototype", '{"constructor":{"prototype":{}}}', "forbidden-member"],
  ])("refuses %s", (_, text, problem) => {
    expect(problemOf(text)).toBe(problem);
  });

  test("takes 64 levels and refuses 65", () => {
    expect(problemOf(nested(DEPTH_MAX))).toBeNull();
    expect(problemOf(nested(DEPTH_MAX + 1))).toBe("too-deep");
  });

  test("survives half a million levels", () => {
    expect(problemOf(nested(500_000))).toBe("too-deep");
    expect(problemOf(`${'{"a":'.repeat(150_000)}1${"}".repeat(150_000)}`)).toBe("too-deep");
  });

  test("refuses bytes that are not UTF-8 and takes a byte order mark", () => {
    expect(parseBody(Buffer.from([0x22, 0xff, 0x22]))).toMatchObject({ ok: false, problem: "not-utf8" });
    expect(parse("\ufeff{}")).toEqual({ ok: true, value: {} });
  });

  test("takes long member names, which are never keys of ours", () => {
    expect(problemOf(JSON.stringify({ ["k".repeat(10_000)]: 1 }))).toBeNull();
  });

  test("does not repeat the body in its reason", () => {
    expect(JSON.stringify(parse('{"secret-canary":"\\u0000"}'))).not.toContain("canary");
  });
});
