import type { EvidenceStatus, ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { instantOf, kept, objectOf, textOf } from "../values.ts";
import { vexEvidence } from "../vex.ts";
import { mapVulnerability } from "./map.ts";
import { readCsaf } from "./parse.ts";

/** CSAF 2.0 documents of any profile that states which products a vulnerability is in. */
export const csaf = {
  id: "csaf",
  title: "CSAF",
  kind: "vex",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  if (!text.startsWith("{")) return { confidence: "no", reason: "it does not start with a JSON object" };
  if (/"csaf_version"\s*:/.test(text)) return { confidence: "certain", reason: "it has a csaf_version" };
  if (/^\{\s*"document"\s*:\s*\{/.test(text)) return { confidence: "likely", reason: "it starts with a document" };
  return { confidence: "no", reason: "it has no csaf_version" };
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  const advisory = readCsaf(bytes, limits);
  const reasons = createDiagnostics();
  const warnings = createDiagnostics();
  const inconsistencies = createDiagnostics();
  const tracking = objectOf(advisory.document["tracking"]);
  const releasedAt = instantOf(tracking["current_release_date"]);
  const statements = advisory.vulnerabilities.flatMap((vulnerability, index) =>
    mapVulnerability(vulnerability, { ...advisory, releasedAt, warnings }, `/vulnerabilities/${index}`),
  );
  const lacking = advisory.missing();
  for (const id of lacking) inconsistencies.add("product-missing", `the product ${id} is not in the product tree`);
  if (lacking.length > 0) reasons.add("products-missing", "statements name products that the document does not have");
  const stated = statusOf(textOf(tracking["status"]), reasons, warnings);
  const engine = objectOf(objectOf(tracking["generator"])["engine"]);
  const [name, version] = [textOf(engine["name"]), textOf(engine["version"])];
  return vexEvidence(
    {
      specification: "CSAF",
      formatVersion: advisory.version,
      author: textOf(objectOf(advisory.document["publisher"])["name"]),
      tools:
        name === undefined
          ? []
          : [{ name: kept(name, limits), ...(version === undefined ? {} : { version: kept(version, limits) }) }],
      producedAt: releasedAt,
      status: lacking.length > 0 ? "partial" : stated,
      reasons,
      warnings,
      inconsistencies,
      // All of a document is said at once.
      latestWins: false,
      statements,
    },
    limits,
  );
}

/** CSAF 2.0, section 3.2.1.12.8: what is final is meant to last, what is interim will change soon. */
function statusOf(status: string | undefined, reasons: DiagnosticList, warnings: DiagnosticList): EvidenceStatus {
  if (status === "final") return "complete";
  if (status === "draft") {
    reasons.add("draft", "its author calls it a draft", "/document/tracking/status");
    return "partial";
  }
  if (status === "interim") warnings.add("interim", "its author calls it interim", "/document/tracking/status");
  return "unknown";
}
