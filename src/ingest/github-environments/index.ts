import type { ParsedEvidence } from "../../evidence/types.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import { changeEvidence } from "../change.ts";
import type { Content } from "../content.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { objectAt, objectsAt } from "../findings.ts";
import { parseJsonDocument } from "../json.ts";
import { GITHUB_PAGING, notePage } from "../paging.ts";
import { countOf, isObject, type JsonObject } from "../values.ts";
import { environmentOf, repositoryOf } from "./map.ts";

/** How the environments of a repository on GitHub are protected: one, the list of them, or a list of its pages. */
export const githubEnvironments = {
  id: "github-environments",
  title: "GitHub environments JSON",
  kind: "change",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  if (!/^[{[]/.test(text)) return { confidence: "no", reason: "it does not start with JSON" };
  const isList = /"environments"\s*:\s*\[/.test(text);
  if (isList && /"total_count"\s*:/.test(text)) return { confidence: "certain", reason: "it counts environments" };
  const isOne = isList || /"url"\s*:\s*"[^"]+\/environments\/[^"/]+"/.test(text);
  if (isOne && /"(?:protection_rules|deployment_branch_policy|can_admins_bypass)"\s*:/.test(text))
    return { confidence: "certain", reason: "it has the protection of environments" };
  return { confidence: "no", reason: "it has no environments of GitHub" };
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  const reasons = createDiagnostics();
  const warnings = createDiagnostics();
  const found = environmentsIn(parseJsonDocument(bytes, limits), reasons);
  const repositories = new Set(found.flatMap(([value]) => repositoryOf(value) ?? []));
  if (repositories.size > 1) throw new FormatError("malformed", "the environments are of several repositories");
  const environments = found.map(([value, place]) => environmentOf(value, place, warnings));
  if (environments.length === 0) reasons.add("no-environments", "the repository has no environment");
  const status = environments.length === 0 ? ({ status: "empty" } as const) : {};
  const [repository] = repositories;
  return changeEvidence({ tool: "GitHub", repository, environments, ...status, reasons, warnings }, limits);
}

type Placed = readonly [value: JsonObject, place: string];

/** https://docs.github.com/rest/deployments/environments; each page of the list says how many there are. */
function environmentsIn(document: unknown, reasons: DiagnosticList): readonly Placed[] {
  if (isObject(document) && !("environments" in document)) {
    if ("protection_rules" in document) return [[document, ""]];
    throw new FormatError("not-this-format", "it has no environments");
  }
  const pages: readonly Placed[] = Array.isArray(document)
    ? document.map((page, index) => [objectAt(page, `/${index}`), `/${index}`])
    : [[objectAt(document, ""), ""]];
  const totals = pages.map(([page]) => countOf(page["total_count"]));
  const found = pages.flatMap(([page, place]) => pageOf(page, `${place}/environments`));
  const total = Math.max(...totals.map((one) => one ?? 0));
  if (totals.includes(undefined)) notePage(found.length, "", GITHUB_PAGING, reasons);
  // A page that is there twice does not stand for another.
  const listed = new Set(found.map(([{ name }]) => name)).size;
  if (total > listed) {
    const message = `the repository has ${total} environments, and ${listed} are listed; ${GITHUB_PAGING.hint}`;
    reasons.add("items-missing", message, `${pages[0]?.[1] ?? ""}/total_count`);
  }
  return found;
}

function pageOf(page: JsonObject, place: string): readonly Placed[] {
  if (!Array.isArray(page["environments"])) throw new FormatError("malformed", "it has no list of environments", place);
  return objectsAt(page["environments"], place).map((value, index) => [value, `${place}/${index}`]);
}
