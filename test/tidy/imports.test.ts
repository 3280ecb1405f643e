import { describe, expect, it } from "vitest";
import { filesBelow, type Import, importsOf, type SourceFile } from "./source-files.ts";

/**
 * Imports point one way (docs/ARCHITECTURE.md): a file imports what stands left of it, never what stands right.
 * What is erased when it runs (types) may point the other way in the few places listed here, each with its reason.
 */
const ORDER = [
  "platform",
  "settings",
  "alert",
  "migrations",
  "sources",
  "ingest",
  "policy",
  "on-duty",
  // The configuration knows policies and schedules; planning a call-out knows the configuration.
  "escalation-policy",
  "configuration",
  "escalation",
  "channels",
  "response",
  "write-back",
  "api",
  "flow-dependencies",
  "flow",
  "store",
  "bootstrap",
  "app",
  "worker",
  "doctor",
  "permissions-diff",
  "main",
];

/** Types may be imported against the order: `from` may name these. */
const TYPES_BACKWARD: [from: RegExp, to: RegExp, why: string][] = [
  [/^src\/\w/, /^src\/migrations\/tables\.ts$/, "the shape of the tables belongs to everybody who has SQL"],
  [/^src\/migrations\/tables\.ts$/, /^src\/(alert|channels)\//, "columns hold words of these stages"],
  [/^src\/configuration\.ts$/, /^src\/channels\/channel\.ts$/, "a contact's shape"],
  [/^src\/api\/routes\//, /^src\/flow\.ts$/, "routes are given the flow they call"],
];

const files = filesBelow("src", /\.tsx?$/);
const imports = files.flatMap(importsOf);
const ofProduct = (path: string) => path.startsWith("src/") && !/^src\/(portal|sandbox|workflow-language)\//.test(path);

function rankOf(path: string): number {
  const name = path.replace(/^src\//, "");
  if (name === "escalation/escalation-policy.ts") return ORDER.indexOf("escalation-policy");
  const unit = name.includes("/") ? name.slice(0, name.indexOf("/")) : name.replace(/\.ts$/, "");
  return ORDER.indexOf(unit);
}

const show = ({ from, to }: Import) => `${from} imports ${to}`;

describe("the direction of imports", () => {
  it("has a place for every file of the product", () => {
    expect(files.filter(({ path }) => ofProduct(path) && rankOf(path) < 0).map(({ path }) => path)).toEqual([]);
  });

  it("goes one way at run time", () => {
    const back = imports.filter(
      ({ from, to, isType }) => !isType && ofProduct(from) && ofProduct(to) && rankOf(to) > rankOf(from),
    );
    expect(back.map(show)).toEqual([]);
  });

  it("goes one way for types too, but for the listed ones", () => {
    const back = imports.filter(
      ({ from, to, isType }) => isType && ofProduct(from) && ofProduct(to) && rankOf(to) > rankOf(from),
    );
    const unlisted = back.filter(({ from, to }) => !TYPES_BACKWARD.some(([a, b]) => a.test(from) && b.test(to)));
    expect(unlisted.map(show)).toEqual([]);
    const unused = TYPES_BACKWARD.filter(([a, b]) => !imports.some(({ from, to }) => a.test(from) && b.test(to)));
    expect(unused.map(([, , why]) => why)).toEqual([]);
  });

  it("leads into no circle at run time", () => {
    expect(
      circlesIn(imports.filter(({ to, isType, isDynamic }) => to.startsWith("src/") && !isType && !isDynamic)),
    ).toEqual([]);
  });

  it("names a file that exists, with its extension", () => {
    const paths = new Set(
      [...files, ...filesBelow("infra", /\.ts$/), ...filesBelow("src", /\.(css|html|svg|json)$/)].map(
        ({ path }) => path,
      ),
    );
    const lost = imports.filter(({ to }) => /^(src|infra)\//.test(to) && !paths.has(to.replace(/\?\w+$/, "")));
    expect(lost.map(show)).toEqual([]);
  });
});

describe("the parts that stand aside", () => {
  it("keeps adapters apart: none imports another", () => {
    const adapterOf = (path: string) => /^src\/((?:sources|channels)\/[^/]+)\//.exec(path)?.[1];
    const across = imports.filter(({ from, to }) => {
      const [own, other] = [adapterOf(from), adapterOf(to)];
      return own !== undefined && other !== undefined && own !== other;
    });
    expect(across.map(show)).toEqual([]);
  });

  it("lets only the command line load the sandbox, and only on demand", () => {
    const loading = imports.filter(({ from, to }) => to.startsWith("src/sandbox/") && !from.startsWith("src/sandbox/"));
    expect(loading.map(({ from, isDynamic }) => ({ from, isDynamic }))).toEqual([
      { from: "src/main.ts", isDynamic: true },
    ]);
  });

  it("shares infra/permissions.ts with infra, and nothing else", () => {
    const used = new Set(imports.filter(({ to }) => to.startsWith("infra/")).map(({ to }) => to));
    expect([...used]).toEqual(["infra/permissions.ts"]);
    const byAddress = files.filter(({ path, text }) => /["'`/]infra\//.test(text) && hasAddressOfInfra({ path, text }));
    expect(byAddress.map(({ path }) => path)).toEqual(["src/sandbox/deploy.ts"]);
    expect(importsOf({ path: "infra/permissions.ts", text: textOf("infra/permissions.ts") })).toEqual([]);
  });

  it("gives the portal the API's types, and no code of the worker", () => {
    const out = imports.filter(
      ({ from, to }) => from.startsWith("src/portal/") && to.startsWith("src/") && !to.startsWith("src/portal/"),
    );
    expect(out.filter(({ to, isType }) => to !== "src/api/contract.ts" || !isType).map(show)).toEqual([]);
    const into = imports.filter(({ from, to }) => to.startsWith("src/portal/") && !from.startsWith("src/portal/"));
    expect(into.map(show)).toEqual([]);
  });

  it("lets the sandbox use of the worker only what is listed", () => {
    const used = imports.filter(
      ({ from, to }) => from.startsWith("src/sandbox/") && to.startsWith("src/") && !to.startsWith("src/sandbox/"),
    );
    // A simulated Azure that shared rules with the worker would share its mistakes: the clock, and what starts both.
    expect([...new Set(used.map(({ to }) => to))].sort()).toEqual([
      "src/platform/clock.ts",
      "src/platform/database/embedded.ts",
    ]);
  });
});

const hasAddressOfInfra = ({ text }: SourceFile) => /new URL\("[./]+infra\//.test(text);
const textOf = (path: string) => filesBelow("infra", /\.ts$/).find((file) => file.path === path)!.text;

/** Files that reach themselves, as `a > b > a`. */
function circlesIn(edges: readonly Import[]): string[] {
  const next = Map.groupBy(edges, ({ from }) => from);
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (path: string, trail: readonly string[]) => {
    if (trail.includes(path)) circles.push([...trail.slice(trail.indexOf(path)), path].join(" > "));
    if (done.has(path) || trail.includes(path)) return;
    for (const { to } of next.get(path) ?? []) visit(to, [...trail, path]);
    done.add(path);
  };
  for (const path of next.keys()) visit(path, []);
  return circles;
}
