import type { MutantResult } from "../../policy/mutation/run.ts";
import type { TestCase } from "../../policy/mutation/suite.ts";
import type { MutatedFile, MutationReport } from "./model.ts";

/** Where viewers of such reports change the colour of a score. */
const THRESHOLDS = { high: 80, low: 60 } as const;

/** The mutation testing report schema, version 2, which Stryker and its dashboard, and `gate` itself, read. */
export function renderJson(report: MutationReport): string {
  const ids = new Map(report.testFiles.flatMap(({ tests }) => tests).map((test, index) => [test, String(index)]));
  const document = {
    schemaVersion: "2",
    thresholds: THRESHOLDS,
    framework: { name: "gate policy mutate", version: report.version },
    files: Object.fromEntries(report.files.map((file) => [file.path, fileOf(file, ids)])),
    testFiles: Object.fromEntries(
      report.testFiles.map(({ path, source, tests }) => [
        path,
        { source, tests: tests.map((test) => testOf(test, ids)) },
      ]),
    ),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

type TestIds = ReadonlyMap<TestCase, string>;

function fileOf({ source, results }: MutatedFile, ids: TestIds): object {
  return { language: "rego", source, mutants: results.map((result) => mutantOf(result, ids)) };
}

function mutantOf({ mutant, status, killedBy, testsCompleted, reason }: MutantResult, ids: TestIds): object {
  const killer = killedBy === undefined ? undefined : ids.get(killedBy);
  return {
    id: mutant.id,
    mutatorName: mutant.mutator,
    description: mutant.description,
    replacement: mutant.replacement,
    location: { start: placeOf(mutant.start), end: placeOf(mutant.end) },
    status,
    ...(reason === undefined ? {} : { statusReason: reason }),
    ...(killer === undefined ? {} : { killedBy: [killer] }),
    testsCompleted,
  };
}

function placeOf({ row, col }: { readonly row: number; readonly col: number }): object {
  return { line: row, column: col };
}

function testOf(test: TestCase, ids: TestIds): object {
  const place = test.row === undefined ? {} : { location: { start: { line: test.row, column: 1 } } };
  return { id: ids.get(test), name: test.name, ...place };
}
