import { fingerprintOf } from "../evidence/fingerprint.ts";
import { normaliseSeverity } from "../evidence/severity.ts";
import type { Confidence, Diagnostic, Finding, ParsedEvidence } from "../evidence/types.ts";
import { FormatError, type ParseContext } from "./adapter.ts";
import { createDiagnostics, type DiagnosticList } from "./diagnostics.ts";
import { findingsEvidence } from "./findings.ts";
import { claimsMore } from "./test-cases.ts";
import { instantOf, kept } from "./values.ts";
import { suppressedBy } from "./vulnerability.ts";
import { parameterOf, textOfHtml, urlWithoutValues } from "./web-target.ts";

/** The texts of an element by their names, which are the same in the JSON and the XML of ZAP. */
export type ZapFields = ReadonlyMap<string, string>;

/** An alert of one site. */
export interface ZapAlert {
  /** JSON pointer or line. */
  readonly place: string;
  /** The URL that the site is known by. */
  readonly site: string;
  readonly fields: ZapFields;
  /** The requests that raised it; in reports that list each of them as an alert of its own there are none. */
  readonly instances: readonly ZapFields[];
}

/** What ZAP says of its own run: level, key, description and statistic. */
export interface ZapInsight {
  readonly place: string;
  readonly fields: ZapFields;
}

/** A report in either notation. */
export interface ZapReport {
  readonly version: string | undefined;
  /** ISO 8601; `generated` is a local time and is not read. */
  readonly created: string | undefined;
  /** How many sites ZAP got to know. */
  readonly sites: number;
  readonly alerts: Iterable<ZapAlert>;
  readonly insights: readonly ZapInsight[];
  /** Errors of the automation plan. */
  readonly planErrors: number;
  readonly warnings?: readonly Diagnostic[];
}

const TOOL = "ZAP";
const RISKS = ["info", "low", "medium", "high"] as const;
/** 0 is a false positive; 4 is what somebody has confirmed. */
const CONFIDENCES = new Map<string, Confidence>([
  ["1", "low"],
  ["2", "medium"],
  ["3", "high"],
  ["4", "high"],
]);

/** Fields with what went over the wire, or with parts of it. */
const TRAFFIC = /^(?:attack|evidence|otherinfo|(?:request|response)-?(?:header|body))$/;

/** Of these insights, level medium says that most requests got no answer, or an answer to somebody not logged in. */
const UNREACHED = /^insight\.(?:network|auth)\.failure$/;

/**
 * The evidence of a report, with a finding for each alert, method, URL and parameter. Values of parameters are not kept:
 * they differ from scan to scan and may hold tokens, so requests that differ in nothing else are one finding.
 */
export function zapEvidence(report: ZapReport, context: ParseContext): ParsedEvidence {
  const reasons = createDiagnostics();
  const inconsistencies = createDiagnostics();
  const warnings = createDiagnostics();
  for (const { code, message, place } of report.warnings ?? []) warnings.add(code, message, place);
  const findings: Finding[] = [];
  let redactions = 0;
  let missing = false;
  for (const alert of report.alerts) {
    for (const finding of findingsOf(alert, context)) findings.push(finding);
    redactions += redactionsIn(alert);
    missing = lacksInstances(alert, inconsistencies) || missing;
  }
  if (missing) {
    reasons.add("instances-missing", "alerts count more instances than are listed; ZAP up to 2.10 lists 20 at most");
  }
  const troubled = hasTrouble(report, reasons, warnings);
  const empty = report.sites === 0 && !troubled;
  if (empty) reasons.add("nothing-scanned", "ZAP reached no site");
  const { version } = report;
  return findingsEvidence(
    {
      tool: { name: TOOL, ...(version === undefined ? {} : { version }) },
      scanned: ["dast"],
      findings,
      // The format has no room for the outcome of the run.
      status: empty ? "empty" : troubled || missing ? "partial" : "unknown",
      reasons,
      warnings,
      inconsistencies,
      producedAt: instantOf(report.created),
      redactions,
    },
    context,
  );
}

function hasTrouble({ insights, planErrors }: ZapReport, reasons: DiagnosticList, warnings: DiagnosticList): boolean {
  if (planErrors > 0) reasons.add("plan-errors", `the automation plan had ${planErrors} errors`);
  let troubled = planErrors > 0;
  for (const { place, fields } of insights) {
    const level = fields.get("level")?.toLowerCase();
    const key = fields.get("key") ?? "";
    const message = `${fields.get("description") ?? key}: ${fields.get("statistic") ?? ""}`;
    if (level === "high" || (level === "medium" && UNREACHED.test(key))) {
      reasons.add("scan-impaired", message, place);
      troubled = true;
    } else if (level !== "info") warnings.add("insight", message, place);
  }
  return troubled;
}

