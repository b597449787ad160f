import { readFileSync } from "node:fs";

function textOf(path: string): string {
  return readFileSync(path, "utf8").replace(/^\ufeff/, "");
}

/** Counts a SARIF log as simply as can be; severities are left to the tests of their rules. */
function countSarif(path: string) {
  const { runs } = JSON.parse(textOf(path));
  let total = 0;
  let suppressed = 0;
  for (const run of runs) {
    for (const result of run.results ?? []) {
      if (["pass", "notApplicable", "informational"].includes(result.kind) || result.baselineState === "absent")
        continue;
      total++;
      const list = result.suppressions ?? [];
      if (list.length > 0 && list.every((one: { status?: string }) => (one.status ?? "accepted") === "accepted"))
        suppressed++;
    }
  }
  return { total, open: total - suppressed, suppressed };
}

function isTodo(testcase: string): boolean {
  return testcase.includes('<skipped type="todo"');
}

/** Counts a JUnit report with regular expressions, which is enough for reports that are well formed. */
function countJunit(path: string) {
  const text = textOf(path)
    .replaceAll(/<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>/g, "")
    .replaceAll(/<(system-out|system-err)\b[^>]*>[\s\S]*?<\/\1>/g, "");
  const cases = text.match(/<testcase\b(?:"[^"]*"|'[^']*'|[^"'>])*?(?:\/>|>[\s\S]*?<\/testcase>)/g) ?? [];
  // vitest writes a file that it could not load as a case of that name.
  const unloaded = (one: string) =>
    text.includes('"vitest tests"') && /classname="(.+)" name="\1"[^>]*>\s*<fail/.test(one);
  const bad = cases.filter((one) => /<(failure|rerunFailure|rerunError)\b/.test(one) && !isTodo(one));
  const failed = bad.filter((one) => !unloaded(one));
  const errored = cases.filter((one) => !failed.includes(one) && (unloaded(one) || /<error\b/.test(one)));
  const skipped = cases.filter((one) => !failed.includes(one) && !errored.includes(one) && /<skipped\b/.test(one));
  return { total: cases.length, failed: failed.length, errored: errored.length, skipped: skipped.length };
}

function countLcov(path: string) {
  const lines = new Map<string, boolean>();
  let file = "";
  for (const line of textOf(path).split(/\r?\n/)) {
    if (line.startsWith("SF:")) file = line;
    const match = /^DA:(\d+),(\d+)/.exec(line);
    if (match === null) continue;
    const key = `${file} ${match[1]}`;
    lines.set(key, lines.get(key) === true || Number(match[2]) > 0);
  }
  return { total: lines.size, covered: [...lines.values()].filter(Boolean).length };
}

function countIstanbul(path: string) {
  const { total } = JSON.parse(textOf(path));
  return { total: total.lines.total, covered: total.lines.covered };
}

interface Nested {
  readonly purl?: string;
  readonly hashes?: readonly unknown[];
  readonly components?: readonly Nested[];
}

function countComponents(path: string) {
  const flat = (list: readonly Nested[] = []): readonly Nested[] =>
    list.flatMap((one) => [one, ...flat(one.components)]);
  const all = flat(JSON.parse(textOf(path)).components);
  const withHash = all.filter(({ hashes = [] }) => hashes.length > 0).length;
  return { components: all.length, withPurl: all.filter(({ purl }) => purl !== undefined).length, withHash };
}

/** By the id of the adapter. */
export const BASIC_COUNTS: ReadonlyMap<string, (path: string) => object> = new Map<string, (path: string) => object>([
  ["sarif", countSarif],
  ["junit", countJunit],
  ["lcov", (path) => ({ lines: countLcov(path) })],
  ["istanbul-summary", (path) => ({ lines: countIstanbul(path) })],
  ["cyclonedx-json", countComponents],
]);
