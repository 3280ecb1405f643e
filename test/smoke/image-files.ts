import { cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";

/** A stage of the Dockerfile, put together with files alone: no container runtime is needed. */
export interface StageCopy {
  root: string;
  stage: string;
  target: string;
  /** What `COPY --from=` takes from, by stage. */
  built: Record<string, string>;
}

/** Copies and deletes in `target` as the stage says, under the rules of .dockerignore; runs nothing else of it. */
export function copyStage({ root, stage, target, built }: StageCopy): void {
  const isIgnored = readIgnoreRules(readFileSync(join(root, ".dockerignore"), "utf8"));
  for (const line of stageLines(readFileSync(join(root, "Dockerfile"), "utf8"), stage)) {
    const [verb, ...words] = line.split(/\s+/);
    if (line.startsWith("RUN rm -rf "))
      for (const path of words.slice(2)) rmSync(join(target, path), { recursive: true });
    if (verb !== "COPY") continue;
    const destination = words.at(-1)!;
    const from = /^--from=(.+)$/.exec(words[0]!)?.[1];
    if (from !== undefined) copyBuilt(built[from], words[1]!, join(target, destination));
    else for (const source of words.slice(0, -1)) copyAllowed({ root, target, source, destination, isIgnored });
  }
}

function stageLines(dockerfile: string, stage: string): string[] {
  const lines = dockerfile.split("\n").map((line) => line.trim());
  const first = lines.findIndex((line) => line.startsWith("FROM ") && line.endsWith(` AS ${stage}`));
  if (first < 0) throw new Error(`the Dockerfile has no stage ${stage}`);
  const next = lines.findIndex((line, index) => index > first && line.startsWith("FROM "));
  return lines.slice(first + 1, next).filter((line) => line !== "" && !line.startsWith("#"));
}

function copyBuilt(from: string | undefined, source: string, place: string): void {
  if (from === undefined) throw new Error(`nothing was built for ${source}`);
  // Absolute in the other stage, whose working folder is one level deep: /build/dist.
  cpSync(join(from, ...source.split("/").slice(2)), place, { recursive: true });
}

interface Copy {
  root: string;
  target: string;
  source: string;
  destination: string;
  isIgnored: (path: string) => boolean;
}

function copyAllowed({ root, target, source, destination, isIgnored }: Copy): void {
  const place = destination.endsWith("/") ? join(target, destination, source) : join(target, destination);
  mkdirSync(join(place, ".."), { recursive: true });
  if (isIgnored(source)) throw new Error(`the Dockerfile copies ${source}, which .dockerignore leaves out`);
  cpSync(join(root, source), place, { recursive: true, filter: (path) => !isIgnored(relative(root, path)) });
}

/** The last rule that names a path or a folder above it decides; `!` takes in again. A `*` stands for one name. */
function readIgnoreRules(text: string): (path: string) => boolean {
  const rules = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const pattern = line.replace(/^!/, "").split("*").map(escapePattern).join("[^/]*");
      return { ignores: !line.startsWith("!"), matches: new RegExp(`^${pattern}(/|$)`) };
    });
  return (path) => rules.findLast((rule) => rule.matches.test(path))?.ignores ?? false;
}

const escapePattern = (text: string) => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