function findingsOf(alert: ZapAlert, context: ParseContext): Iterable<Finding> {
  const instances = alert.instances.length > 0 ? alert.instances : [alert.fields];
  const distinct = new Map<string, Finding>();
  for (const instance of instances) {
    const finding = findingOf(alert, instance, context);
    if (!distinct.has(finding.id)) distinct.set(finding.id, finding);
  }
  return distinct.values();
}

function findingOf({ fields, site, place }: ZapAlert, instance: ZapFields, context: ParseContext): Finding {
  const { limits } = context;
  const plugin = fields.get("pluginid")?.trim();
  if (plugin === undefined || plugin === "") throw new FormatError("malformed", "the alert has no pluginid", place);
  const ruleId = kept(fields.get("alertRef")?.trim() || plugin, limits);
  const name = textOfHtml(fields.get("name") ?? fields.get("alert") ?? "") || ruleId;
  const path = kept(urlWithoutValues(instance.get("uri")?.trim() || site), limits);
  const method = instance.get("method")?.trim() ?? "";
  const parameter = parameterOf(instance.get("param") ?? "");
  const confidence = CONFIDENCES.get(fields.get("confidence")?.trim() ?? "");
  const doubted = fields.get("confidence")?.trim() === "0";
  // Older reports have no reference that tells the alerts of a rule apart.
  const which = fields.get("alertRef") ? "" : name;
  return {
    id: fingerprintOf({ tool: TOOL, ruleId, path, content: [method, parameter, which].join("\n") }),
    category: "dast",
    ruleId,
    ruleName: kept(name, limits),
    message: kept(messageOf(fields, [name, method, parameter]), limits),
    ...severityOf(fields),
    cwe: /^[1-9]\d{0,5}$/.test(fields.get("cweid")?.trim() ?? "") ? [`CWE-${fields.get("cweid")?.trim()}`] : [],
    ...(confidence === undefined ? {} : { confidence }),
    ...(path === "" ? {} : { location: { path } }),
    suppressed: doubted,
    suppressions: doubted ? suppressedBy("false positive: the confidence is 0", context) : [],
    tool: TOOL,
  };
}

function messageOf(fields: ZapFields, heading: readonly string[]): string {
  const solution = textOfHtml(fields.get("solution") ?? "");
  const about = [textOfHtml(fields.get("desc") ?? ""), solution === "" ? "" : `Solution: ${solution}`];
  const texts = [heading.filter((part) => part !== "").join(", "), about.filter((part) => part !== "").join(" ")];
  return texts.filter((part) => part !== "").join(": ");
}

/** The risk code is a scale without a critical (evidence.md section 14, 5). */
function severityOf(fields: ZapFields): Pick<Finding, "severity" | "severityRaw"> {
  const value = fields.get("riskcode")?.trim();
  if (value === undefined || value === "") return normaliseSeverity({ category: "dast" });
  const word = RISKS.find((_, code) => String(code) === value) ?? "unknown";
  const { severity } = normaliseSeverity({ category: "dast", word: { value: word, source: "riskcode" } });
  return { severity, severityRaw: { value: value.slice(0, 64), scale: "word", source: "riskcode" } };
}

function redactionsIn({ fields, instances }: ZapAlert): number {
  let count = 0;
  for (const source of [fields, ...instances]) {
    for (const [name, value] of source) if (TRAFFIC.test(name) && value.trim() !== "") count++;
    const uri = source.get("uri")?.trim() ?? "";
    if (urlWithoutValues(uri) !== uri) count++;
    const parameter = source.get("param") ?? "";
    if (parameterOf(parameter) !== parameter.trim()) count++;
  }
  return count;
}

function lacksInstances({ fields, instances, place }: ZapAlert, inconsistencies: DiagnosticList): boolean {
  const stated = fields.get("count")?.trim() ?? "";
  const declared = /^\d{1,15}$/.test(stated) ? Number(stated) : undefined;
  const listed = instances.length > 0 || !fields.get("uri") ? instances.length : 1;
  return claimsMore("instances", declared, listed, inconsistencies, place);
}
