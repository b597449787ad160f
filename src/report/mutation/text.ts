import { escapeTerminal } from "../../output/escape.ts";
import { MUTANT_STATUSES, type MutantStatus } from "../../policy/mutation/run.ts";
import { isUndetected, type MutantCounts, type MutatedFile, type MutationReport, shortDiffOf } from "./model.ts";

/** For a terminal: each mutant that no test noticed, with the line it changes, and the scores. */
export function renderText(report: MutationReport): string {
  const lines = report.files.flatMap(undetectedLines);
  const width = Math.max(...report.files.map(({ path }) => path.length), TOTAL.length);
  for (const { path, score, counts } of report.files) lines.push(scoreLine(path.padEnd(width), score, counts));
  lines.push(scoreLine(TOTAL.padEnd(width), report.score, report.counts));
  return `${lines.map(escapeTerminal).join("\n")}\n`;
}

const TOTAL = "all files";

function undetectedLines({ path, source, results }: MutatedFile): readonly string[] {
  return results.filter(isUndetected).flatMap(({ mutant, status }) => {
    const { before, after } = shortDiffOf(source, mutant);
    const what = status === "Survived" ? "SURVIVED" : "NO COVERAGE";
    return [
      `${what} ${path}:${mutant.start.row}:${mutant.start.col} ${mutant.mutator}: ${mutant.description}`,
      `  - ${before.trim()}`,
      `  + ${after.trim()}`,
    ];
  });
}

function scoreLine(name: string, score: number | undefined, counts: MutantCounts): string {
  const percent = score === undefined ? "n/a" : `${score.toFixed(2)} %`;
  return `${name}  ${percent.padStart(8)}  ${countsText(counts)}`;
}

const WORDS = {
  Killed: "killed",
  Survived: "survived",
  NoCoverage: "without coverage",
  Timeout: "timed out",
  CompileError: "not compiled",
  RuntimeError: "not tested",
  Ignored: "ignored",
} as const satisfies Record<MutantStatus, string>;

const ALWAYS_SHOWN: ReadonlySet<MutantStatus> = new Set(["Killed", "Survived"]);

function countsText(counts: MutantCounts): string {
  return MUTANT_STATUSES.filter((status) => counts[status] > 0 || ALWAYS_SHOWN.has(status))
    .map((status) => `${counts[status]} ${WORDS[status]}`)
    .join(", ");
}
