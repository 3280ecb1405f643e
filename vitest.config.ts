import { defineConfig } from "vitest/config";

// Tests that share the database server or a browser run in their own files; two workers match the smallest CI machine.
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/global-setup.ts"],
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 120_000,
    restoreMocks: true,
  },
});
