import { defineConfig } from "vitest/config";

/**
 * What mutants of the verification of logs, proofs and receipts are held against. The tests that damage a file byte by byte take as
 * long as everything else together, and say of SQLite what these say of the log.
 */
export default defineConfig({
  test: {
    include: [
      "test/audit/{log,note,checkpoint,entry,keys,verify,tamper-matrix}.test.ts",
      "test/audit/anchor/*.test.ts",
    ],
    testNamePattern: /^(?!damage )/,
    pool: "threads",
    isolate: false,
    testTimeout: 60_000,
  },
});
