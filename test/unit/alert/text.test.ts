import { describe, expect, test } from "vitest";
import { cutToChars, firstLine, titleText, visibleText } from "../../../src/alert/text.ts";

describe("visible text (threats C3)", () => {
  test("leaves ordinary text of any script as it is", () => {
    expect(visibleText("Prozessor über 90 % — 処理 👩‍🚒", 100)).toBe("Prozessor über 90 % — 処理 👩‍🚒");
  });

  test("shows control characters and bidi controls as marks", () => {
    expect(visibleText("a\u0000b\u001b[31m\u007f\u0085\u202eevil\u2066", 100)).toBe(
      "a␀b␛[31m␡⟨U+0085⟩⟨U+202E⟩evil⟨U+2066⟩",
    );
  });

  test("joins lines unless lines are wanted", () => {
    expect(visibleText("a\r\nb\tc", 100)).toBe("a b c");
    expect(visibleText("a\r\nb\tc\r", 100, { lines: true })).toBe("a\nb\tc␍");
  });

  test("replaces halves of surrogate pairs", () => {
    expect(visibleText("a\ud800b", 100)).toBe("a\ufffdb");
  });

  test("cuts between code points and says that it did", () => {
    expect(cutToChars("👍👍👍👍", 3)).toBe("👍👍…");
    expect(cutToChars("👍👍👍", 3)).toBe("👍👍👍");
    expect([...visibleText("👍".repeat(5_000), 200)]).toHaveLength(200);
    expect([...visibleText("\u0000".repeat(5_000), 200)]).toHaveLength(200);
  });

  test("makes a title of one line and at most 200 characters", () => {
    expect(titleText("  disk\nfull  ")).toBe("disk full");
    expect([...titleText("x".repeat(201))]).toHaveLength(200);
    expect(titleText("x".repeat(200))).toBe("x".repeat(200));
  });

  test("finds the first line with something in it", () => {
    expect(firstLine("\n \n  first \r\nsecond")).toBe("first");
    expect(firstLine(" \n ")).toBeNull();
  });
});
