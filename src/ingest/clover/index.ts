import type { ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { compareTotal, coverageEvidence, type MeasuredFile, sumOf } from "../coverage.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { pathInCheckout } from "../paths.ts";
import { xmlRootOf } from "../xml-root.ts";
import { type RawFile, type RawReport, readReport } from "./parse.ts";

/** Clover XML: OpenClover, PHPUnit, Istanbul (jest, nyc, c8, vitest). */
export const clover = {
  id: "clover",
  title: "Clover XML",
  kind: "coverage",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  const root = xmlRootOf(text);
  if (root === undefined) return { confidence: "no", reason: "it does not start with an XML element" };
  if (root.name !== "coverage") return { confidence: "no", reason: "its root element is not coverage" };
  if (/\s(?:clover|generated)\s*=/.test(root.attributes) || /^\s*<(?:project|testproject)\b/.test(root.content)) {
    return { confidence: "certain", reason: "its root element is coverage, with the marks of Clover" };
  }
  return { confidence: "no", reason: "its root element is coverage, without the marks of Clover" };
}

function parse(bytes: Content, { declared, limits, root }: ParseContext): ParsedEvidence {
  const warnings = createDiagnostics();
  const inconsistencies = createDiagnostics();
  const report = readReport(bytes, limits, warnings);
  const files = report.files.map((file) => measuredFile(file, pathInCheckout(file.path, root), inconsistencies));
  compareProject(report, files, inconsistencies);
  return coverageEvidence(
    {
      provider: "clover",
      files,
      producedAt: report.producedAt,
      warnings: [...report.warnings, ...warnings.list()],
      inconsistencies: inconsistencies.list(),
    },
    declared,
    limits,
  );
}

/** A file without its lines, which some tools leave out, is taken at its metrics' word. */
function measuredFile(file: RawFile, path: string, inconsistencies: DiagnosticList): MeasuredFile {
  const { metrics, elements, statements, place } = file;
  const { branches, functions } = metrics;
  const measured = file.lines.measured();
  if (measured.lines.total === 0) {
    return { path, lines: metrics.statements ?? measured.lines, branches, functions };
  }
  // What a tool may call its statements: Istanbul its lines, OpenClover statements with or without conditions.
  compareTotal("lines", metrics.statements, [measured.lines, elements, statements], place, inconsistencies);
  return { path, ...measured, branches, functions };
}

function compareProject(
  { files, metrics, place }: RawReport,
  measured: readonly MeasuredFile[],
  inconsistencies: DiagnosticList,
): void {
  const lines = sumOf(measured.map((file) => file.lines));
  const elements = sumOf(files.map((file) => file.elements));
  const statements = sumOf(files.map((file) => file.statements));
  compareTotal("lines", metrics.statements, [lines, elements, statements], place, inconsistencies);
  for (const metric of ["branches", "functions"] as const) {
    compareTotal(metric, metrics[metric], [sumOf(measured.map((file) => file[metric]))], place, inconsistencies);
  }
}
