import type { EvidenceStatus, EvidenceSubject, ParsedEvidence, Tool } from "../../evidence/types.ts";
import { compact } from "../../util/compact.ts";
import type { Limits } from "../../util/limits.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import { commitIdOf } from "../commit.ts";
import type { Content } from "../content.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { type CaseList, claimsMore, createCases, instantOfMilliseconds, testsEvidence } from "../test-cases.ts";
import { countOf, earlierOf, instantOf, type JsonObject, kept, textOf } from "../values.ts";
import { readReport } from "./parse.ts";

/** The Common Test Report Format, which reporters of many test runners write. */
export const ctrf = {
  id: "ctrf",
  title: "CTRF",
  kind: "tests",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  if (!text.startsWith("{")) return { confidence: "no", reason: "it does not start with a JSON object" };
  if (/"reportFormat"\s*:\s*"CTRF"/.test(text)) return { confidence: "certain", reason: "its reportFormat is CTRF" };
  const older = /"results"\s*:\s*\{/.test(text) && ["tool", "summary"].every((name) => text.includes(`"${name}"`));
  if (older) return { confidence: "likely", reason: "it has results with a tool and a summary" };
  return { confidence: "no", reason: "it has no reportFormat" };
}

function parse(bytes: Content, context: ParseContext): ParsedEvidence {
  const { version, timestamp, tool, summary, environment, cases } = readReport(bytes, context.limits);
  const inconsistencies = createDiagnostics();
  const reasons = createDiagnostics();
  const list = createCases(context);
  for (const found of cases) list.add(found);
  return testsEvidence({
    cases: list.cases,
    suites: new Set(list.cases.map(({ suite }) => suite)).size,
    suite: context.declared?.suite,
    formatVersion: version === undefined ? undefined : kept(version, context.limits),
    tools: toolsOf(tool, context.limits),
    subject: subjectOf(environment, context.limits),
    status: statusOf(summary, list, reasons, inconsistencies),
    reasons,
    inconsistencies,
    producedAt: earlierOf(instantOfMilliseconds(summary["start"]), instantOf(timestamp)),
  });
}

function toolsOf(tool: JsonObject, limits: Limits): readonly Tool[] {
  const name = textOf(tool["name"]);
  const version = textOf(tool["version"]);
  if (name === undefined) return [];
  return [{ name: kept(name, limits), ...(version === undefined ? {} : { version: kept(version, limits) }) }];
}

/** An id that is short names several commits in time, and is not compared with any. */
function subjectOf(environment: JsonObject, limits: Limits): EvidenceSubject {
  const ref = textOf(environment["branchName"]);
  return compact({
    commit: commitIdOf(environment["commit"]),
    ref: ref === undefined ? undefined : kept(ref, limits),
  });
}

/** The format cannot say that a run was complete, so the best it gets is `unknown`. */
function statusOf(
  summary: JsonObject,
  list: CaseList,
  reasons: DiagnosticList,
  inconsistencies: DiagnosticList,
): EvidenceStatus {
  const failed = list.count("failed");
  const lacking = [
    claimsMore("tests", countOf(summary["tests"]), list.cases.length, inconsistencies, "/results/summary/tests"),
    claimsMore("failures", countOf(summary["failed"]), failed, inconsistencies, "/results/summary/failed"),
  ].includes(true);
  if (lacking) reasons.add("cases-missing", "the summary claims more tests or failures than there are");
  if (lacking) return "partial";
  if (list.cases.length > 0) return "unknown";
  reasons.add("no-tests", "the report has no tests");
  return "empty";
}
