import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository as the tidy tests read it: text files and their imports, by paths below the root with `/`. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Made by tools or by running the product; never committed. */
const NOT_OURS = new Set(["node_modules", "dist", ".git", ".watchbell", ".pulumi-cli", "coverage"]);

export interface SourceFile {
  path: string;
  text: string;
}

export interface Import {
  from: string;
  /** Path below the root for a relative import, else the package's name as written. */
  to: string;
  /** Erased when it runs: `import type`, or nothing but `type` names. */
  isType: boolean;
  isDynamic: boolean;
}

/** All files below `folder` whose name matches. */
export function filesBelow(folder: string, name: RegExp): SourceFile[] {
  return walk(join(ROOT, folder))
    .filter((file) => name.test(file))
    .map((file) => ({ path: relative(ROOT, file).split(sep).join("/"), text: readFileSync(file, "utf8") }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (NOT_OURS.has(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? walk(path) : entry.isFile() ? [path] : [];
  });
}

export const readText = (path: string): string => readFileSync(join(ROOT, path), "utf8");

const STATIC = /^(?:import|export)\s+(type\s+)?((?:[\w*\s{},$]+?)\s+from\s+)?"([^"]+)";/gm;
const DYNAMIC = /\bimport\(\s*"([^"]+)"\s*\)/g;

/** Imports of a TypeScript file, in order. Type queries (`import("x").Y`) count as dynamic ones. */
export function importsOf({ path, text }: SourceFile): Import[] {
  const target = (to: string) => (to.startsWith(".") ? posix.join(dirname(path), to) : to);
  const found = [...text.matchAll(STATIC)].map(([, type, names, to]) => ({
    from: path,
    to: target(to!),
    isType: type !== undefined || isAllTypes(names),
    isDynamic: false,
  }));
  const dynamic = [...withoutComments(text).matchAll(DYNAMIC)].map(([, to]) => ({
    from: path,
    to: target(to!),
    isType: false,
    isDynamic: true,
  }));
  return [...found, ...dynamic];
}

function isAllTypes(names: string | undefined): boolean {
  const inBraces = /^\{([^}]*)\}\s+from/.exec(names?.trim() ?? "")?.[1];
  const items = inBraces?.split(",").filter((item) => item.trim() !== "");
  return items?.every((item) => item.trim().startsWith("type ")) ?? false;
}

/**
 * The text with comments blanked and line numbers kept. Good enough for searching words: a `//` within a string ends
 * that line's code, so only such lines lose their rest.
 */
export function withoutComments(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, " "))
    .replace(/(^|[\s;,{}()])\/\/[^\n]*/g, "$1");
}

/** `path:line` of each match in the code, not in comments. */
export function placesOf(file: SourceFile, pattern: RegExp): string[] {
  return withoutComments(file.text)
    .split("\n")
    .flatMap((line, index) => (pattern.test(line) ? [`${file.path}:${index + 1}`] : []));
}
