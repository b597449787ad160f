import { defineConfig } from "vitest/config";

/**
 * What mutants of `src/decision` are held against: tests that ask decisions alone, and take milliseconds. The one that
 * compiles policies takes seconds, and its rules are held to a table of their own besides. The properties of whole random
 * decisions take as long as everything else together, and would say of few mutants more than that one is wrong.
 */
export default defineConfig({
  test: {
    include: ["test/decision/**/*.test.ts"],
    exclude: ["test/decision/risk.test.ts", "test/decision/monotone.test.ts"],
    setupFiles: ["test/decision/seed.ts"],
    pool: "threads",
    isolate: false,
    testTimeout: 60_000,
  },
});
