import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { appIcons } from "./build/app-icons.ts";
import { buildIconSprite } from "./build/icon-sprite.ts";
import { shellManifest } from "./build/shell-manifest.ts";

/**
 * Builds the portal into dist/portal. Nothing is inlined (threats B3: no inline script or style), every asset but the
 * worker, the page, the manifest and the app's icons has its hash in the name and may be cached for ever.
 */
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const sprite = buildIconSprite();

export default defineConfig({
  root: here("."),
  base: "/",
  define: { ICON_SPRITE_URL: JSON.stringify(`/${sprite.fileName}`) },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [sprite.plugin, appIcons(), shellManifest()],
  build: {
    outDir: here("../../dist/portal"),
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    rolldownOptions: {
      input: { portal: here("index.html"), sw: here("service-worker.ts") },
      output: {
        entryFileNames: (chunk) => (chunk.name === "sw" ? "sw.js" : "assets/[name]-[hash].js"),
        chunkFileNames: "assets/[name]-[hash].js",
        assetFileNames: "assets/[name]-[hash][extname]",
      },
    },
  },
});
