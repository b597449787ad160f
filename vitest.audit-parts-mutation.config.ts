import { defineConfig } from "vitest/config";

/** What mutants of the parts that proofs, notes and anchors are verified with are held against: tests that need no log. */
export default defineConfig({
  test: {
    include: [
      "test/audit/{log,note,checkpoint,receipt,vouch,keys,entry,absent}.test.ts",
      "test/audit/anchor/{held,read,tsa,witness}.test.ts",
    ],
    pool: "threads",
    isolate: false,
    testTimeout: 60_000,
  },
});
