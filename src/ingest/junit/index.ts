import type { EvidenceStatus, ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { createDiagnostics } from "../diagnostics.ts";
import { testsEvidence } from "../test-cases.ts";
import { xmlRootOf } from "../xml-root.ts";
import { type CountedReport, countReport } from "./map.ts";
import { type RawSuite, readReport } from "./parse.ts";

/** JUnit XML in the dialects of Surefire, Gradle, pytest, jest-junit, vitest, node:test, GoogleTest and others. */
export const junit = {
  id: "junit",
  title: "JUnit XML",
  kind: "tests",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  const root = xmlRootOf(text)?.name;
  if (root === undefined) return { confidence: "no", reason: "it does not start with an XML element" };
  if (/^testsuites?$/.test(root)) return { confidence: "certain", reason: `its root element is ${root}` };
  return { confidence: "no", reason: `its root element is ${root.slice(0, 64)}, and not testsuites or testsuite` };
}

function parse(bytes: Content, { declared, limits }: ParseContext): ParsedEvidence {
  const { root, warnings } = readReport(bytes, limits);
  const inconsistencies = createDiagnostics();
  const report = countReport(root, limits, inconsistencies);
  const reasons = createDiagnostics();
  const status = statusOf(report, troublesOf(root));
  if (status === "empty") reasons.add("no-tests", "the report has no test cases");
  if (report.lacking) reasons.add("cases-missing", "the totals claim more tests or failures than the report has cases");
  if (troublesOf(root) > 0) reasons.add("suite-failed", "a suite failed outside its test cases");
  return testsEvidence({
    cases: report.cases,
    suites: report.suites,
    suite: declared?.suite,
    status,
    reasons,
    inconsistencies,
    warnings,
    producedAt: report.producedAt,
  });
}

/** The format cannot say that a run was complete, so the best it gets is `unknown`. */
function statusOf({ cases, lacking }: CountedReport, troubles: number): EvidenceStatus {
  if (lacking || troubles > 0) return "partial";
  return cases.length === 0 ? "empty" : "unknown";
}

function troublesOf(suite: RawSuite): number {
  return suite.suites.reduce((sum, inner) => sum + troublesOf(inner), suite.troubles);
}
