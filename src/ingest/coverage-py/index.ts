import type { Counter, ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { compareTotal, coverageEvidence, type MeasuredFile, sumOf } from "../coverage.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { pathInCheckout } from "../paths.ts";
import { instantOf } from "../values.ts";
import { type RawReport, readReport } from "./parse.ts";

/** The report of `coverage json`, formats 1 to 3: coverage.py 5 to 7, pytest-cov. */
export const coveragePy = {
  id: "coverage-py",
  title: "coverage.py JSON",
  kind: "coverage",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  if (!text.startsWith("{")) return { confidence: "no", reason: "it does not start with a JSON object" };
  if (/"meta"\s*:\s*\{[^{}]*"branch_coverage"\s*:/.test(text)) {
    return { confidence: "certain", reason: "it says whether branches were measured, as coverage.py does" };
  }
  if (/"executed_lines"\s*:\s*\[/.test(text))
    return { confidence: "likely", reason: "it has lines that were executed" };
  return { confidence: "no", reason: "it does not say whether branches were measured" };
}

/** `percent_covered` mixes lines and branches, so none of the percentages is read. */
function parse(bytes: Content, { declared, limits, root }: ParseContext): ParsedEvidence {
  const inconsistencies = createDiagnostics();
  const report = readReport(bytes, limits);
  const files = report.files.map((file): MeasuredFile => {
    compareTotals(file.declared, file.measured.lines, file.branches, file.pointer, inconsistencies);
    return { path: pathInCheckout(file.path, root), ...file.measured, branches: file.branches };
  });
  compareReport(report, inconsistencies);
  return coverageEvidence(
    {
      provider: "coverage.py",
      files,
      tools: [
        report.version === undefined ? { name: "coverage.py" } : { name: "coverage.py", version: report.version },
      ],
      formatVersion: `${report.format}`,
      // A local time without an offset up to now, which is no instant.
      producedAt: instantOf(report.timestamp),
      warnings: [],
      inconsistencies: inconsistencies.list(),
    },
    declared,
    limits,
  );
}

function compareReport({ files, totals, branchesMeasured }: RawReport, inconsistencies: DiagnosticList): void {
  const lines = sumOf(files.map(({ measured }) => measured.lines));
  const branches = branchesMeasured ? sumOf(files.map((file) => file.branches)) : undefined;
  compareTotals(totals, lines, branches, "/totals", inconsistencies);
}

function compareTotals(
  declared: { readonly lines: Counter | undefined; readonly branches: Counter | undefined },
  lines: Counter,
  branches: Counter | undefined,
  place: string,
  inconsistencies: DiagnosticList,
): void {
  compareTotal("lines", declared.lines, [lines], place, inconsistencies);
  if (branches !== undefined) compareTotal("branches", declared.branches, [branches], place, inconsistencies);
}
