import type { Category, EvidenceStatus, Finding, ParsedEvidence } from "../../evidence/types.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { findingsEvidence, objectsAt, objectsIn, textAt } from "../findings.ts";
import { type SplitJson, splitJson } from "../json.ts";
import { claimsMore } from "../test-cases.ts";
import { countOf, isObject, type JsonObject, objectOf, textOf } from "../values.ts";
import { categoryOfCheckType, checkOf, redactionsOf } from "./map.ts";

/** `checkov -o json`: an object for one kind of file, an array for several, and bare counters for none. */
export const checkov = {
  id: "checkov",
  title: "Checkov JSON",
  kind: "findings",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  if (!/^[{[]/.test(text)) return { confidence: "no", reason: "it does not start with JSON" };
  if (/"checkov_version"\s*:/.test(text)) return { confidence: "certain", reason: "it names the version of Checkov" };
  if (/"check_type"\s*:\s*"/.test(text) && /"(?:passed|failed|skipped)_checks"\s*:\s*\[/.test(text))
    return { confidence: "certain", reason: "it has checks of a check_type" };
  return { confidence: "no", reason: "it has no checks of a check_type" };
}

/** The lists of checks in a report; those that passed are only counted. */
const LISTS = ["failed", "skipped", "passed"] as const;

interface Notes {
  readonly reasons: DiagnosticList;
  readonly warnings: DiagnosticList;
  readonly inconsistencies: DiagnosticList;
}

/** What one of the reports in a file comes to. */
interface Outcome {
  readonly category: Category;
  readonly findings: readonly Finding[];
  readonly redactions: number;
  /** Checks that were made, whatever came out of them. */
  readonly made: number;
  readonly partial: boolean;
}

function parse(bytes: Content, context: ParseContext): ParsedEvidence {
  const file = splitJson(
    bytes,
    context.limits,
    ...LISTS.map((name) => ["results", `${name}_checks`]),
    ...LISTS.map((name) => ["*", "results", `${name}_checks`]),
  );
  const { document } = file;
  const notes = { reasons: createDiagnostics(), warnings: createDiagnostics(), inconsistencies: createDiagnostics() };
  const reports = Array.isArray(document) ? objectsAt(document, "") : [document];
  const [first] = reports;
  if (!isObject(first) || !(isCounters(first) || "check_type" in first)) {
    throw new FormatError("not-this-format", "it has neither a check_type nor counters");
  }
  const counters = !Array.isArray(document) && isCounters(first);
  const outcomes = counters
    ? []
    : reports.map((raw, index) =>
        outcomeOf(objectOf(raw), Array.isArray(document) ? `/${index}` : "", file, notes, context),
      );
  const version = textOf(first["checkov_version"]) ?? textOf(objectOf(first["summary"])["checkov_version"]);
  return findingsEvidence(
    {
      tool: { name: "Checkov", ...(version === undefined ? {} : { version }) },
      scanned: counters ? ["iac"] : outcomes.map(({ category }) => category),
      findings: outcomes.flatMap(({ findings }) => findings),
      status: statusOf(outcomes, notes.reasons),
      ...notes,
      redactions: outcomes.reduce((sum, { redactions }) => sum + redactions, 0),
    },
    context,
  );
}

/** What Checkov writes where no kind of file it knows was found; a run for secrets without one looks the same. */
function isCounters(report: JsonObject): boolean {
  return "checkov_version" in report && "passed" in report && "failed" in report && !("results" in report);
}

/** The format has no room for the outcome of the run. */
function statusOf(outcomes: readonly Outcome[], reasons: DiagnosticList): EvidenceStatus {
  if (outcomes.some(({ partial }) => partial)) return "partial";
  if (outcomes.some(({ made }) => made > 0)) return "unknown";
  reasons.add("nothing-scanned", "Checkov made no check");
  return "empty";
}

function outcomeOf(report: JsonObject, pointer: string, file: SplitJson, notes: Notes, context: ParseContext): Outcome {
  const type = textAt(report["check_type"], `${pointer}/check_type`);
  const { results } = report;
  if (!isObject(results)) throw new FormatError("malformed", "the results are not an object", `${pointer}/results`);
  if (!Array.isArray(results["failed_checks"])) {
    throw new FormatError("malformed", "it is not an array", `${pointer}/results/failed_checks`);
  }
  const category = categoryOfCheckType(type);
  const counted = { failed: 0, skipped: 0, passed: 0 };
  const findings: Finding[] = [];
  let redactions = 0;
  for (const name of LISTS) {
    const member = `${name}_checks`;
    for (const [raw, place] of objectsIn(file, results[member], `${pointer}/results/${member}`)) {
      counted[name]++;
      if (name === "passed") continue;
      findings.push(checkOf({ raw, category, skipped: name === "skipped", place }, context));
      redactions += redactionsOf(category, raw);
    }
  }
  const summary = objectOf(report["summary"]);
  const lacking = lacksChecks(summary, results, counted, `${pointer}/summary`, notes);
  const unparsed = unparsedIn(results, summary);
  if (unparsed > 0) {
    notes.reasons.add(
      "parsing-errors",
      `${unparsed} files of type ${type} could not be parsed`,
      `${pointer}/results/parsing_errors`,
    );
  }
  // With --quiet only failed checks are listed.
  const madeOf = (name: keyof typeof counted) => Math.max(counted[name], countOf(summary[name]) ?? 0);
  return {
    category,
    findings,
    redactions,
    made: madeOf("failed") + madeOf("skipped") + madeOf("passed"),
    partial: unparsed > 0 || lacking,
  };
}

function unparsedIn({ parsing_errors: errors }: JsonObject, summary: JsonObject): number {
  return Math.max(Array.isArray(errors) ? errors.length : 0, countOf(summary["parsing_errors"]) ?? 0);
}

function lacksChecks(
  summary: JsonObject,
  results: JsonObject,
  counted: { readonly failed: number; readonly skipped: number; readonly passed: number },
  place: string,
  { reasons, warnings, inconsistencies }: Notes,
): boolean {
  const lacking = LISTS.filter((name) => {
    const declared = countOf(summary[name]);
    const listed = `${name}_checks` in results;
    if (!listed && name === "skipped" && declared !== undefined && declared > 0) {
      warnings.add("skipped-not-listed", `${declared} checks were skipped, and the report does not list them`, place);
    }
    return listed && claimsMore(`${name}-checks`, declared, counted[name], inconsistencies, place);
  });
  if (lacking.length > 0) reasons.add("checks-missing", "the summary claims more checks than there are", place);
  return lacking.length > 0;
}
