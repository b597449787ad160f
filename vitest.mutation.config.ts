import { defineConfig } from "vitest/config";

/** What mutants of `src/decision` are held against: tests that ask decisions alone, and take milliseconds. */
export default defineConfig({
  test: { include: ["test/decision/**/*.test.ts"], pool: "threads" },
});
