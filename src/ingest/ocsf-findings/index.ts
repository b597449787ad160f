import type { Finding, ParsedEvidence, Suppression } from "../../evidence/types.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import { checkFinding } from "../check.ts";
import type { Content } from "../content.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { findingsEvidence } from "../findings.ts";
import { type JsonRecord, recordsIn } from "../records.ts";
import { countOf, type JsonObject, objectOf, objectsOf, textOf } from "../values.ts";
import { suppressedBy } from "../vulnerability.ts";

/** Detection Findings of OCSF (class 2004), as Prowler writes them: what was found in the configuration of a cloud. */
export const ocsfFindings = {
  id: "ocsf-findings",
  title: "OCSF Detection Findings",
  kind: "findings",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

const DETECTION_FINDING = 2004;

function detect({ text }: Head): Detection {
  if (/^[{[]/.test(text) && /"class_uid"\s*:\s*2\d{3}\b/.test(text) && /"finding_info"\s*:/.test(text))
    return { confidence: "certain", reason: "it has findings of a class of OCSF" };
  return { confidence: "no", reason: "it has no findings of a class of OCSF" };
}

function parse(bytes: Content, context: ParseContext): ParsedEvidence {
  const warnings = createDiagnostics();
  const findings: Finding[] = [];
  let product: JsonObject = {};
  for (const record of recordsIn(bytes, context.limits)) {
    const { value, place } = record;
    const uid = countOf(value["class_uid"]);
    if (uid !== DETECTION_FINDING) {
      if (uid === undefined) throw new FormatError("malformed", "the finding has no class_uid", place);
      throw new FormatError("unsupported-version", `class ${uid} of OCSF; Detection Findings (2004) are read`, place);
    }
    product = objectOf(objectOf(value["metadata"])["product"]);
    if (isFinding(record, warnings)) findings.push(findingOf(record, context));
  }
  const version = textOf(product["version"]);
  return findingsEvidence(
    {
      tool: { name: textOf(product["name"]) ?? "OCSF", ...(version === undefined ? {} : { version }) },
      scanned: ["iac"],
      findings,
      status: "unknown",
      reasons: createDiagnostics(),
      warnings,
      inconsistencies: createDiagnostics(),
    },
    context,
  );
}

/** Prowler lists what it checked, not only what failed, and what it leaves to a person. */
function isFinding({ value, place }: JsonRecord, warnings: DiagnosticList): boolean {
  const code = textOf(value["status_code"])?.toUpperCase();
  if (code === "MANUAL") warnings.add("manual-check", `${ruleOf(value, place)} has to be checked by hand`, place);
  return code !== "PASS" && code !== "MANUAL";
}

function findingOf({ value, place }: JsonRecord, context: ParseContext): Finding {
  const [resource = {}] = objectsOf(value["resources"]);
  const account = textOf(objectOf(objectOf(value["cloud"])["account"])["uid"]) ?? "";
  const name = textOf(resource["uid"]) ?? textOf(resource["name"]) ?? "";
  const rule = ruleOf(value, place);
  const title = textOf(objectOf(value["finding_info"])["title"]);
  const detail = textOf(value["status_detail"]) ?? textOf(value["message"]) ?? title ?? rule;
  return checkFinding(
    {
      tool: textOf(objectOf(objectOf(value["metadata"])["product"])["name"]) ?? "OCSF",
      category: "iac",
      rule,
      title,
      message: name === "" || detail.includes(name) ? detail : `${detail} (${name})`,
      content: [account, textOf(resource["region"]) ?? "", name].join("\n"),
      word: wordOf(value),
      suppressions: suppressionsOf(value, context),
    },
    context,
  );
}

function ruleOf(value: JsonObject, place: string): string {
  const info = objectOf(value["finding_info"]);
  const rule =
    textOf(objectOf(value["metadata"])["event_code"]) ??
    textOf(objectOf(info["analytic"])["uid"]) ??
    textOf(objectOf(info["analytic"])["name"]) ??
    textOf(info["title"]);
  if (rule === undefined) throw new FormatError("malformed", "the finding names no rule and has no title", place);
  return rule;
}

const SEVERITIES = ["unknown", "informational", "low", "medium", "high", "critical", "fatal"];

/** `Fatal` is beyond critical, and is no word of other tools. */
function wordOf(value: JsonObject) {
  const id = countOf(value["severity_id"]);
  const stated = textOf(value["severity"]) ?? (id === undefined ? undefined : SEVERITIES[id]);
  if (stated === undefined) return undefined;
  if (stated.toLowerCase() === "fatal") return { value: "critical", source: "severity Fatal" };
  return { value: stated, source: textOf(value["severity"]) === undefined ? "severity_id" : "severity" };
}

const CLOSED = ["suppressed", "resolved", "archived", "deleted"];

function suppressionsOf(value: JsonObject, context: ParseContext): readonly Suppression[] {
  const id = countOf(value["status_id"]);
  const status = (textOf(value["status"]) ?? CLOSED[(id ?? 0) - 3] ?? "").toLowerCase();
  return CLOSED.includes(status) ? suppressedBy(`the finding's status is ${status}`, context) : [];
}
