/**
 * Holds the mutants of an area that survived against its list, which says of each why it is no harm, and writes its page. Fails
 * where one survives that is not listed, where a listed one does not, and where too few are killed. Run it after Stryker, over the
 * whole area: `npm run test:mutation` for the decision, `npm run test:mutation:audit` for the verification of logs.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

/** What is tried in one run. */
interface Area {
  /** The npm script that tries it. */
  readonly script: string;
  readonly title: string;
  /** What is changed, in words, and which tests have to notice. */
  readonly sources: string;
  readonly tests: string;
  readonly folder: string;
  /** What Stryker wrote, by name. */
  readonly reports: readonly string[];
  readonly list: string;
  readonly page: string;
  /** What is true of every survivor. */
  readonly promise: string;
}

const AREAS: Readonly<Record<string, Area>> = {
  decision: {
    script: "test:mutation",
    title: "Mutants of the decision",
    sources: "`src/decision`",
    tests: "`test/decision`",
    folder: "src/decision/",
    reports: ["report"],
    list: "test/decision/survivors.yaml",
    page: "docs/decision-mutation.md",
    promise: "No change here turns a closed result into an open one.",
  },
  audit: {
    script: "test:mutation:audit",
    title: "Mutants of the verification",
    sources: "what verifies logs, proofs and receipts in `src/audit`",
    tests: "`test/audit`",
    folder: "src/audit/",
    reports: ["parts", "whole"],
    list: "test/audit/survivors.yaml",
    page: "docs/audit-mutation.md",
    promise: "No change here accepts a forged proof, receipt, checkpoint or log.",
  },
};

const ROOT = join(import.meta.dirname, "..");
const [, , name = ""] = process.argv;
const AREA = AREAS[name];
if (AREA === undefined) throw new Error(`which area? ${Object.keys(AREAS).join(", ")}`);
const { script, title, sources, tests, folder, reports, list: LIST, page: PAGE, promise } = AREA;
const CACHE = join(ROOT, "node_modules/.cache/gate-mutation", name);
/** The least share of mutants that has to be killed, in per cent. */
const THRESHOLD = 90;

/** What is used of https://github.com/stryker-mutator/mutation-testing-elements, version 2. */
interface Report {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>>;
}

interface Mutant {
  readonly mutatorName: string;
  readonly replacement: string;
  readonly status: string;
  /** From 1. */
  readonly location: { readonly start: { readonly line: number } };
}

interface Survivor {
  readonly file: string;
  readonly mutator: string;
  /** The line as it is, without the space around it. */
  readonly line: string;
  readonly replacement: string;
}

/** Survivors that are no harm for one reason. */
interface Group {
  readonly reason: string;
  readonly mutants: readonly Survivor[];
}

interface Score {
  readonly file: string;
  readonly killed: number;
  readonly survived: number;
}

function scoreOf(file: string, mutants: readonly Mutant[]): Score {
  const count = (statuses: readonly string[]): number =>
    mutants.filter(({ status }) => statuses.includes(status)).length;
  return { file, killed: count(["Killed", "Timeout"]), survived: count(SURVIVED) };
}

const SURVIVED = ["Survived", "NoCoverage"];

function survivorsOf({ files }: Report): readonly Survivor[] {
  return Object.entries(files).flatMap(([file, { source, mutants }]) => {
    const lines = source.split("\n");
    return mutants
      .filter(({ status }) => SURVIVED.includes(status))
      .map(({ mutatorName, replacement, location }) => {
        const line = lines[location.start.line - 1]?.trim() ?? "";
        return { file, mutator: mutatorName, line, replacement };
      });
  });
}

function keyOf({ file, mutator, line, replacement }: Survivor): string {
  return [file, mutator, line, replacement].join("\n  ");
}

/** What one list has more often than the other: two mutants of a line can look alike. */
function missingFrom(wanted: readonly Survivor[], present: readonly Survivor[]): readonly Survivor[] {
  const left = new Map<string, number>();
  for (const one of present) left.set(keyOf(one), (left.get(keyOf(one)) ?? 0) + 1);
  return wanted.filter((one) => {
    const count = left.get(keyOf(one)) ?? 0;
    left.set(keyOf(one), count - 1);
    return count <= 0;
  });
}

