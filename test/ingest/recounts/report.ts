import { readFileSync } from "node:fs";

/** A report of the corpus, counted as simply as can be. */
type Count = (path: string) => object;

function textOf(path: string): string {
  return readFileSync(path, "utf8").replace(/^\ufeff/, "");
}

function countJest(path: string) {
  const { testResults } = JSON.parse(textOf(path));
  const all: readonly { status: string }[] = testResults.flatMap(
    (file: { assertionResults: unknown }) => file.assertionResults,
  );
  const countOf = (...words: readonly string[]) => all.filter(({ status }) => words.includes(status)).length;
  const loadErrors = testResults.filter(
    (file: { status: string; assertionResults: readonly unknown[] }) =>
      file.status === "failed" && file.assertionResults.length === 0,
  ).length;
  return {
    total: all.length + loadErrors,
    failed: countOf("failed"),
    errored: loadErrors,
    skipped: countOf("pending", "skipped", "todo", "disabled"),
    todo: countOf("todo"),
    loadErrors,
  };
}

/** Each document of the corpus describes one package, which is no component. */
function countSpdx(path: string) {
  return { specification: "SPDX", components: JSON.parse(textOf(path)).packages.length - 1 };
}

function countTagValue(path: string) {
  const text = new TextDecoder("utf-16le").decode(readFileSync(path));
  return { specification: "SPDX", components: (text.match(/^PackageName:/gm)?.length ?? 0) - 1 };
}

function countTrx(path: string) {
  const results = textOf(path).match(/<UnitTestResult\b[^>]*>/g) ?? [];
  const countOf = (outcome: string) => results.filter((one) => one.includes(`outcome="${outcome}"`)).length;
  return {
    total: results.length,
    passed: countOf("Passed"),
    failed: countOf("Failed"),
    skipped: countOf("NotExecuted"),
  };
}

/** Every `results` array of Playwright belongs to one test; the last status of it, with what was expected, is enough here. */
function countPlaywright(path: string) {
  const all: {
    expectedStatus: string;
    status: string;
    annotations?: unknown;
    results: readonly { status: string }[];
  }[] = [];
  JSON.parse(textOf(path), (_, value) => {
    if (Array.isArray(value?.results) && value.expectedStatus !== undefined) all.push(value);
    return value;
  });
  const countOf = (status: string) => all.filter((one) => one.status === status).length;
  const expectedFailures = all.filter((one) => one.status === "expected" && one.expectedStatus === "failed").length;
  return {
    total: all.length,
    passed: countOf("expected") + countOf("flaky") - expectedFailures,
    failed: countOf("unexpected"),
    errored: 0,
    skipped: countOf("skipped") + expectedFailures,
    flaky: countOf("flaky"),
    retried: all.filter(({ results }) => results.length > 1).length,
    todo: all.filter(({ annotations }) => JSON.stringify(annotations ?? []).includes('"fixme"')).length,
    expectedFailures,
    unexpectedPasses: all.filter((one) => one.status === "unexpected" && one.results.at(-1)?.status === "passed")
      .length,
  };
}

function countDocumentation(path: string) {
  const text = textOf(path);
  const sumOf = (name: string) => {
    return [...text.matchAll(new RegExp(`"${name}": (\\d+)`, "g"))].reduce((sum, [, count]) => sum + Number(count), 0);
  };
  return {
    documentedModules: text.match(/"documented": true/g)?.length ?? 0,
    symbols: sumOf("symbols"),
    documentedSymbols: sumOf("documentedSymbols"),
    withExamples: sumOf("examples"),
    unread: text.match(/"reason": /g)?.length ?? 0,
  };
}

function countMaintainability(path: string) {
  const found = [...textOf(path).matchAll(/"complexity": (\d+)/g)].map(([, complexity]) => Number(complexity));
  return { functions: found.length, highestComplexity: Math.max(...found) };
}

function countLizard(path: string) {
  const found = [...textOf(path).matchAll(/^\d+,(\d+),/gm)].map(([, complexity]) => Number(complexity));
  return { functions: found.length, highestComplexity: Math.max(...found) };
}

/** By the id of the adapter. */
export const REPORT_COUNTS: ReadonlyMap<string, Count> = new Map<string, Count>([
  ["gate-documentation", countDocumentation],
  ["gate-maintainability", countMaintainability],
  ["jest-json", countJest],
  ["lizard", countLizard],
  ["playwright-json", countPlaywright],
  ["spdx-json", countSpdx],
  ["spdx-tag-value", countTagValue],
  ["trx", countTrx],
]);
