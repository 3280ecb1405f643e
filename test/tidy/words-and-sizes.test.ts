import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { filesBelow, placesOf, ROOT, readText, type SourceFile } from "./source-files.ts";

/** What no file of the repository has, and how long files get. */
const TEXT =
  /\.(tsx?|mts|js|mjs|css|html|svg|json|jsonc|yaml|yml|md|sh)$|(^|\/)(Dockerfile|\.npmrc|\.gitignore|\.dockerignore|LICENSE|NOTICE)$/;
const everything = filesBelow(".", TEXT)
  .concat(filesBelow(".ci", /./))
  .filter(({ path }) => path !== "package-lock.json");
const program = everything.filter(({ path }) => /^(src|infra|scripts|bench)\/.*\.(tsx?|js)$/.test(path));
const tests = everything.filter(({ path }) => /^test\/.*\.tsx?$/.test(path));
const OWN = "test/tidy/";

describe("the program", () => {
  it("writes through its logger or the standard streams, never by console", () => {
    /** In a browser there is nothing else; nobody reads it but a developer. */
    const inBrowser = ["src/portal/main.tsx", "src/portal/worker.ts"];
    const users = program.filter((file) => placesOf(file, /\bconsole\.\w+\(/).length > 0).map(({ path }) => path);
    expect(users.filter((path) => !inBrowser.includes(path))).toEqual([]);
  });

  it("leaves nothing to be done later", () => {
    const marks = everything
      .filter(({ path }) => !path.startsWith(OWN))
      .flatMap((file) =>
        file.text
          .split("\n")
          .flatMap((line, index) => (/\b(TODO|FIXME|XXX|HACK)\b/.test(line) ? [`${file.path}:${index + 1}`] : [])),
      );
    expect(marks).toEqual([]);
  });

  it("has no default export, and no rule switched off without a reason", () => {
    const code = [...program, ...tests].filter(({ path }) => !path.startsWith(OWN));
    expect(
      code.flatMap((file) => marksIn(file, /@ts-(ignore|nocheck|expect-error)|eslint-disable|biome-ignore(?!.*: \w)/)),
    ).toEqual([]);
    /** Tools that load a file ask for one. */
    const wanted = /^(src\/portal\/vite\.config\.ts|test\/support\/global-setup\.ts|test\/engine\/vitest\.config\.ts)$/;
    expect(
      code.filter(({ path }) => !wanted.test(path)).flatMap((file) => placesOf(file, /^export default\b/)),
    ).toEqual([]);
  });

  it("has files of at most 400 lines, but for the listed ones", () => {
    const LONG: Record<string, string> = {
      "src/portal/styles/inbox.css": "one page's rules, read from top to bottom",
      "src/portal/styles/parts.css": "one rule set a part, in the order of the design",
      "src/ingest/store.ts": "the hot path's one statement beside the columns that it names",
      "src/app.ts": "the composition root: every part is made and joined here, once",
      "test/stage/auth/sign-in.test.ts": "one story of sign-in, from the first redirect to the end of the session",
    };
    const long = everything
      .filter(({ path, text }) => /\.(tsx?|js|css)$/.test(path) && text.split("\n").length - 1 > 400)
      .map(({ path }) => path);
    expect(long.filter((path) => !(path in LONG))).toEqual([]);
  });

  it("has names that say what is inside", () => {
    const vague = /(^|\/)(utils?|helpers?|common|misc|shared|lib)(\.\w+$|\/)/;
    expect([...program, ...tests].map(({ path }) => path).filter((path) => vague.test(path))).toEqual([]);
    const cased = [...program, ...tests].map(({ path }) => path).filter((path) => !/^[a-z0-9/.-]+$/.test(path));
    expect(cased).toEqual([]);
  });
});

describe("the tests", () => {
  it("are all run: no only, no todo, and a skip has a condition", () => {
    const marked = tests
      .filter(({ path }) => !path.startsWith(OWN))
      .flatMap((file) => placesOf(file, /\b(it|test|describe|suite)\.(only|skip|todo|fails)\b|\b[fx](it|describe)\(/));
    expect(marked).toEqual([]);
  });

  it("say in their title why they may be skipped", () => {
    const silent = tests
      .filter(({ path }) => !path.startsWith(OWN))
      .flatMap(({ path, text }) =>
        [...text.matchAll(/\.(?:skipIf|runIf)\([^\n]*\)\(\s*(["'`])([\s\S]*?)\1/g)]
          .filter(([, , title]) => !/need|skipped|reason|without|only (on|as|with)/i.test(title!))
          .map(([, , title]) => `${path}: ${title}`),
      );
    expect(silent).toEqual([]);
  });

  it("do not sleep", () => {
    const SLEEPERS: Record<string, string> = {};
    const sleeping = tests
      .filter(({ path }) => /^test\/unit\//.test(path))
      .filter((file) => placesOf(file, /\bsleep\(|await (delay|wait)\(\d{3,}/).length > 0)
      .map(({ path }) => path);
    expect(sleeping.filter((path) => !(path in SLEEPERS))).toEqual([]);
  });
});

describe("the repository", () => {
  it("names no path or registry of the machine it was written on", () => {
    const local = /(?<![\w.])\/(home|Users|work|root)\/[\w.-]+\/|registry=|[a-z]:\\Users\\/i;
    const places = everything.filter(({ path }) => !path.startsWith(OWN)).flatMap((file) => marksIn(file, local));
    expect(places).toEqual([]);
  });

  it("holds no secret that looks real", () => {
    const secret =
      /\bwb_[A-Za-z0-9_-]{43}\b|\bwhsec_[A-Za-z0-9+/]{32,}={0,2}|-----BEGIN (RSA |EC )?PRIVATE KEY-----[\r\n]+[A-Za-z0-9+/]{40}/;
    const places = everything.filter(({ path }) => !/^test\//.test(path)).flatMap((file) => marksIn(file, secret));
    expect(places).toEqual([]);
  });

  it.skipIf(!existsSync(join(ROOT, ".git")))("commits nothing that is made (needs a clone with git)", () => {
    const tracked = execFileSync("git", ["ls-files"], { cwd: ROOT, encoding: "utf8" }).split("\n");
    expect(tracked.filter((path) => /^(node_modules|dist|\.watchbell|coverage)\/|\.log$/.test(path))).toEqual([]);
  });

  it("states its licence the same everywhere", () => {
    expect((JSON.parse(readText("package.json")) as { license: string }).license).toBe("Apache-2.0");
    expect(readText("LICENSE")).toContain("Apache License\n                           Version 2.0, January 2004");
  });
});

const marksIn = ({ path, text }: SourceFile, pattern: RegExp): string[] =>
  text.split("\n").flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}`] : []));
