import type { DeclaredEvidence } from "../../evidence/declared.ts";
import type { Finding, ParsedEvidence } from "../../evidence/types.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { createDiagnostics } from "../diagnostics.ts";
import { findingsEvidence, objectsIn, textAt } from "../findings.ts";
import { splitJson } from "../json.ts";
import { redactionsIn, secretFinding } from "../secret.ts";
import { countOf, type JsonObject, textOf } from "../values.ts";

/** Gitleaks' own JSON: an array of leaks, of version 8 and of version 7; the latter writes `null` for none. */
export const gitleaks = {
  id: "gitleaks",
  title: "Gitleaks JSON",
  kind: "findings",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

const NAMES = /leaks|secret/;

function detect({ text, name }: Head, declared?: DeclaredEvidence): Detection {
  if (/^\[\s*\{/.test(text) && /"RuleID"\s*:/.test(text) && /"(?:Fingerprint|StartLine|Match)"\s*:/.test(text))
    return { confidence: "certain", reason: "it is an array of leaks with a RuleID" };
  if (/^\[\s*\{/.test(text) && /"offender"\s*:/.test(text) && /"rule"\s*:/.test(text))
    return { confidence: "certain", reason: "it is an array of leaks with an offender" };
  // Nothing in a clean report tells whose it is.
  const clean = /^(?:\[\s*\]|null)\s*$/.test(text);
  if (clean && declared?.category === "secret")
    return { confidence: "likely", reason: "it is an empty list, declared to be a report of secrets" };
  if (clean && NAMES.test(name))
    return { confidence: "likely", reason: "it is an empty list with the name of a report of secrets" };
  return { confidence: "no", reason: "it is no array of leaks" };
}

function parse(bytes: Content, context: ParseContext): ParsedEvidence {
  const report = splitJson(bytes, context.limits, []);
  const { document } = report;
  if (document !== null && !Array.isArray(document)) throw new FormatError("not-this-format", "it is no array");
  const findings: Finding[] = [];
  let redactions = 0;
  for (const [leak, place] of objectsIn(report, document, "")) {
    redactions += redactionsIn([leak["Secret"], leak["Match"], leak["line"], leak["offender"]]);
    findings.push(leakOf(leak, place, context));
  }
  return findingsEvidence(
    {
      tool: { name: "gitleaks" },
      scanned: ["secret"],
      findings,
      // The format has no room for the outcome of the run, nor for what was scanned.
      status: "unknown",
      reasons: createDiagnostics(),
      warnings: createDiagnostics(),
      inconsistencies: createDiagnostics(),
      redactions,
    },
    context,
  );
}

/** The author, the message of the commit and the tool's own fingerprint, which has the line in it, are left out. */
function leakOf(leak: JsonObject, place: string, context: ParseContext): Finding {
  const old = !("RuleID" in leak);
  const rule = textAt(leak[old ? "rule" : "RuleID"], `${place}/${old ? "rule" : "RuleID"}`);
  const title = textOf(leak["Description"]);
  return secretFinding(
    {
      tool: "gitleaks",
      rule,
      title,
      message: title ?? rule,
      raw: textOf(leak["Match"]) ?? textOf(leak["line"]),
      path: textOf(leak[old ? "file" : "File"]),
      line: countOf(leak[old ? "lineNumber" : "StartLine"]),
      column: countOf(leak["StartColumn"]),
      endLine: countOf(leak["EndLine"]),
      commit: textOf(leak[old ? "commit" : "Commit"]),
      critical: rule === "private-key" ? { value: rule, source: "RuleID" } : undefined,
    },
    context,
  );
}
