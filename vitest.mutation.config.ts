import { defineConfig } from "vitest/config";

/** What mutants of `src/decision` are held against: tests that ask decisions alone, and take milliseconds. */
export default defineConfig({
  test: {
    include: ["test/decision/**/*.test.ts"],
    setupFiles: ["test/decision/seed.ts"],
    pool: "threads",
    isolate: false,
    testTimeout: 60_000,
  },
});
