import { defineConfig } from "vitest/config";

/**
 * What mutants of the verification of logs, proofs and receipts are held against. The tests that damage a file byte by byte, and
 * those of anchors in git and in the layout of a bucket, take longer than everything else together, and say of SQLite, of git and
 * of a folder what the others say of the log.
 */
export default defineConfig({
  test: {
    include: [
      "test/audit/{log,note,checkpoint,receipt,entry,evidence,keys,verify,screen,tamper-matrix}.test.ts",
      "test/audit/anchor/*.test.ts",
    ],
    testNamePattern: /^(?!damage |git |s3-layout )/,
    pool: "threads",
    isolate: false,
    testTimeout: 60_000,
  },
});