function percent(killed: number, survived: number): string {
  return ((100 * killed) / Math.max(1, killed + survived)).toFixed(1);
}

function page(scores: readonly Score[], groups: readonly Group[]): string {
  const [killed, survived] = totals(scores);
  const rows = scores.map(
    (score) => `| \`${score.file}\` | ${score.killed} | ${score.survived} | ${percent(score.killed, score.survived)} |`,
  );
  const sections = groups.map(({ reason, mutants }) => {
    const items = mutants.map(({ file, mutator, line, replacement }) => {
      const place = file.replace(folder, "");
      return `- ${place}, ${mutator}: ${code(line)} with ${code(replacement)}`;
    });
    return [`### ${reason.trim().replaceAll(/\s+/g, " ")}`, "", ...items].join("\n");
  });
  return `${[
    `# ${title}`,
    "",
    `\`npm run ${script}\` changes ${sources} in one place after the other and runs the tests of ${tests} against each`,
    `change ([Stryker](https://stryker-mutator.io)). Of ${killed + survived} changes the tests notice ${killed}, which is ${percent(killed, survived)} %. This page is written from`,
    `the report; \`${LIST}\` says of every change that no test notices why it is no harm. The run fails below`,
    `${THRESHOLD} %, where a change survives that is not listed, and where a listed one no longer does.`,
    "",
    "| file | noticed | not noticed | % |",
    "|---|---|---|---|",
    ...rows,
    "",
    "## What no test notices",
    "",
    promise,
    "",
    sections.join("\n\n"),
  ].join("\n")}\n`;
}

/** Inline code that can hold backquotes. */
function code(text: string): string {
  const shown = text.replaceAll(/\s+/g, " ");
  if (!shown.includes("`")) return shown === "" ? "nothing" : `\`${shown}\``;
  return `\`\` ${shown} \`\``;
}

function totals(scores: readonly Score[]): readonly [killed: number, survived: number] {
  return [sum(scores.map(({ killed }) => killed)), sum(scores.map(({ survived }) => survived))];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function readReport(of: string): Report {
  // oxlint-disable-next-line no-unsafe-type-assertion -- Stryker wrote it.
  return JSON.parse(readFileSync(join(CACHE, `${of}.json`), "utf8")) as Report;
}

const report: Report = { files: Object.assign({}, ...reports.map((of) => readReport(of).files)) };
// oxlint-disable-next-line no-unsafe-type-assertion -- A list of this repository; what does not fit it is not found.
const groups = parse(readFileSync(join(ROOT, LIST), "utf8")) as readonly Group[];
const survivors = survivorsOf(report);
const listed = groups.flatMap(({ mutants }) => mutants);
const scores = Object.entries(report.files)
  .map(([file, { mutants }]) => scoreOf(file, mutants))
  .filter(({ killed, survived }) => killed + survived > 0)
  .toSorted((a, b) => (a.file < b.file ? -1 : 1));
const [killed, survived] = totals(scores);
const problems = [
  ...missingFrom(survivors, listed).map((one) => `it survives and is not in ${LIST}: ${keyOf(one)}`),
  ...missingFrom(listed, survivors).map((one) => `it is in ${LIST} and no longer survives: ${keyOf(one)}`),
  ...groups.filter(({ reason }) => reason.trim() === "").map(() => `a group of ${LIST} has no reason`),
  ...(100 * killed < THRESHOLD * (killed + survived)
    ? [`${percent(killed, survived)} % are killed, which is less than ${THRESHOLD} %`]
    : []),
];
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.stderr.write(`${killed} of ${killed + survived} mutants killed (${percent(killed, survived)} %)\n`);
if (problems.length === 0) writeFileSync(join(ROOT, PAGE), page(scores, groups));
else process.exitCode = 1;
