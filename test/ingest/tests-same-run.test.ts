import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { TestCase } from "../../src/evidence/types.ts";
import { readAs } from "./support.ts";

const FIXTURES = fileURLToPath(new URL("../fixtures/ingest/", import.meta.url));
/** Reports from the wild, which are not part of this repository. */
const CORPUS = fileURLToPath(new URL("../../../shared/corpus/evidence/tests/", import.meta.url));

/** What one format has of a case, where another one does not have it. */
type Blur = (found: TestCase) => string | undefined;

/** A failure and an error: few formats tell them apart, and not in the same way. */
function verdictOf({ status }: TestCase): string {
  return status === "errored" ? "failed" : status;
}

function withNotes(found: TestCase): string {
  return [verdictOf(found), found.note].filter((part) => part !== undefined).join(" ");
}

/** jest-junit has no word for what is still to be done, and leaves out files that do not load. */
function asJestJunit(found: TestCase): string | undefined {
  if (found.note === "load-error") return undefined;
  return found.note === "todo" ? "passed" : verdictOf(found);
}

/** Reporters that only see tests leave out files that do not load. */
function withoutLoadErrors(found: TestCase): string | undefined {
  return found.note === "load-error" ? undefined : withNotes(found);
}

/** One run of one tool in two formats: what the fuller one has of a case, and what the other one has, are the same. */
const RUNS: readonly (readonly [tool: string, fuller: string, other: string, ofFuller: Blur, ofOther: Blur])[] = [
  ["vitest", `${FIXTURES}vitest.json`, `${FIXTURES}vitest-junit.xml`, verdictOf, verdictOf],
  ["vitest", `${FIXTURES}vitest.json`, `${FIXTURES}run.tap`, withNotes, withNotes],
  ["node:test", `${FIXTURES}same-run/node-test.tap`, `${FIXTURES}same-run/node-test-junit.xml`, withNotes, withNotes],
  ["jest", `${FIXTURES}same-run/jest.json`, `${FIXTURES}same-run/jest-junit.xml`, asJestJunit, verdictOf],
  ["jest", `${FIXTURES}same-run/jest.json`, `${FIXTURES}ctrf.json`, withoutLoadErrors, withNotes],
  ["mocha", `${FIXTURES}mocha.json`, `${FIXTURES}same-run/mocha-xunit.xml`, withNotes, withNotes],
  ["vitest 3", `${CORPUS}gen__vitest.json`, `${CORPUS}gen__vitest-junit.xml`, verdictOf, verdictOf],
  ["vitest 3", `${CORPUS}gen__vitest.json`, `${CORPUS}gen__vitest.tap`, withNotes, withNotes],
  [
    "vitest 3 with a file that does not load",
    `${CORPUS}gen__vitest-collect-error.json`,
    `${CORPUS}gen__vitest-junit-collect-error.xml`,
    withNotes,
    withNotes,
  ],
  ["node:test of Node 20", `${CORPUS}gen__node-test.tap`, `${CORPUS}gen__node-test-junit.xml`, withNotes, withNotes],
  ["jest 29", `${CORPUS}gen__jest.json`, `${CORPUS}gen__jest-junit.xml`, asJestJunit, verdictOf],
  ["mocha in the corpus", `${CORPUS}gen__mocha.json`, `${CORPUS}gen__mocha-xunit.xml`, withNotes, withNotes],
];

/** How many cases there are of each verdict. */
function talliesOf(path: string, blur: Blur): ReadonlyMap<string, number> {
  const { cases } = readAs("tests", readFileSync(path), basename(path)).body;
  const verdicts = cases.map(blur).filter((verdict) => verdict !== undefined);
  return new Map([...Map.groupBy(verdicts, (verdict) => verdict)].map(([verdict, all]) => [verdict, all.length]));
}

describe.each(RUNS)("one run of %s", (_, fuller, other, ofFuller, ofOther) => {
  it.skipIf(!existsSync(fuller))(`has the same facts in ${basename(fuller)} and ${basename(other)}`, () => {
    const tallies = talliesOf(fuller, ofFuller);
    expect(tallies.size).toBeGreaterThan(0);
    expect(talliesOf(other, ofOther)).toEqual(tallies);
  });
});
