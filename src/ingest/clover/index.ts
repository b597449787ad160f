import type { Counter, ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { compareTotal, counterOf, coverageEvidence, type MeasuredFile, sumOf } from "../coverage.ts";
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
  const files = report.files.map((file): MeasuredFile => {
    const { branches, functions } = file.metrics;
    compareTotal(
      "lines",
      file.lines.size === 0 ? undefined : file.metrics.statements,
      countsOf(file),
      file.place,
      inconsistencies,
    );
    return { path: pathInCheckout(file.path, root), lines: linesOf(file), branches, functions };
  });
  compareProject(report, inconsistencies);
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
function linesOf({ lines, metrics }: RawFile): Counter {
  return lines.size > 0 ? counterOf(lines) : (metrics.statements ?? { covered: 0, total: 0 });
}

/** What a tool may call its statements: Istanbul its lines, OpenClover statements with or without conditions. */
function countsOf(file: RawFile): [Counter, Counter, Counter] {
  return [linesOf(file), file.elements, file.statements];
}

function compareProject({ files, metrics, place }: RawReport, inconsistencies: DiagnosticList): void {
  const counts = files.map(countsOf);
  const sumOfCount = (index: 0 | 1 | 2) => sumOf(counts.map((count) => count[index]));
  compareTotal("lines", metrics.statements, [sumOfCount(0), sumOfCount(1), sumOfCount(2)], place, inconsistencies);
  for (const metric of ["branches", "functions"] as const) {
    compareTotal(metric, metrics[metric], [sumOf(files.map((file) => file.metrics[metric]))], place, inconsistencies);
  }
}
