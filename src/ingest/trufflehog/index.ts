import type { EvidenceStatus, Finding, ParsedEvidence } from "../../evidence/types.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { findingsEvidence } from "../findings.ts";
import { redactionsIn, secretFinding } from "../secret.ts";
import { countOf, isObject, type JsonObject, objectOf, textOf } from "../values.ts";
import { readLines } from "./parse.ts";

/** What `trufflehog --json` writes: one result a line, with lines of its log between them where the two were merged. */
export const trufflehog = {
  id: "trufflehog",
  title: "TruffleHog NDJSON",
  kind: "findings",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  if (/"SourceMetadata"\s*:/.test(text) && /"(?:DetectorName|DetectorType)"\s*:/.test(text) && text.startsWith("{"))
    return { confidence: "certain", reason: "it has results with a SourceMetadata and a detector" };
  if (text.startsWith("{") && /"logger"\s*:\s*"trufflehog"/.test(text))
    return { confidence: "certain", reason: "it has lines of TruffleHog's log" };
  return { confidence: "no", reason: "it has no results with a SourceMetadata and a detector" };
}

function parse(bytes: Content, context: ParseContext): ParsedEvidence {
  const reasons = createDiagnostics();
  const warnings = createDiagnostics();
  const findings: Finding[] = [];
  const logs: JsonObject[] = [];
  let logged = false;
  let redactions = 0;
  for (const { object, isLog } of readLines(bytes, context.limits, warnings)) {
    if (isLog) {
      logged = true;
      // There may be a line for every file.
      if (isError(object) || isEnd(object)) logs.push(object);
      continue;
    }
    redactions += redactionsIn([object["Raw"], object["RawV2"], object["Redacted"]]);
    findings.push(secretOf(object, context));
  }
  if (findings.length === 0 && !logged) throw new FormatError("not-this-format", "it has no results and no log");
  return findingsEvidence(
    {
      tool: { name: "trufflehog" },
      scanned: ["secret"],
      findings,
      status: statusOf(logs, findings, reasons),
      reasons,
      warnings,
      inconsistencies: createDiagnostics(),
      redactions,
    },
    context,
  );
}

/** Only the log says how the run went, and often it is in another file. */
function statusOf(logs: readonly JsonObject[], findings: readonly Finding[], reasons: DiagnosticList): EvidenceStatus {
  const errors = logs.filter(isError);
  for (const { msg, error } of errors) {
    const why = [textOf(msg), textOf(error)].filter((text) => text !== undefined);
    reasons.add("tool-error", why.length === 0 ? "TruffleHog logs an error without a message" : why.join(": "));
  }
  const end = logs.findLast(isEnd);
  if (errors.length > 0) return end === undefined && findings.length === 0 ? "failed" : "partial";
  if (end === undefined) return "unknown";
  if (end["chunks"] === 0 && findings.length === 0) {
    reasons.add("nothing-scanned", "TruffleHog finished, and had scanned nothing");
    return "empty";
  }
  return "complete";
}

function isError({ level }: JsonObject): boolean {
  return /^(?:error|fatal|panic)/i.test(textOf(level) ?? "");
}

function isEnd({ msg }: JsonObject): boolean {
  return msg === "finished scanning";
}

/** `Raw`, `RawV2`, `Redacted` and `ExtraData`, which names accounts and people, are left out. */
function secretOf(result: JsonObject, context: ParseContext): Finding {
  const detector = textOf(result["DetectorName"]) ?? `detector ${String(countOf(result["DetectorType"]) ?? "unknown")}`;
  const custom = detector === "CustomRegex" ? textOf(objectOf(result["ExtraData"])["name"]) : undefined;
  const verified = result["Verified"] === true;
  const failed = textOf(result["VerificationError"]) !== undefined;
  const state = verified ? "verified to be live" : failed ? "not verified, because that failed" : "not verified";
  // One member, named after the kind of source: Filesystem, Git, Github, Docker, S3 and so on.
  const source = Object.values(objectOf(objectOf(result["SourceMetadata"])["Data"])).find(isObject);
  return secretFinding(
    {
      tool: "trufflehog",
      rule: custom === undefined ? detector : `${detector}/${custom}`,
      message: `${custom ?? detector} secret, ${state}`,
      raw: textOf(result["Raw"]),
      path: textOf(source?.["file"]),
      line: countOf(source?.["line"]),
      commit: textOf(source?.["commit"]),
      // Of a secret that could not be tried nothing is known.
      verified: failed && !verified ? undefined : verified,
      critical: verified ? { value: "true", source: "Verified" } : undefined,
    },
    context,
  );
}
