import type { ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { compareTotal, coverageEvidence, type MeasuredFile, sumOf, unlessEmpty } from "../coverage.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { pathInCheckout } from "../paths.ts";
import { xmlRootOf } from "../xml-root.ts";
import { type RawReport, type RawSourceFile, readReport } from "./parse.ts";

/** JaCoCo XML: JaCoCo with Maven, Gradle and Ant, Kover, Pester. */
export const jacoco = {
  id: "jacoco",
  title: "JaCoCo XML",
  kind: "coverage",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  const root = xmlRootOf(text);
  if (root === undefined) return { confidence: "no", reason: "it does not start with an XML element" };
  if (root.name !== "report") return { confidence: "no", reason: "its root element is not report" };
  if (/-\/\/JACOCO\/\//.test(root.prolog)) return { confidence: "certain", reason: "its DOCTYPE is that of JaCoCo" };
  if (/^\s*(?:<!--[^>]*>\s*)*<(?:sessioninfo|group|package|counter)\b/.test(root.content)) {
    return { confidence: "certain", reason: "its root element is report, with sessions, groups, packages or counters" };
  }
  return { confidence: "no", reason: "its root element is report, without sessions, groups, packages or counters" };
}

function parse(bytes: Content, { declared, limits, root }: ParseContext): ParsedEvidence {
  const warnings = createDiagnostics();
  const inconsistencies = createDiagnostics();
  const report = readReport(bytes, limits, warnings);
  const files = report.files.map((file) => measuredFile(file, pathInCheckout(file.path, root), inconsistencies));
  return coverageEvidence(
    {
      provider: "jacoco",
      files,
      totals: totalsOf(report, files, inconsistencies),
      producedAt: report.producedAt,
      warnings: [...report.warnings, ...warnings.list()],
      inconsistencies: inconsistencies.list(),
    },
    declared,
    limits,
  );
}

/** A file without its lines, which some tools leave out, is taken at its counters' word. */
function measuredFile(file: RawSourceFile, path: string, inconsistencies: DiagnosticList): MeasuredFile {
  const { counters, branches, line } = file;
  const functions = counters.get("METHOD");
  const measured = file.lines.measured();
  if (measured.lines.total === 0) {
    const lines = counters.get("LINE") ?? measured.lines;
    return { path, lines, branches: counters.get("BRANCH"), functions };
  }
  compareTotal("lines", counters.get("LINE"), [measured.lines], `line ${line}`, inconsistencies);
  compareTotal("branches", counters.get("BRANCH"), [branches], `line ${line}`, inconsistencies);
  return { path, ...measured, branches: unlessEmpty(branches), functions };
}

/**
 * The counters of the report itself stand where there is nothing below them that could be counted: methods have no
 * other count, and classes that were compiled without debug information have no source files.
 */
function totalsOf({ counters, line }: RawReport, files: readonly MeasuredFile[], inconsistencies: DiagnosticList) {
  const functions = counters.get("METHOD");
  if (files.length === 0) return { lines: counters.get("LINE"), branches: counters.get("BRANCH"), functions };
  const place = `line ${line}`;
  compareTotal("lines", counters.get("LINE"), [sumOf(files.map(({ lines }) => lines))], place, inconsistencies);
  const branches = sumOf(files.map((file) => file.branches));
  compareTotal("branches", counters.get("BRANCH"), [branches], place, inconsistencies);
  return { functions };
}
