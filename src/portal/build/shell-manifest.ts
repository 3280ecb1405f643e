import type { Plugin } from "vite";

/** What the worker's source holds where the list of the shell's files belongs. */
const PLACEHOLDER = "self.SHELL_FILES";

/**
 * Writes the list of the shell's files into the service worker. The worker must be one file without imports: module
 * workers are not everywhere.
 */
export function shellManifest(): Plugin {
  return {
    name: "watchbell-shell-manifest",
    apply: "build",
    enforce: "post",
    generateBundle(_options, bundle) {
      const worker = bundle["sw.js"];
      if (worker?.type !== "chunk") throw new Error("The build made no sw.js");
      if (worker.imports.length > 0 || worker.dynamicImports.length > 0) throw new Error("sw.js must import nothing");
      if (!worker.code.includes(PLACEHOLDER)) throw new Error(`sw.js lacks ${PLACEHOLDER}`);
      const hashed = Object.keys(bundle).filter((file) => file.startsWith("assets/") && !file.endsWith(".map"));
      const files = ["/", "/manifest.webmanifest", "/icon.svg", ...hashed.sort().map((file) => `/${file}`)];
      worker.code = worker.code.replace(PLACEHOLDER, JSON.stringify(files));
    },
  };
}
