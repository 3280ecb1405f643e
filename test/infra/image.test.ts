import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const linesOf = (file: string) =>
  readFileSync(new URL(`../../${file}`, import.meta.url), "utf8")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));

describe("the container image", () => {
  const dockerfile = linesOf("Dockerfile");

  it("runs no install script of a dependency (threats F7)", () => {
    const installs = dockerfile.filter((line) => line.includes("npm ci"));
    expect(installs).toHaveLength(2);
    for (const line of installs) expect(line).toContain("--ignore-scripts");
  });

  it("names a version of every base image, and ends in one without a shell (threats F8)", () => {
    const bases = dockerfile.filter((line) => line.startsWith("FROM ")).map((line) => line.split(" ")[1] ?? "");
    for (const base of bases) expect(base).toMatch(/[:@](?!latest)/);
    expect(bases.at(-1)).toMatch(/^gcr\.io\/distroless\/nodejs24-/);
  });

  it("does not run as root (threats F8)", () => {
    expect(dockerfile.filter((line) => line.startsWith("USER "))).toEqual(["USER 65532:65532"]);
  });

  it("holds production dependencies only", () => {
    const production = dockerfile.slice(dockerfile.findIndex((line) => line.endsWith(" AS production")));
    expect(production.find((line) => line.includes("npm ci"))).toContain("--omit=dev");
  });

  it("starts from a context with neither the sandbox nor the infra program (threats F6)", () => {
    const ignored = linesOf(".dockerignore");
    expect(ignored[0]).toBe("*");
    expect(ignored.indexOf("src/sandbox")).toBeGreaterThan(ignored.indexOf("!src"));
    expect(ignored.slice(ignored.indexOf("!infra"))).toEqual(["!infra", "infra/*", "!infra/permissions.ts"]);
  });
});
