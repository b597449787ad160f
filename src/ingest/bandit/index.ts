import { confidenceOf } from "../../evidence/confidence.ts";
import type { EvidenceStatus, Finding, ParsedEvidence } from "../../evidence/types.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import { checkFinding } from "../check.ts";
import { flaggedCode } from "../code.ts";
import type { Content } from "../content.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { findingsEvidence, objectAt, objectsAt, textAt } from "../findings.ts";
import { splitJson } from "../json.ts";
import { countOf, instantOf, isObject, type JsonObject, objectOf, textOf } from "../values.ts";
import { cweIn } from "../vulnerability.ts";

/** `bandit --format json`. */
export const bandit = {
  id: "bandit",
  title: "Bandit JSON",
  kind: "findings",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

/** Hard-coded passwords: the message quotes the password, and so does the code. */
const SECRET_TESTS = new Set(["B105", "B106", "B107"]);

function detect({ text }: Head): Detection {
  if (!text.startsWith("{")) return { confidence: "no", reason: "it does not start with a JSON object" };
  if (/"(?:CONFIDENCE|SEVERITY)\.(?:HIGH|LOW|MEDIUM|UNDEFINED)"\s*:/.test(text))
    return { confidence: "certain", reason: "it has metrics of Bandit" };
  if (/"errors"\s*:\s*\[/.test(text) && /"generated_at"\s*:/.test(text) && /"metrics"\s*:/.test(text))
    return { confidence: "certain", reason: "it has errors, metrics and the time that it was generated at" };
  if (/"issue_confidence"\s*:/.test(text) && /"test_id"\s*:/.test(text))
    return { confidence: "certain", reason: "it has results with tests of Bandit" };
  if (/^\{\s*"errors"\s*:\s*\[\s*\{\s*"filename"\s*:/.test(text) && /"reason"\s*:/.test(text))
    return { confidence: "likely", reason: "it has errors of files" };
  return { confidence: "no", reason: "it has neither metrics nor results of Bandit" };
}

function parse(bytes: Content, context: ParseContext): ParsedEvidence {
  const report = splitJson(bytes, context.limits, ["results"]);
  const { document } = report;
  if (!isObject(document) || !("results" in document) || !("metrics" in document)) {
    throw new FormatError("not-this-format", "it has no results with metrics");
  }
  if (!Array.isArray(document["results"]))
    throw new FormatError("malformed", "the results are not an array", "/results");
  const metrics = objectOf(objectAt(document["metrics"], "/metrics")["_totals"]);
  const reasons = createDiagnostics();
  const warnings = createDiagnostics();
  const inconsistencies = createDiagnostics();
  const findings: Finding[] = [];
  let redactions = 0;
  let index = 0;
  for (const item of report.elements("/results")) {
    const place = `/results/${index++}`;
    const result = objectAt(item, place);
    findings.push(findingOf(result, place, context));
    if (SECRET_TESTS.has(String(result["test_id"]))) redactions += 2;
  }
  compareTotals(metrics, findings.length, { warnings, inconsistencies });
  return findingsEvidence(
    {
      tool: { name: "Bandit" },
      scanned: ["sast"],
      findings,
      status: statusOf(document, metrics, findings, reasons),
      reasons,
      warnings,
      inconsistencies,
      producedAt: instantOf(document["generated_at"]),
      redactions,
    },
    context,
  );
}

function findingOf(result: JsonObject, place: string, context: ParseContext): Finding {
  const rule = textAt(result["test_id"], `${place}/test_id`);
  const title = textOf(result["test_name"]);
  const secret = SECRET_TESTS.has(rule);
  const line = countOf(result["line_number"]);
  const last: unknown = Array.isArray(result["line_range"]) ? result["line_range"].at(-1) : undefined;
  const endLine = countOf(last);
  const said = textOf(result["issue_text"]) ?? title ?? rule;
  const message = secret ? (title ?? rule).replaceAll("_", " ") : said;
  const column = countOf(result["col_offset"]);
  const word = textOf(result["issue_severity"]);
  const cwe = countOf(objectOf(result["issue_cwe"])["id"]);
  return checkFinding(
    {
      tool: "Bandit",
      category: "sast",
      rule,
      title,
      message,
      content: (secret ? undefined : flaggedCode(textOf(result["code"]), line, endLine)) ?? message,
      cwe: cwe === undefined ? [] : cweIn([`CWE-${cwe}`]),
      path: textAt(result["filename"], `${place}/filename`),
      line,
      // Bandit counts columns from 0, and writes -1 where it knows none.
      column: column === undefined ? undefined : column + 1,
      endLine,
      word: word === undefined ? undefined : { value: word, source: "issue_severity" },
      confidence: confidenceOf(result["issue_confidence"]),
      suppressions: [],
    },
    context,
  );
}

interface Notes {
  readonly warnings: DiagnosticList;
  readonly inconsistencies: DiagnosticList;
}

/** The metrics count what was found before `--severity-level`, `--confidence-level` and a baseline took some of it out. */
function compareTotals(metrics: JsonObject, listed: number, { warnings, inconsistencies }: Notes): void {
  const counts = ["HIGH", "MEDIUM", "LOW", "UNDEFINED"].map((word) => countOf(metrics[`SEVERITY.${word}`]));
  const place = "/metrics/_totals";
  if (counts.some((count) => count !== undefined)) {
    const declared = counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
    const message = `Bandit counted ${declared} issues and lists ${listed}`;
    if (declared > listed) warnings.add("issues-not-listed", `${message}; the others are below its thresholds`, place);
    if (declared < listed) inconsistencies.add("total-differs", message, place);
  }
  const skipped = (countOf(metrics["nosec"]) ?? 0) + (countOf(metrics["skipped_tests"]) ?? 0);
  if (skipped > 0) warnings.add("nosec", `nosec comments hide what was found at ${skipped} places`, place);
}

/** A file that could not be parsed was not looked at. */
function statusOf(
  document: JsonObject,
  metrics: JsonObject,
  findings: readonly Finding[],
  reasons: DiagnosticList,
): EvidenceStatus {
  const errors = objectsAt(document["errors"], "/errors");
  for (const [index, { filename, reason }] of errors.entries()) {
    const message = `${textOf(filename) ?? "a file"} was not scanned: ${textOf(reason) ?? "Bandit does not say why"}`;
    reasons.add("tool-error", message, `/errors/${index}`);
  }
  const lines = countOf(metrics["loc"]);
  if (lines === 0 && findings.length === 0) {
    reasons.add("nothing-scanned", "Bandit read no line of code", "/metrics/_totals/loc");
    return errors.length > 0 ? "failed" : "empty";
  }
  if (errors.length > 0) return "partial";
  return lines !== undefined && Array.isArray(document["errors"]) ? "complete" : "unknown";
}
