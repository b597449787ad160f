import { confidenceOf } from "../../evidence/confidence.ts";
import type { EvidenceStatus, Finding, ParsedEvidence, Suppression } from "../../evidence/types.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import { checkFinding } from "../check.ts";
import { flaggedCode } from "../code.ts";
import type { Content } from "../content.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { findingsEvidence, objectsAt, textAt } from "../findings.ts";
import { parseJsonDocument } from "../json.ts";
import { pathInCheckout } from "../paths.ts";
import { countOf, isObject, type JsonObject, kept, objectOf, objectsOf, textOf } from "../values.ts";
import { cweIn } from "../vulnerability.ts";

/** `gosec -fmt json`. */
export const gosec = {
  id: "gosec",
  title: "gosec JSON",
  kind: "findings",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

/** Hard-coded credentials: the code holds them. */
const SECRET_RULE = "G101";

function detect({ text }: Head): Detection {
  if (!text.startsWith("{")) return { confidence: "no", reason: "it does not start with a JSON object" };
  if (/"Golang errors"\s*:/.test(text)) return { confidence: "certain", reason: "it has Golang errors" };
  if (/"Issues"\s*:\s*(?:\[|null)/.test(text) && /"(?:rule_id|GosecVersion|nosec)"\s*:/.test(text))
    return { confidence: "certain", reason: "it has issues of gosec" };
  return { confidence: "no", reason: "it has neither Golang errors nor issues of gosec" };
}

function parse(bytes: Content, context: ParseContext): ParsedEvidence {
  const document = parseJsonDocument(bytes, context.limits);
  if (!isObject(document) || !("Issues" in document)) throw new FormatError("not-this-format", "it has no Issues");
  const issues = objectsAt(document["Issues"], "/Issues");
  const stats = objectOf(document["Stats"]);
  const reasons = createDiagnostics();
  const warnings = createDiagnostics();
  const inconsistencies = createDiagnostics();
  const findings = issues.map((issue, index) => findingOf(issue, `/Issues/${index}`, context));
  const version = textOf(document["GosecVersion"]);
  const hidden = countOf(stats["nosec"]) ?? 0;
  const suppressed = findings.filter((finding) => finding.suppressed).length;
  if (hidden > suppressed) {
    warnings.add("nosec", `there are ${hidden} nosec comments and ${suppressed} suppressed issues`, "/Stats/nosec");
  }
  return findingsEvidence(
    {
      // A build that nobody gave a version calls itself dev.
      tool: { name: "gosec", ...(version === undefined || version === "dev" ? {} : { version }) },
      scanned: ["sast"],
      findings,
      status: statusOf(document, findings, { reasons, inconsistencies, root: context.root }),
      reasons,
      warnings,
      inconsistencies,
      redactions: issues.filter(({ rule_id }) => rule_id === SECRET_RULE).length,
    },
    context,
  );
}

function findingOf(issue: JsonObject, place: string, context: ParseContext): Finding {
  const rule = textAt(issue["rule_id"], `${place}/rule_id`);
  const message = textOf(issue["details"]) ?? rule;
  // One line, or the first and the last.
  const [line, endLine] = String(issue["line"]).split("-").map(Number).map(countOf);
  const word = textOf(issue["severity"]);
  const cwe = textOf(objectOf(issue["cwe"])["id"]) ?? textOf(objectOf(issue["cwe"])["ID"]);
  const code = rule === SECRET_RULE ? undefined : flaggedCode(textOf(issue["code"]), line, endLine);
  return checkFinding(
    {
      tool: "gosec",
      category: "sast",
      rule,
      message,
      content: code ?? message,
      cwe: cwe === undefined ? [] : cweIn([`CWE-${cwe}`]),
      path: textAt(issue["file"], `${place}/file`),
      line,
      column: countOf(Number(issue["column"] ?? undefined)),
      endLine,
      word: word === undefined ? undefined : { value: word, source: "severity" },
      confidence: confidenceOf(issue["confidence"]),
      suppressions: suppressionsOf(issue, context),
    },
    context,
  );
}

/** With `-track-suppressions` a suppressed issue is listed; without it gosec leaves it out. */
function suppressionsOf(issue: JsonObject, { limits }: ParseContext): readonly Suppression[] {
  const listed = objectsOf(issue["suppressions"]);
  const tracked = listed.length === 0 && issue["nosec"] === true ? [{ kind: "inSource" }] : listed;
  return tracked.map((one: JsonObject) => {
    const justification = textOf(one["justification"]);
    return {
      kind: one["kind"] === "external" ? "external" : "in-source",
      status: "accepted",
      ...(justification === undefined ? {} : { justification: kept(justification, limits) }),
    };
  });
}

interface Notes {
  readonly reasons: DiagnosticList;
  readonly inconsistencies: DiagnosticList;
  readonly root: string | undefined;
}

/** A package that does not compile is not looked at. */
function statusOf(document: JsonObject, findings: readonly Finding[], notes: Notes): EvidenceStatus {
  const { reasons, inconsistencies, root } = notes;
  const files = Object.entries(objectOf(document["Golang errors"]));
  for (const [file, list] of files) {
    const why = objectsOf(list)
      .map(({ error }) => textOf(error))
      .find((text) => text !== undefined);
    const where = file === "" ? "" : `${pathInCheckout(file, root)}: `;
    reasons.add("tool-error", `${where}${why ?? "an error without a message"}`, "/Golang errors");
  }
  const stats = objectOf(document["Stats"]);
  if (stats["files"] === 0 && findings.length === 0) {
    reasons.add("nothing-scanned", "gosec read no file", "/Stats/files");
    return files.length > 0 ? "failed" : "empty";
  }
  const open = findings.filter(({ suppressed }) => !suppressed).length;
  const declared = countOf(stats["found"]) ?? open;
  const message = `it declares ${declared} issues and lists ${open}`;
  if (declared !== open) inconsistencies.add("total-differs", message, "/Stats/found");
  if (declared > open) reasons.add("findings-missing", message, "/Stats/found");
  if (declared > open || files.length > 0) return "partial";
  return isObject(document["Golang errors"]) && stats["files"] !== undefined ? "complete" : "unknown";
}
