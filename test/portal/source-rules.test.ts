import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const FILES = globSync("src/portal/**/*.{ts,tsx,css,html}").map((path) => ({ path, text: readFileSync(path, "utf8") }));
const offenders = (pattern: RegExp, files = FILES) =>
  files.filter(({ text }) => pattern.test(text)).map(({ path }) => path);

describe("sources of the portal", () => {
  it("finds the sources", () => {
    expect(FILES.length).toBeGreaterThan(50);
  });

  it("takes only types from the rest of the program, and only from the contract", () => {
    const imports = FILES.flatMap(({ path, text }) =>
      [...text.matchAll(/import (type )?[^;]*?from "((?:\.\.\/)+(?:api|alert|platform|channels)\/[^"]+)"/g)].map(
        (match) => ({ path, type: match[1], from: match[2] }),
      ),
    );
    expect(imports.filter(({ type, from }) => type === undefined || !from?.endsWith("/api/contract.ts"))).toEqual([]);
  });

  it("keeps every literal colour in tokens.css", () => {
    const others = FILES.filter(({ path }) => !path.endsWith("tokens.css"));
    expect(offenders(/#[0-9a-fA-F]{6}\b|\brgba?\(|\bhsla?\(/, others)).toEqual([]);
  });

  it("has no markup from text and no style attribute (threats B3)", () => {
    expect(
      offenders(/dangerouslySetInnerHTML|\.innerHTML|insertAdjacentHTML|document\.write|\sstyle=|\son[a-z]+="/),
    ).toEqual([]);
  });
});
