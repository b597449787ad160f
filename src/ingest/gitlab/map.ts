import { confidenceOf } from "../../evidence/confidence.ts";
import type { Category, Confidence, Finding } from "../../evidence/types.ts";
import type { ParseContext } from "../adapter.ts";
import { type Check, checkFinding } from "../check.ts";
import { textAt } from "../findings.ts";
import { redactionsIn, secretFinding } from "../secret.ts";
import { countOf, type JsonObject, objectOf, objectsOf, textOf } from "../values.ts";
import { vulnerabilityFinding } from "../vulnerability.ts";
import { advisoriesIn, comparedBy, cweOf, trackedOf } from "./identity.ts";

const CATEGORIES = new Map<unknown, Category>([
  ["sast", "sast"],
  ["dast", "dast"],
  ["api_fuzzing", "dast"],
  ["coverage_fuzzing", "dast"],
  ["dependency_scanning", "sca"],
  ["container_scanning", "container"],
  ["cluster_image_scanning", "container"],
  ["secret_detection", "secret"],
]);

/** What a type of scan looks for; `undefined` for a type that is not known. */
export function categoryOfScan(type: unknown): Category | undefined {
  return CATEGORIES.get(type);
}

/** What holds for all vulnerabilities of a report. */
export interface ReportOf {
  readonly tool: string;
  readonly scan: JsonObject;
}

/** A finding, and how many strings were left out of it because they may hold a secret. */
export interface MappedVulnerability {
  readonly finding: Finding;
  readonly redactions: number;
}

/**
 * The finding of one vulnerability. A flag that it is likely a false positive is an opinion of the analyser, and no
 * suppression.
 */
export function mapVulnerability(
  item: JsonObject,
  { tool, scan }: ReportOf,
  place: string,
  context: ParseContext,
): MappedVulnerability {
  const evidence = objectOf(item["evidence"]);
  const exchanges = [evidence["request"], evidence["response"], ...objectsOf(evidence["supporting_messages"])];
  const redactions =
    redactionsIn([item["raw_source_code_extract"], evidence["summary"]]) +
    exchanges.filter((exchange) => exchange !== undefined).length;
  const about = { item, tool, category: categoryOf(item, scan), identifiers: objectsOf(item["identifiers"]), place };
  return { finding: findingOf(about, context), redactions };
}

interface About {
  readonly item: JsonObject;
  readonly tool: string;
  readonly category: Category;
  readonly identifiers: readonly JsonObject[];
  readonly place: string;
}

function categoryOf(item: JsonObject, scan: JsonObject): Category {
  const stated = categoryOfScan(scan["type"]) ?? categoryOfScan(item["category"]);
  if (stated !== undefined) return stated;
  // Before version 14 neither had to be there.
  const location = objectOf(item["location"]);
  if (textOf(location["hostname"]) !== undefined) return "dast";
  if (textOf(location["image"]) !== undefined) return "container";
  if (packageNameOf(location) !== undefined) return "sca";
  const [primary] = objectsOf(item["identifiers"]);
  return /^(?:gitleaks|trufflehog)/.test(textOf(primary?.["type"]) ?? "") ? "secret" : "sast";
}

function packageNameOf(location: JsonObject): string | undefined {
  return textOf(objectOf(objectOf(location["dependency"])["package"])["name"]);
}

function findingOf(about: About, context: ParseContext): Finding {
  const { item, category } = about;
  if (category === "secret") return secretOf(about, context);
  const packageName = packageNameOf(objectOf(item["location"]));
  if (packageName !== undefined) return dependencyOf(about, packageName, context);
  return checkFinding(checkOf(about), context);
}

/** The first identifier is the primary one. */
function ruleOf({ item, identifiers: [primary], place }: About): string {
  return textOf(primary?.["value"]) ?? textOf(primary?.["name"]) ?? textAt(item["name"], `${place}/identifiers`);
}

function wordOf(item: JsonObject): Check["word"] {
  const value = textOf(item["severity"]);
  return value === undefined ? undefined : { value, source: "severity" };
}

function secretOf(about: About, context: ParseContext): Finding {
  const { item, tool } = about;
  const location = objectOf(item["location"]);
  const rule = ruleOf(about);
  const commit = textOf(objectOf(location["commit"])["sha"]);
  return secretFinding(
    {
      tool,
      rule,
      title: textOf(item["name"]),
      message: textOf(item["name"]) ?? rule,
      path: textOf(location["file"]),
      line: countOf(location["start_line"]),
      endLine: countOf(location["end_line"]),
      // Outside of a scan of the history it is all zeros.
      commit: commit === undefined || /^0+$/.test(commit) ? undefined : commit,
      word: wordOf(item),
    },
    context,
  );
}

function dependencyOf(about: About, packageName: string, context: ParseContext): Finding {
  const { item, tool, category, identifiers } = about;
  const location = objectOf(item["location"]);
  const dependency = objectOf(location["dependency"]);
  const advisories = advisoriesIn(identifiers);
  const direct = dependency["direct"];
  return vulnerabilityFinding(
    {
      tool,
      category,
      // The primary identifier may be a number of GitLab's own, by which nobody else knows the vulnerability.
      id: advisories.find((name) => /^CVE-/i.test(name)) ?? advisories[0] ?? ruleOf(about),
      aliases: advisories,
      title: textOf(item["name"]),
      packageName,
      version: textOf(objectOf(dependency["package"])["version"]) ?? textOf(dependency["version"]),
      fixed: [],
      path: textOf(location["file"]),
      word: wordOf(item),
      cwe: cweOf(identifiers),
      direct: typeof direct === "boolean" ? direct : undefined,
    },
    context,
  );
}

function checkOf(about: About): Check {
  const { item, tool, category, identifiers } = about;
  const location = objectOf(item["location"]);
  const rule = ruleOf(about);
  const named = textOf(item["name"]) ?? textOf(item["message"]) ?? textOf(item["description"]);
  const message = named ?? textOf(identifiers[0]?.["name"]) ?? rule;
  const url = `${textOf(location["hostname"]) ?? ""}${textOf(location["path"]) ?? ""}`;
  const request = [location["method"], location["param"]].map((part) => textOf(part) ?? "").join(" ");
  return {
    tool,
    category,
    rule,
    title: textOf(item["name"]),
    message,
    content: trackedOf(item) ?? (url === "" ? (comparedBy(item) ?? message) : request),
    cwe: cweOf(identifiers),
    path: textOf(location["file"]),
    // What a query or the part with the user holds is nobody's business.
    url: url === "" ? undefined : url.replace(/[?#].*$/s, "").replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, "$1"),
    line: countOf(location["start_line"]),
    endLine: countOf(location["end_line"]),
    word: wordOf(item),
    confidence: statedConfidence(item),
    suppressions: [],
  };
}

function statedConfidence(item: JsonObject): Confidence | undefined {
  const doubted = objectsOf(item["flags"]).some(({ type }) => type === "flagged-as-likely-false-positive");
  return doubted ? "low" : confidenceOf(item["confidence"]);
}
