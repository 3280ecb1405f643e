import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Plugin } from "vite";
import { ICON_NAMES } from "../parts/icon-names.ts";

/**
 * One SVG sprite of the icons that are used, from Lucide (ISC; its notice is kept in the file). A sprite costs one cached
 * request and no JavaScript.
 */
export function buildIconSprite(): { fileName: string; plugin: Plugin } {
  const source = spriteText();
  const hash = createHash("sha256").update(source).digest("base64url").slice(0, 8);
  const fileName = `assets/icons-${hash}.svg`;
  const plugin: Plugin = {
    name: "watchbell-icon-sprite",
    apply: "build",
    generateBundle() {
      this.emitFile({ type: "asset", fileName, source });
    },
  };
  return { fileName, plugin };
}

function spriteText(): string {
  const require = createRequire(import.meta.url);
  const read = (path: string) => readFileSync(require.resolve(`lucide-static/${path}`), "utf8");
  const symbols = ICON_NAMES.map(
    (name) => `<symbol id="${name}" viewBox="0 0 24 24">${shapes(read(`icons/${name}.svg`))}</symbol>`,
  );
  // XML allows no double hyphen in a comment.
  const notice = read("LICENSE").replace(/--+/g, "-");
  return `<!--\n${notice}\n-->\n<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`;
}

/** What stands between `<svg …>` and `</svg>`, on one line. */
function shapes(svg: string): string {
  const inner = /<svg[^>]*>([\s\S]*)<\/svg>/.exec(svg)?.[1];
  if (inner === undefined) throw new Error("lucide-static: an icon is not a single svg element");
  return inner.replace(/\s*\n\s*/g, "");
}
