import { defineConfig } from "vitest/config";

// The database server of the other tests is not needed here.
export default defineConfig({
  test: {
    root: new URL("../..", import.meta.url).pathname,
    include: ["test/engine/**/*.test.ts"],
    maxWorkers: 2,
    hookTimeout: 120_000,
    restoreMocks: true,
  },
});
