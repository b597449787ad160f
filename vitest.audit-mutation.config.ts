import { defineConfig } from "vitest/config";

/**
 * What mutants of the verification of logs are held against. The tests that damage a file byte by byte take longer than everything
 * else together, and say of SQLite what these say of the log.
 */
export default defineConfig({
  test: {
    include: [
      "test/audit/{verify,verify-log,screen,tamper-matrix,evidence,obligations,deletion,erasure,retention,shard,keys}.test.ts",
    ],
    testNamePattern: /^(?!damage )/,
    pool: "threads",
    isolate: false,
    testTimeout: 60_000,
  },
});
