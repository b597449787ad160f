import type { EvidenceStatus, Finding, ParsedEvidence } from "../../evidence/types.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { createDiagnostics } from "../diagnostics.ts";
import { findingsEvidence, objectsAt, textAt } from "../findings.ts";
import { parseJsonDocument } from "../json.ts";
import { purlOf } from "../purl.ts";
import { isObject, type JsonObject, stringsOf, textOf } from "../values.ts";
import { vulnerabilityFinding } from "../vulnerability.ts";

/** `pip-audit --format=json`: an object with dependencies, and before 2.5 the array of them. */
export const pipAudit = {
  id: "pip-audit",
  title: "pip-audit JSON",
  kind: "findings",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  const dependencies = /"(?:vulns|skip_reason)"\s*:/.test(text) && /"name"\s*:/.test(text);
  if (text.startsWith("{") && /"dependencies"\s*:\s*\[/.test(text) && (dependencies || /"fixes"\s*:\s*\[/.test(text)))
    return { confidence: "certain", reason: "it has dependencies with vulns, or fixes" };
  if (/^\[\s*\{/.test(text) && dependencies)
    return { confidence: "certain", reason: "it is an array of dependencies with vulns" };
  return { confidence: "no", reason: "it has no dependencies with vulns" };
}

function parse(bytes: Content, context: ParseContext): ParsedEvidence {
  const document = parseJsonDocument(bytes, context.limits);
  const [list, pointer] = isObject(document) ? [document["dependencies"], "/dependencies"] : [document, ""];
  if (list === undefined) throw new FormatError("not-this-format", "it has no dependencies");
  if (!Array.isArray(list)) throw new FormatError("malformed", "the dependencies are not an array", pointer);
  const dependencies = objectsAt(list, pointer);
  const reasons = createDiagnostics();
  const warnings = createDiagnostics();
  let audited = 0;
  let skipped = 0;
  const findings = dependencies.flatMap((dependency, index) => {
    const place = `${pointer}/${index}`;
    const name = textAt(dependency["name"], `${place}/name`);
    if (Array.isArray(dependency["vulns"])) {
      audited++;
      return findingsOf(dependency, name, place, context);
    }
    const why = textAt(dependency["skip_reason"], `${place}/vulns`);
    // One's own package, installed in place, is no dependency that anybody could look up.
    if (/editable/i.test(why)) warnings.add("dependency-skipped", `${name}: ${why}`, place);
    else {
      skipped++;
      reasons.add("dependency-skipped", `${name} was not audited: ${why}`, place);
    }
    return [];
  });
  if (audited === 0) reasons.add("nothing-scanned", "no dependency was audited", pointer);
  const status: EvidenceStatus = audited === 0 ? "empty" : skipped > 0 ? "partial" : "unknown";
  return findingsEvidence(
    {
      tool: { name: "pip-audit" },
      scanned: ["sca"],
      findings,
      status,
      reasons,
      warnings,
      inconsistencies: createDiagnostics(),
    },
    context,
  );
}

/** pip-audit states no severity, so that it is `unknown` (evidence.md section 14, 5). */
function findingsOf(dependency: JsonObject, name: string, place: string, context: ParseContext): readonly Finding[] {
  const version = textOf(dependency["version"]);
  return objectsAt(dependency["vulns"], `${place}/vulns`).map((vulnerability, index) =>
    vulnerabilityFinding(
      {
        tool: "pip-audit",
        category: "sca",
        id: textAt(vulnerability["id"], `${place}/vulns/${index}/id`),
        aliases: stringsOf(vulnerability["aliases"]),
        packageName: name,
        version,
        fixed: stringsOf(vulnerability["fix_versions"]),
        // An empty list is the answer to whether there is one; a missing list is none.
        fixState: isEmpty(vulnerability["fix_versions"]) ? "not-fixed" : undefined,
        purl: purlOf("PyPI", name, version),
        cwe: [],
      },
      context,
    ),
  );
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
