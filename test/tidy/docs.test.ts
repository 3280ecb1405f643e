import { existsSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { describe, expect, it } from "vitest";
import { generatedPages } from "../../scripts/write-docs.ts";
import { PROBLEMS } from "../../src/platform/errors.ts";
import { filesBelow, ROOT, readText, type SourceFile } from "./source-files.ts";

/** Documentation and code say the same. */
const pages = [
  ...filesBelow("docs", /\.md$/),
  ...["README.md", "CHANGELOG.md"].map((path) => ({ path, text: readText(path) })),
  ...filesBelow("test", /README\.md$/),
];
const sources = [...filesBelow("src", /\.tsx?$/), ...filesBelow("infra", /\.ts$/)];

describe("pages written from the code", () => {
  it.each(Object.entries(generatedPages()))("%s is as scripts/write-docs.ts writes it", (path, text) => {
    expect(readText(path)).toBe(text);
  });

  it("list every error, and every error is used", () => {
    const page = readText("docs/errors.md");
    const codes = Object.keys(PROBLEMS);
    expect(codes.filter((code) => !page.includes(`<a id="${code}"></a>`))).toEqual([]);
    const code = sources.map(({ text }) => text).join("\n");
    const unused = codes.filter((each) => code.split(`"${each}"`).length < 3 && code.split(each).length < 3);
    expect(unused).toEqual([]);
  });
});

describe("links", () => {
  it("lead to files and headings that exist", () => {
    expect(pages.flatMap(brokenLinks)).toEqual([]);
  });

  it("reach every page of docs", () => {
    const linked = new Set(pages.flatMap((page) => linksOf(page).map(({ target }) => target)));
    const lost = pages.filter(({ path }) => path.startsWith("docs/") && !linked.has(path)).map(({ path }) => path);
    expect(lost).toEqual([]);
  });
});

describe("the README", () => {
  it("names every script of package.json, and no other", () => {
    const readme = readText("README.md");
    const { scripts } = JSON.parse(readText("package.json")) as { scripts: Record<string, string> };
    const commandOf = (name: string) => (name === "start" || name === "test" ? `npm ${name}` : `npm run ${name}`);
    expect(Object.keys(scripts).filter((name) => !readme.includes(commandOf(name)))).toEqual([]);
    const named = [
      ...pages
        .map(({ text }) => text)
        .join("\n")
        .matchAll(/\bnpm run ([\w:-]+)/g),
    ].map(([, name]) => name!);
    expect([...new Set(named)].filter((name) => !(name in scripts))).toEqual([]);
  });
});

describe("docs/api.md", () => {
  it("names every route that the API has", () => {
    const page = readText("docs/api.md");
    const api = filesBelow("src/api", /\.ts$/);
    const routes = api.flatMap(({ text }) => [
      ...[...text.matchAll(/method: "(\w+)",\s+path: ["`](\/api\/[^"`]+)["`]/g)].map(
        ([, method, path]) => `${method} ${path}`,
      ),
      ...[...text.matchAll(/app\.(get|post)\("(\/(?:api|healthz|readyz|metrics|openapi)[^"]*)"/g)].map(
        ([, method, path]) => `${method!.toUpperCase()} ${path}`,
      ),
    ]);
    expect(routes.length).toBeGreaterThan(15);
    const shown = (route: string) => route.replace(/:(\w+)/g, "{$1}");
    const missing = routes.filter((route) => !route.includes("${") && !page.includes(shown(route)));
    expect(missing).toEqual([]);
  });
});

describe("docs/security.md", () => {
  const rules = [
    ...readText("docs/security.md").matchAll(/^\| ([A-Z]\d+(?:, [A-Z]\d+)*) \| .* \| \[.*\]\(\.\.\/(.*)\) \|$/gm),
  ].map(([, ids, path]) => ({ ids: ids!.split(", "), path: path! }));

  it("names for each rule a file that cites it", () => {
    const wrong = rules.flatMap(({ ids, path }) =>
      ids.filter((id) => !cites(readText(path), id)).map((id) => `${id}: ${path}`),
    );
    expect(wrong).toEqual([]);
  });

  it("has every rule that the code cites", () => {
    const known = new Set(rules.flatMap(({ ids }) => ids));
    const cited = sources.flatMap(({ path, text }) =>
      [...text.matchAll(/\bthreats ((?:[A-Z]\d+(?:, | and )?)+)/g)].flatMap(([, ids]) =>
        ids!
          .split(/, | and /)
          .filter((id) => id !== "" && !known.has(id))
          .map((id) => `${id}: ${path}`),
      ),
    );
    expect(cited).toEqual([]);
  });
});

const cites = (text: string, id: string) => new RegExp(`\\b${id}\\b`).test(text);

interface Link {
  /** Path below the root. */
  target: string;
  heading: string | undefined;
  written: string;
}

function linksOf({ path, text }: SourceFile): Link[] {
  const written = [
    ...[...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!),
    ...[...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link!),
  ];
  return written
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => {
      const [file, heading] = link.split("#", 2);
      return { target: file === "" ? path : posix.join(dirname(path), file!), heading, written: link };
    });
}

function brokenLinks(page: SourceFile): string[] {
  return linksOf(page)
    .filter(({ target, heading }) => !existsSync(join(ROOT, target)) || !hasHeading(target, heading))
    .map(({ written }) => `${page.path}: ${written}`);
}

function hasHeading(target: string, heading: string | undefined): boolean {
  if (heading === undefined || !target.endsWith(".md")) return true;
  const anchors = [...readText(target).matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
  return anchors.includes(heading) || readText(target).includes(`id="${heading}"`);
}
