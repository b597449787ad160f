import type { Counter, ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import {
  compareTotal,
  counterIn,
  coverageEvidence,
  instantIn,
  type MeasuredFile,
  sumOf,
  unlessEmpty,
} from "../coverage.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { isAbsolutePath, normalisePath, pathInCheckout, relativeTo } from "../paths.ts";
import { xmlRootOf } from "../xml-root.ts";
import { type RawReport, readReport } from "./parse.ts";

/** How far a rate may be from the count: tools round to two digits and more. */
const TOLERANCE = 0.005;

/** Cobertura XML: Cobertura, coverage.py, coverlet, gcovr, Istanbul, gocover-cobertura, PHPUnit, AltCover. */
export const cobertura = {
  id: "cobertura",
  title: "Cobertura XML",
  kind: "coverage",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  const root = xmlRootOf(text);
  if (root === undefined) return { confidence: "no", reason: "it does not start with an XML element" };
  if (root.name !== "coverage") return { confidence: "no", reason: "its root element is not coverage" };
  if (/\s(?:clover|generated)\s*=/.test(root.attributes)) return { confidence: "no", reason: "it is a Clover report" };
  if (/\s(?:line-rate|lines-valid)\s*=/.test(root.attributes) || /<(?:sources|packages)\b/.test(root.content)) {
    return { confidence: "certain", reason: "its root element is coverage, with rates or packages" };
  }
  return { confidence: "no", reason: "its root element is coverage, without rates or packages" };
}

function parse(bytes: Content, { declared, limits, root }: ParseContext): ParsedEvidence {
  const warnings = createDiagnostics();
  const inconsistencies = createDiagnostics();
  const report = readReport(bytes, limits, warnings);
  const [source, ...others] = report.sources;
  if (others.length > 0) warnings.add("sources", "there are several source folders, so paths are kept as written");
  const base = source === undefined || others.length > 0 ? "" : baseOf(normalisePath(source), root);
  const files = [...report.files].map(([path, { lines, branches }]): MeasuredFile => {
    return { path: pathOf(path, base, root), ...lines.measured(), branches: unlessEmpty(sumOf(branches.values())) };
  });
  compareHeader(report, files, inconsistencies);
  return coverageEvidence(
    {
      provider: "cobertura",
      files,
      producedAt: instantIn(report.attributes["timestamp"]),
      warnings: [...report.warnings, ...warnings.list()],
      inconsistencies: inconsistencies.list(),
    },
    declared,
    limits,
  );
}

/** The source folder relative to the checkout, where it can be placed in it; else nothing. */
function baseOf(source: string, root: string | undefined): string {
  if (isAbsolutePath(source)) return (root === undefined ? undefined : relativeTo(root, source)) ?? "";
  // `../lib` is outside, and gocover-cobertura writes $GOMODCACHE.
  return /^(?:\.\.|\$)/.test(source) ? "" : source;
}

function pathOf(path: string, base: string, root: string | undefined): string {
  return isAbsolutePath(path) || base === "" ? pathInCheckout(path, root) : normalisePath(`${base}/${path}`);
}

/** Tools count a line once for its file or once for each class; either agrees. */
function compareHeader(report: RawReport, files: readonly MeasuredFile[], inconsistencies: DiagnosticList): void {
  const { attributes, perClass } = report;
  const lines = sumOf(files.map((file) => file.lines));
  const branches = sumOf(files.map((file) => file.branches));
  const declared = counterIn(attributes["lines-covered"], attributes["lines-valid"]);
  const declaredBranches = counterIn(attributes["branches-covered"], attributes["branches-valid"]);
  const place = `line ${report.line}`;
  compareTotal("lines", declared, [lines, perClass.lines], place, inconsistencies);
  compareTotal("branches", declaredBranches, [branches, perClass.branches], place, inconsistencies);
  const rate = Number(attributes["line-rate"]?.trim() || Number.NaN);
  if (declared !== undefined || Number.isNaN(rate) || lines.total === 0) return;
  if ([lines, perClass.lines].some((counter) => Math.abs(rateOf(counter) - rate) <= TOLERANCE)) return;
  const message = `the report declares a line rate of ${rate} and has ${lines.covered}/${lines.total} lines`;
  inconsistencies.add("lines-differ", message, place);
}

function rateOf({ covered, total }: Counter): number {
  return covered / total;
}
