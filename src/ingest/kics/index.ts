import type { Category, EvidenceStatus, Finding, ParsedEvidence } from "../../evidence/types.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { findingsEvidence, objectAt, objectsAt } from "../findings.ts";
import { splitJson } from "../json.ts";
import { claimsMore } from "../test-cases.ts";
import { countOf, instantOf, isObject, type JsonObject, objectOf, stringsOf, textOf } from "../values.ts";
import { findingOfFile, isSecretQuery, redactionsOf } from "./map.ts";

/** KICS's own JSON, of all versions that count files and queries. */
export const kics = {
  id: "kics",
  title: "KICS JSON",
  kind: "findings",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

/** Those that are listed as queries; TRACE is for the bill of materials. */
const SEVERITIES = ["CRITICAL", "HIGH", "MEDIUM", "LOW", "INFO"] as const;

function detect({ text }: Head): Detection {
  if (!text.startsWith("{")) return { confidence: "no", reason: "it does not start with a JSON object" };
  if (/"kics_version"\s*:/.test(text)) return { confidence: "certain", reason: "it names the version of KICS" };
  if (/"queries_total"\s*:/.test(text) && /"files_(?:scanned|parsed)"\s*:/.test(text))
    return { confidence: "certain", reason: "it counts files and queries as KICS does" };
  if (/"query_id"\s*:/.test(text) && /"similarity_id"\s*:/.test(text))
    return { confidence: "certain", reason: "it has queries with similarity ids" };
  return { confidence: "no", reason: "it has no counts of files and queries" };
}

function parse(bytes: Content, context: ParseContext): ParsedEvidence {
  const report = splitJson(bytes, context.limits, ["queries"]);
  const { document } = report;
  if (!isObject(document) || !("queries" in document && "files_scanned" in document)) {
    throw new FormatError("not-this-format", "it has no queries or no files_scanned");
  }
  if (!Array.isArray(document["queries"])) throw new FormatError("malformed", "it is not an array", "/queries");
  for (const name of ["files_scanned", "files_parsed"]) {
    if (countOf(document[name]) === undefined) throw new FormatError("malformed", "it is no count", `/${name}`);
  }
  const paths = stringsOf(document["paths"]);
  const findings: Finding[] = [];
  const bySeverity = new Map<string, number>();
  const scanned: Category[] = ["iac"];
  let redactions = 0;
  let index = 0;
  for (const item of report.elements("/queries")) {
    const place = `/queries/${index++}`;
    const query = objectAt(item, place);
    if (!Array.isArray(query["files"])) throw new FormatError("malformed", "it is not an array", `${place}/files`);
    const files = objectsAt(query["files"], `${place}/files`);
    const word = String(query["severity"]).toUpperCase();
    bySeverity.set(word, (bySeverity.get(word) ?? 0) + files.length);
    if (isSecretQuery(query)) redactions += redactionsOf(files);
    for (const file of files) findings.push(findingOfFile({ query, file, paths, place }, context));
  }
  const version = textOf(document["kics_version"]);
  const reasons = createDiagnostics();
  const warnings = createDiagnostics();
  const inconsistencies = createDiagnostics();
  const lacking = lacksFindings(document, findings.length, bySeverity, inconsistencies);
  if (lacking) reasons.add("findings-missing", "the counters claim more findings than there are");
  return findingsEvidence(
    {
      tool: { name: "KICS", ...(version === undefined ? {} : { version }) },
      scanned,
      findings,
      status: statusOf(document, lacking, findings.length, reasons, warnings),
      reasons,
      warnings,
      inconsistencies,
      producedAt: endOf(document),
      redactions,
    },
    context,
  );
}

function statusOf(
  document: JsonObject,
  lacking: boolean,
  found: number,
  reasons: DiagnosticList,
  warnings: DiagnosticList,
): EvidenceStatus {
  const count = (name: string) => countOf(document[name]) ?? 0;
  const [scanned, parsed] = [count("files_scanned"), count("files_parsed")];
  const [unread, failed] = [count("files_failed_to_scan"), count("queries_failed_to_execute")];
  const unnamed = count("queries_failed_to_compute_similarity_id");
  if (unnamed > 0) warnings.add("similarity-id-missing", `${unnamed} similarity ids could not be computed`);
  if (found === 0 && !lacking && (parsed === 0 || document["queries_total"] === 0)) {
    reasons.add("nothing-scanned", parsed === 0 ? `${parsed} of ${scanned} files were parsed` : "there was no query");
    return "empty";
  }
  if (parsed < scanned) reasons.add("files-not-parsed", `${parsed} of ${scanned} files were parsed`, "/files_parsed");
  if (unread > 0) reasons.add("files-not-scanned", `${unread} files could not be scanned`, "/files_failed_to_scan");
  if (failed > 0) reasons.add("queries-failed", `${failed} queries failed`, "/queries_failed_to_execute");
  if (lacking || parsed < scanned || unread > 0 || failed > 0) return "partial";
  // The end is written with the counters of what failed; older reports have none.
  const counted = "queries_failed_to_execute" in document && "queries_total" in document;
  return counted && endOf(document) !== undefined ? "complete" : "unknown";
}

/** When the scan ended; the first year of our time is Go's word for never. */
function endOf(document: JsonObject): string | undefined {
  const end = instantOf(document["end"]);
  return end === undefined || end.startsWith("0001-") ? undefined : end;
}

function lacksFindings(
  document: JsonObject,
  found: number,
  bySeverity: ReadonlyMap<string, number>,
  inconsistencies: DiagnosticList,
): boolean {
  const counters = objectOf(document["severity_counters"]);
  const lacking = SEVERITIES.filter((word) =>
    claimsMore(
      `${word.toLowerCase()}-findings`,
      countOf(counters[word]),
      bySeverity.get(word) ?? 0,
      inconsistencies,
      `/severity_counters/${word}`,
    ),
  );
  const fewer = claimsMore("findings", countOf(document["total_counter"]), found, inconsistencies, "/total_counter");
  return fewer || lacking.length > 0;
}
