import type { EvidenceStatus, ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { type CaseList, createCases, loadError, testsEvidence } from "../test-cases.ts";
import { type RawPackage, type RawStream, readStream } from "./parse.ts";

/** The events of `go test -json`, also as gotestsum's `--jsonfile` keeps them. */
export const goTest = {
  id: "go-test",
  title: "go test JSON",
  kind: "tests",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

const EVENT = /^\{[^\n]*"Action"\s*:\s*"(?:start|run|pause|cont|pass|bench|fail|output|skip|build-output|build-fail)"/m;

function detect({ text }: Head): Detection {
  const event = EVENT.exec(text)?.[0];
  if (event === undefined) return { confidence: "no", reason: "no line is an event with an Action" };
  return { confidence: "certain", reason: "it has events of go test" };
}

function parse(bytes: Content, context: ParseContext): ParsedEvidence {
  const warnings = createDiagnostics();
  const inconsistencies = createDiagnostics();
  const reasons = createDiagnostics();
  const stream = readStream(bytes, context.limits, warnings);
  const list = createCases(context);
  let suites = 0;
  for (const found of stream.packages.values()) {
    const tested = found.tests.length + found.running.size > 0;
    if (tested || found.buildFailed) suites++;
    if (found.buildFailed) list.add(loadError(found.name, "the package could not be built"));
    addCases(found, list);
  }
  return testsEvidence({
    cases: list.cases,
    suites,
    suite: context.declared?.suite,
    status: statusOf(stream, list, reasons, inconsistencies),
    reasons,
    inconsistencies,
    warnings: warnings.list(),
    tools: [{ name: "go test" }],
    producedAt: stream.producedAt,
  });
}

/** Tests and their subtests are cases each, as in the JUnit reports made of such streams: both may fail for themselves. */
function addCases({ name: suite, tests, running }: RawPackage, list: CaseList): void {
  for (const { name, status = "errored", output, seconds } of tests) {
    const message = status === "passed" ? undefined : output.join("");
    list.add({ suite, name, status, message, durationMs: seconds === undefined ? undefined : seconds * 1000 });
  }
  for (const { name, output } of running.values()) {
    list.add({ suite, name, status: "errored", message: output.join("") || "it was started and did not end" });
  }
}

function statusOf(
  { packages, buildFailures }: RawStream,
  list: CaseList,
  reasons: DiagnosticList,
  inconsistencies: DiagnosticList,
): EvidenceStatus {
  for (const { name, status, tests, running, panicked, buildFailed } of packages.values()) {
    const bad = running.size > 0 || tests.some((test) => test.status === "failed");
    if (bad && status !== "failed")
      inconsistencies.add("failures-differ", `${name} did not fail, but a test of it did`);
    if (status !== "failed") continue;
    if (buildFailed) reasons.add("build-failed", `${name} could not be built, so its tests were not run`);
    else if (panicked) reasons.add("panicked", `${name} panicked, so the tests behind that were not run`);
    else if (!bad) reasons.add("package-failed", `${name} failed outside its tests`);
    else if (running.size > 0) reasons.add("tests-unfinished", `${name} ended before its tests did`);
  }
  if (buildFailures.length > 0 && reasons.list().length === 0) reasons.add("build-failed", buildFailures.join(", "));
  const troubled = reasons.list().length > 0;
  if (list.cases.some(({ note }) => note !== "load-error")) return troubled ? "partial" : "complete";
  if (!troubled) reasons.add("no-tests", "no test was run");
  return troubled ? "failed" : "empty";
}
