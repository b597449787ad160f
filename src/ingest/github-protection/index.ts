import type { ParsedEvidence, Protection } from "../../evidence/types.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import { changeEvidence } from "../change.ts";
import type { Content } from "../content.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { parseJsonDocument } from "../json.ts";
import { GITHUB_PAGING, pagedObjects } from "../paging.ts";
import { isObject } from "../values.ts";
import { isProtection, protectionOf, rulesProtection } from "./map.ts";

/** How a branch is protected on GitHub: its protection, the answer that there is none, or the rules in force. */
export const githubProtection = {
  id: "github-protection",
  title: "GitHub branch protection JSON",
  kind: "change",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

const NOT_PROTECTED = "Branch not protected";

function detect({ text, name }: Head): Detection {
  if (text.startsWith("{")) {
    if (/"message"\s*:\s*"Branch not protected"/.test(text))
      return { confidence: "certain", reason: "it says that the branch is not protected" };
    if (
      /"url"\s*:\s*"[^"]+\/branches\/[^"/]+\/protection"/.test(text) &&
      /"(?:enforce_admins|required_\w+)"\s*:/.test(text)
    )
      return { confidence: "certain", reason: "it has the protection of a branch" };
  }
  if (
    text.startsWith("[") &&
    /"ruleset_(?:id|source|source_type)"\s*:/.test(text) &&
    /"type"\s*:\s*"[a-z_]+"/.test(text)
  )
    return { confidence: "certain", reason: "it has rules of a branch" };
  // `--slurp` makes a list of pages, of which there is always one.
  if (/^\[\s*(?:\[\s*\]\s*)?\]\s*$/.test(text) && /\brules/.test(name))
    return { confidence: "likely", reason: "it is an empty list with the name of rules" };
  return { confidence: "no", reason: "it has no protection and no rules of a branch of GitHub" };
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  const reasons = createDiagnostics();
  const protection = readProtection(parseJsonDocument(bytes, limits), reasons);
  return changeEvidence({ tool: "GitHub", protections: [protection], reasons }, limits);
}

function readProtection(document: unknown, reasons: DiagnosticList): Protection {
  if (isObject(document)) {
    if (document["message"] === NOT_PROTECTED) return { protected: false };
    if (isProtection(document)) return protectionOf(document);
    throw new FormatError("not-this-format", "it is no protection of a branch");
  }
  if (!Array.isArray(document)) throw new FormatError("not-this-format", "it has no rules of a branch");
  const rules = pagedObjects(document, "", GITHUB_PAGING, reasons);
  const strange = rules.findIndex((rule) => typeof rule["type"] !== "string");
  if (strange !== -1) throw new FormatError("malformed", "the rule has no type", `/${strange}`);
  return rulesProtection(rules);
}
