import { testsSummary } from "../../evidence/summary.ts";
import type { TestCase, TestsEvidence } from "../../evidence/types.ts";
import { type CountEdit, changedItems, type DocumentEdits, type UnitEdit } from "./edits.ts";

/** More tests than this are not thought of. */
const MOST_ADDED = 5_000;

/** Each test that did not pass at once can, and there can be more of them. */
export function testEdits(document: TestsEvidence): DocumentEdits {
  const { path } = document.source;
  const { cases } = document.body;
  const units = cases.flatMap((test, item): readonly UnitEdit[] => {
    if (test.status === "passed" && !test.flaky) return [];
    const place = test.file === undefined ? {} : { location: { path: test.file } };
    const name = test.suite === "" ? test.name : `${test.suite} > ${test.name}`;
    return [{ item, ways: [{ action: "pass-test", evidence: path, name, ...place }] }];
  });
  const added: CountEdit = {
    most: MOST_ADDED,
    changed: (count) => ({ action: "add-tests", evidence: path, count }),
  };
  return {
    units,
    counts: [added],
    apply(ways, [more = 0]) {
      const mended = changedItems(units, ways);
      const left = cases.map((test, item) => (mended.has(item) ? passing(test) : test));
      const all = [...left, ...Array.from({ length: more }, (_, index) => newCase(index))];
      return { ...document, summary: testsSummary(document.summary, all), body: { cases: all } };
    },
  };
}

function passing(test: TestCase): TestCase {
  const { message: _, note: __, outcomes: ___, ...rest } = test;
  return { ...rest, status: "passed", attempts: 1, flaky: false };
}

function newCase(index: number): TestCase {
  return {
    id: `new test ${index + 1}`,
    suite: "",
    name: `new test ${index + 1}`,
    status: "passed",
    attempts: 1,
    flaky: false,
  };
}
