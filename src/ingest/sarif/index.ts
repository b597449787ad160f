import { distinguishFindings } from "../../evidence/fingerprint.ts";
import { findingsSummary } from "../../evidence/summary.ts";
import { knownTool } from "../../evidence/tools.ts";
import {
  type EvidenceStatus,
  type EvidenceSubject,
  type Finding,
  type ParsedEvidence,
  type Scan,
  type Tool,
} from "../../evidence/types.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { earlierOf, instantOf, isObject, type JsonObject, kept, objectOf, objectsOf, textOf } from "../values.ts";
import { mapResult } from "./map.ts";
import { readSarifLog, type SarifRun } from "./parse.ts";

const WORST_FIRST = ["failed", "partial", "empty", "unknown", "complete"] as const satisfies readonly EvidenceStatus[];

/** Static Analysis Results Interchange Format 2.1.0 with Errata 01, OASIS Standard. */
export const sarif = {
  id: "sarif",
  title: "SARIF 2.1.0",
  kind: "findings",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text, name }: Head): Detection {
  if (!text.startsWith("{")) return { confidence: "no", reason: "it does not start with a JSON object" };
  if (/"\$schema"\s*:\s*"[^"]*sarif/i.test(text)) return { confidence: "certain", reason: "its schema is SARIF" };
  const runs = /"runs"\s*:\s*\[/.test(text);
  if (runs && /"version"\s*:\s*"/.test(text)) return { confidence: "certain", reason: "it has a version and runs" };
  if (runs || /\.sarif(\.json)?$/.test(name))
    return { confidence: "likely", reason: "it has runs or the name of SARIF" };
  return { confidence: "no", reason: "it has neither runs nor the SARIF schema" };
}

function parse(bytes: Content, context: ParseContext): ParsedEvidence {
  const log = readSarifLog(bytes, context);
  const warnings = createDiagnostics();
  const reasons = createDiagnostics();
  const runs = log.filter((run) => !isTaxonomyBeside(run, log, warnings));
  const statuses = runs.map((run) => statusOf(run, reasons));
  if (runs.length === 0) reasons.add("no-runs", "the log has no runs, so nothing was scanned", "/runs");
  const collected: Collected = { findings: [], redactions: 0 };
  const scans = runs.map((run) => scanOf(run, context, collected));
  const findings = distinguishFindings(collected.findings);
  const produced = runs.flatMap(({ invocations }) => invocations).map(({ endTimeUtc }) => instantOf(endTimeUtc));
  const producedAt = produced.reduce(earlierOf, undefined);
  const started = runs.flatMap(({ invocations }) => invocations).map(({ startTimeUtc }) => instantOf(startTimeUtc));
  const startedAt = started.reduce(earlierOf, undefined);
  const inconsistencies = createDiagnostics();
  return {
    kind: "findings",
    formatVersion: "2.1.0",
    tools: runs.map((run) => toolOf(run, context)),
    subject: subjectOf(runs, inconsistencies, context),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(producedAt === undefined ? {} : { producedAt }),
    status: worstOf(statuses),
    statusReasons: reasons.list(),
    quality: { warnings: warnings.list(), inconsistencies: inconsistencies.list(), redactions: collected.redactions },
    summary: findingsSummary(findings),
    body: { scans, findings },
  };
}

/**
 * A run that only carries a taxonomy, such as the CWE list, is no scan; but alone it must not pass for one, and neither
 * must a scan that failed before it had results.
 */
function isTaxonomyBeside(run: SarifRun, log: readonly SarifRun[], warnings: DiagnosticList): boolean {
  const taxonomy = !run.hasResults && run.invocations.length === 0 && objectsOf(run.raw["taxonomies"]).length > 0;
  if (!taxonomy || !log.some(({ hasResults }) => hasResults)) return false;
  warnings.add("taxonomy-run", "a run without results that only defines a taxonomy was left out", run.pointer);
  return true;
}

/** Section 3.20.14 on `executionSuccessful`, and 3.20.21 and 3.20.22 on what the tool reports about itself. */
function statusOf(run: SarifRun, reasons: DiagnosticList): EvidenceStatus {
  const { invocations, pointer } = run;
  if (!run.hasResults) {
    reasons.add("no-results", `${run.toolName} reports no results at all, which means that it did not run`, pointer);
    return "failed";
  }
  const troubles = invocations.flatMap(errorsOf);
  for (const trouble of troubles) reasons.add("tool-error", trouble, `${pointer}/invocations`);
  if (invocations.some(({ executionSuccessful }) => executionSuccessful === false)) {
    reasons.add("execution-failed", `${run.toolName} says that it did not succeed`, `${pointer}/invocations`);
    return hasAny(run.results()) ? "partial" : "failed";
  }
  if (objectsOf(objectOf(run.raw["externalPropertyFileReferences"])["results"]).length > 0) {
    reasons.add("external-results", "some results are in another file, which is not read", pointer);
    return "partial";
  }
  if (troubles.length > 0) return "partial";
  const said = invocations.length > 0 && invocations.every(({ executionSuccessful }) => executionSuccessful === true);
  return said ? "complete" : "unknown";
}

function errorsOf(invocation: JsonObject): readonly string[] {
  const notifications = [
    ...objectsOf(invocation["toolExecutionNotifications"]),
    ...objectsOf(invocation["toolConfigurationNotifications"]),
  ];
  return notifications
    .filter((notification) => textOf(notification["level"])?.toLowerCase() === "error")
    .map((notification) => textOf(objectOf(notification["message"])["text"]) ?? "an error without a message");
}

function hasAny(items: Iterable<unknown>): boolean {
  for (const _ of items) return true;
  return false;
}

function worstOf(statuses: readonly EvidenceStatus[]): EvidenceStatus {
  return WORST_FIRST.find((status) => statuses.includes(status)) ?? "empty";
}

interface Collected {
  readonly findings: Finding[];
  redactions: number;
}

function scanOf(run: SarifRun, context: ParseContext, into: Collected): Scan {
  let results = 0;
  for (const result of run.results()) {
    const place = `${run.pointer}/results/${results}`;
    if (!isObject(result)) throw new FormatError("malformed", "the result is not an object", place);
    const mapped = mapResult(result, run, context);
    results++;
    if (mapped === undefined) continue;
    into.findings.push(mapped.finding);
    into.redactions += mapped.redactions;
  }
  const category = context.declared?.category ?? knownTool(run.toolName).category;
  const said = new Set(run.invocations.map(({ executionSuccessful }) => executionSuccessful));
  const successful = said.has(false) || !run.hasResults ? false : said.has(true) ? true : "unknown";
  const { name, version } = toolOf(run, context);
  return { tool: name, ...(version === undefined ? {} : { version }), category, successful, results };
}

function toolOf({ toolName, toolVersion }: SarifRun, { limits }: ParseContext): Tool {
  const name = kept(toolName, limits);
  return toolVersion === undefined ? { name } : { name, version: kept(toolVersion, limits) };
}

/** Section 3.14.10. Runs of one log that name different commits name none. */
function subjectOf(
  runs: readonly SarifRun[],
  inconsistencies: DiagnosticList,
  { limits }: ParseContext,
): EvidenceSubject {
  const details = runs.flatMap((run) => objectsOf(run.raw["versionControlProvenance"]));
  const commits = new Set(details.map(({ revisionId }) => textOf(revisionId)?.toLowerCase()).filter(isCommit));
  if (commits.size > 1)
    inconsistencies.add("commits-differ", `runs name different commits: ${[...commits].join(", ")}`);
  const [commit] = commits.size === 1 ? commits : [];
  const repository = textOf(details[0]?.["repositoryUri"]);
  const ref = textOf(details[0]?.["branch"]);
  return {
    ...(repository === undefined ? {} : { repository: kept(repository, limits) }),
    ...(commit === undefined ? {} : { commit }),
    ...(ref === undefined ? {} : { ref: kept(ref, limits) }),
  };
}

function isCommit(text: string | undefined): text is string {
  return text !== undefined && /^[0-9a-f]{7,64}$/.test(text);
}
