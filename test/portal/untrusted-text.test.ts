import { describe, expect, it } from "vitest";
import { plainText, safeHref, textPieces } from "../../src/portal/untrusted-text.ts";

describe("text of strangers", () => {
  it("loses characters that turn the reading direction or hide", () => {
    expect(plainText("a\u202eb\u2066c\u0000d\u200fe")).toBe("abcde");
  });

  it("keeps line breaks, tabs and every script", () => {
    expect(plainText("Zeile 1\n\tسطر 2 🔔")).toBe("Zeile 1\n\tسطر 2 🔔");
  });

  it("leaves markup as text", () => {
    expect(textPieces("<img src=x onerror=alert(1)>")).toEqual([
      { kind: "text", text: "<img src=x onerror=alert(1)>" },
    ]);
  });

  it("finds links without the punctuation of the sentence", () => {
    expect(textPieces("See https://wiki.example/cpu, then call.")).toEqual([
      { kind: "text", text: "See " },
      { kind: "link", text: "https://wiki.example/cpu", href: "https://wiki.example/cpu", host: "wiki.example" },
      { kind: "text", text: ", then call." },
    ]);
  });

  it("makes no link of other schemes or of an address with a user part", () => {
    for (const text of ["javascript:alert(1)", "data:text/html,x", "https://bank.example@evil.example/"]) {
      expect(textPieces(text)).toEqual([{ kind: "text", text }]);
    }
  });

  it("takes only https addresses for links of Azure", () => {
    expect(safeHref("https://portal.azure.com/#x")).toBe("https://portal.azure.com/#x");
    for (const address of [null, "javascript:alert(1)", "http://portal.azure.com/", "/x"])
      expect(safeHref(address)).toBeNull();
  });
});
