import type { EvidenceStatus, Finding, ParsedEvidence } from "../../evidence/types.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { createDiagnostics } from "../diagnostics.ts";
import { findingsEvidence, objectsAt, textAt } from "../findings.ts";
import { splitJson } from "../json.ts";
import { redactionsIn, secretFinding } from "../secret.ts";
import { countOf, instantOf, isObject, type JsonObject, textOf } from "../values.ts";
import { suppressedBy } from "../vulnerability.ts";

/** What `detect-secrets scan` writes, which is its baseline as well, audited or not. */
export const detectSecrets = {
  id: "detect-secrets",
  title: "detect-secrets JSON",
  kind: "findings",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text, name }: Head): Detection {
  if (!text.startsWith("{")) return { confidence: "no", reason: "it does not start with a JSON object" };
  if (/"plugins_used"\s*:\s*\[/.test(text)) return { confidence: "certain", reason: "it names the plugins used" };
  if (/"hashed_secret"\s*:/.test(text) && /"results"\s*:\s*\{/.test(text))
    return { confidence: "certain", reason: "it has results with a hashed secret" };
  if (name === ".secrets.baseline") return { confidence: "likely", reason: "it has the name of a baseline" };
  return { confidence: "no", reason: "it has neither plugins_used nor hashed secrets" };
}

function parse(bytes: Content, context: ParseContext): ParsedEvidence {
  const report = splitJson(bytes, context.limits, ["results"]);
  const { document } = report;
  if (!isObject(document) || !("results" in document)) throw new FormatError("not-this-format", "it has no results");
  const { version, plugins_used: plugins } = document;
  if (!isObject(document["results"])) throw new FormatError("malformed", "the results are not an object", "/results");
  const findings: Finding[] = [];
  let redactions = 0;
  for (const [file, list] of report.members("/results")) {
    const pointer = `/results/${file.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    for (const [index, secret] of objectsAt(list, pointer).entries()) {
      redactions += redactionsIn([secret["hashed_secret"]]);
      findings.push(secretOf(secret, file, `${pointer}/${index}`, context));
    }
  }
  const reasons = createDiagnostics();
  const blind = Array.isArray(plugins) && plugins.length === 0 && findings.length === 0;
  if (blind) reasons.add("nothing-scanned", "no plugin was used, so nothing could be found", "/plugins_used");
  // The format has no room for the outcome of the run, nor for what was scanned.
  const status: EvidenceStatus = blind ? "empty" : "unknown";
  return findingsEvidence(
    {
      tool: { name: "detect-secrets", ...(textOf(version) === undefined ? {} : { version: String(version) }) },
      scanned: ["secret"],
      findings,
      status,
      reasons,
      warnings: createDiagnostics(),
      inconsistencies: createDiagnostics(),
      producedAt: instantOf(document["generated_at"]),
      redactions,
    },
    context,
  );
}

/** A finding that `detect-secrets audit` was told is no secret is suppressed; the hash of the secret is left out. */
function secretOf(secret: JsonObject, file: string, place: string, context: ParseContext): Finding {
  const rule = textAt(secret["type"], `${place}/type`);
  const verified = secret["is_verified"] === true;
  return secretFinding(
    {
      tool: "detect-secrets",
      rule,
      message: verified ? `${rule}, verified to be live` : rule,
      path: file,
      line: countOf(secret["line_number"]),
      verified: typeof secret["is_verified"] === "boolean" ? verified : undefined,
      critical: verified ? { value: "true", source: "is_verified" } : undefined,
      suppressions: secret["is_secret"] === false ? suppressedBy("audited: is_secret is false", context) : [],
    },
    context,
  );
}
