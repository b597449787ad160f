import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

function isQuick({ moduleId }: TestSpecification): boolean {
  return moduleId.endsWith("verify-log.test.ts");
}

/** Most mutants are found by what needs no file, so that comes first. */
class QuickFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- it is no array that sorts here
    const sorted = await super.sort(files);
    return [...sorted.filter(isQuick), ...sorted.filter((file) => !isQuick(file))];
  }
}

/**
 * What mutants of the verification of logs are held against. The tests that damage a file byte by byte take longer than everything
 * else together, and say of SQLite what these say of the log; the ones of other stores have none of the code that is changed.
 */
export default defineConfig({
  test: {
    include: [
      "test/audit/{verify,verify-log,screen,tamper-matrix,evidence,obligations,deletion,erasure,retention,shard,keys}.test.ts",
    ],
    testNamePattern: /^(?!damage |on a ref |on refs |in PostgreSQL )/,
    pool: "threads",
    isolate: false,
    testTimeout: 60_000,
    sequence: { sequencer: QuickFirst },
  },
});
