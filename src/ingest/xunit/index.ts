import type { EvidenceStatus, ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { fileNameOf, instantOfDotnet, totalOf } from "../dotnet.ts";
import { claimsMore, createCases, type FoundCase, loadError, testsEvidence } from "../test-cases.ts";
import { earlierOf, kept } from "../values.ts";
import { xmlRootOf } from "../xml-root.ts";
import { foundCase, toolsOf } from "./map.ts";
import { type RawAssembly, readReport } from "./parse.ts";

/** The XML of xUnit.net: of its own runners (`-xml`), and of `dotnet test --logger xunit`. */
export const xunit = {
  id: "xunit",
  title: "xUnit.net XML",
  kind: "tests",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  const root = xmlRootOf(text);
  if (root?.name === "assembly" && /\stest-framework\s*=/.test(root.attributes)) {
    return { confidence: "certain", reason: "its root element is an assembly with a test framework" };
  }
  if (root?.name !== "assemblies") return { confidence: "no", reason: "its root element is not assemblies" };
  const own = /\s(?:timestamp|schema-version|start-rtf)\s*=/.test(root.attributes);
  if (own || /<assembly\s[^>]*\s(?:test-framework|run-date|not-run)\s*=/.test(root.content)) {
    return { confidence: "certain", reason: "its root element is assemblies of xUnit.net" };
  }
  return { confidence: "likely", reason: "its root element is assemblies" };
}

function parse(bytes: Content, context: ParseContext): ParsedEvidence {
  const { attributes, assemblies, warnings } = readReport(bytes, context.limits);
  const inconsistencies = createDiagnostics();
  const reasons = createDiagnostics();
  const list = createCases(context);
  const run: Run = { tests: 0, lacking: false, errors: 0, unfinished: false, untold: false };
  const version = attributes["schema-version"];
  let started: string | undefined;
  for (const assembly of assemblies) {
    const found = assembly.tests.map(foundCase);
    for (const one of found) list.add(one);
    if (found.length === 0 && assembly.errors.length > 0) {
      list.add(loadError(fileNameOf(assembly.attributes["name"]), assembly.errors[0]?.message));
    }
    count(assembly, found, run, reasons, inconsistencies);
    started = earlierOf(started, instantOfDotnet(assembly.attributes["start-rtf"]));
  }
  return testsEvidence({
    cases: list.cases,
    suites: new Set(list.cases.map(({ suite }) => suite)).size,
    suite: context.declared?.suite,
    status: statusOf(run, reasons),
    reasons,
    inconsistencies,
    warnings,
    tools: toolsOf(assemblies, context.limits),
    formatVersion: version === undefined ? undefined : kept(version, context.limits),
    producedAt: started ?? instantOfDotnet(attributes["start-rtf"] ?? attributes["timestamp"]),
  });
}

/** What the assemblies of a report come to. */
interface Run {
  tests: number;
  lacking: boolean;
  errors: number;
  /** Whether an assembly was started, and nothing of it was written. */
  unfinished: boolean;
  /** Whether an assembly has no totals. */
  untold: boolean;
}

function count(
  assembly: RawAssembly,
  found: readonly FoundCase[],
  run: Run,
  reasons: DiagnosticList,
  inconsistencies: DiagnosticList,
): void {
  const { attributes, errors } = assembly;
  const place = `line ${assembly.line}`;
  const total = totalOf(attributes["total"]) ?? sumOf(attributes, "passed", "failed", "skipped");
  const bad = found.filter(({ status }) => status === "failed" || status === "errored").length;
  run.lacking = [
    run.lacking,
    claimsMore("tests", total, found.length, inconsistencies, place),
    claimsMore("failures", totalOf(attributes["failed"]), bad, inconsistencies, place),
    claimsMore("errors", totalOf(attributes["errors"]), errors.length, inconsistencies, place),
  ].includes(true);
  for (const { what, line, message } of errors) {
    reasons.add("assembly-error", message === undefined ? what : `${what}: ${message}`, `line ${line}`);
  }
  run.tests += found.length;
  run.errors += errors.length;
  if (total !== undefined) return;
  run.untold = true;
  if (found.length > 0) return;
  run.unfinished = true;
  reasons.add(
    "run-unfinished",
    `${fileNameOf(assembly.attributes["name"])} has neither tests nor totals, which are written at its end`,
    place,
  );
}

/** xUnit.net 1 has no `total`. */
function sumOf(attributes: RawAssembly["attributes"], ...names: readonly string[]): number | undefined {
  const counts = names.map((name) => totalOf(attributes[name])).filter((found) => found !== undefined);
  return counts.length === names.length ? counts.reduce((sum, found) => sum + found, 0) : undefined;
}

function statusOf({ tests, lacking, errors, unfinished, untold }: Run, reasons: DiagnosticList): EvidenceStatus {
  if (lacking) reasons.add("cases-missing", "the totals claim more tests, failures or errors than the report has");
  if (tests === 0 && !lacking) {
    if (errors > 0 || unfinished) return "failed";
    reasons.add("no-tests", "the report has no tests");
    return "empty";
  }
  if (lacking || errors > 0 || unfinished) return "partial";
  return untold ? "unknown" : "complete";
}
