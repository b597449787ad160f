import type { StatedSeverity } from "../../evidence/severity.ts";
import type { Category, Finding, Suppression } from "../../evidence/types.ts";
import type { ParseContext } from "../adapter.ts";
import { checkFinding } from "../check.ts";
import { textAt } from "../findings.ts";
import { redactionsIn, secretFinding } from "../secret.ts";
import { countOf, isObject, type JsonObject, objectOf, objectsOf, stringsOf, textOf } from "../values.ts";
import { cweIn, type Score, suppressedBy, vulnerabilityFinding } from "../vulnerability.ts";
import type { TrivyResult } from "./parse.ts";

const TOOL = "Trivy";

/** Names that stand for all packages of a language in an image; they are no paths. */
const COLLECTIVE_TARGETS = new Set(["Java", "Node.js", "Python", "Ruby", "PHP", "Conda", "Rust", "Julia", "Swift"]);

const DISTRIBUTIONS =
  /^(?:alma|alpine|amazon|arch|azurelinux|bottlerocket|cbl-mariner|centos|chainguard|debian|echo|fedora|minimos|openEuler|opensuse|oracle|photon|redhat|rocky|seal|sles|suse|ubuntu|wolfi)/i;

/** What a target was scanned for, by its class; `undefined` for the results of a user's own module. */
export function categoryOfResult(result: JsonObject): Category | undefined {
  switch (result["Class"]) {
    case "os-pkgs":
      return "container";
    case "lang-pkgs":
      return "sca";
    case "config":
      return "iac";
    case "secret":
      return "secret";
    case "license":
    case "license-file":
      return "licence";
    case undefined:
      return DISTRIBUTIONS.test(textOf(result["Type"]) ?? "") ? "container" : "sca";
    default:
      return undefined;
  }
}

/** The findings of one target. */
export function mapResult(result: TrivyResult, context: ParseContext) {
  const { raw } = result;
  const findings: Finding[] = [];
  for (const [item, place] of result.listOf("Vulnerabilities")) {
    findings.push(vulnerabilityOf(item, raw, place, context));
  }
  for (const [item, place] of result.listOf("Misconfigurations")) {
    if (item["Status"] === "PASS") continue;
    findings.push(misconfigurationOf(item, raw, place, context));
  }
  let redactions = 0;
  for (const [item, place] of result.listOf("Secrets")) {
    const lines = objectsOf(objectOf(item["Code"])["Lines"]).map(({ Content }) => Content);
    redactions += redactionsIn([item["Match"], ...lines]);
    findings.push(secretOf(item, raw, place, context));
  }
  for (const [item, place] of result.listOf("Licenses")) {
    findings.push(licenceFindingOf(item, raw, place, context));
  }
  // With --show-suppressed: what an ignore file or a VEX document took out of the lists above.
  for (const [item, place] of result.listOf("ExperimentalModifiedFindings")) {
    const inner = objectOf(item["Finding"]);
    if (item["Type"] !== "vulnerability") continue;
    const why = textOf(item["Statement"]) ?? textOf(item["Status"]) ?? "suppressed";
    findings.push(vulnerabilityOf(inner, raw, `${place}/Finding`, context, suppressedBy(why, context)));
  }
  return { findings, redactions };
}

function vulnerabilityOf(
  item: JsonObject,
  result: JsonObject,
  place: string,
  context: ParseContext,
  suppressions?: readonly Suppression[],
): Finding {
  const id = textAt(item["VulnerabilityID"], `${place}/VulnerabilityID`);
  const target = textOf(result["Target"]);
  const category = categoryOfResult(result) ?? "sca";
  const file = category === "container" || COLLECTIVE_TARGETS.has(target ?? "") ? undefined : target;
  // The distribution's own word that its package is not affected.
  const harmless = item["Status"] === "not_affected" ? suppressedBy("Status not_affected", context) : [];
  return vulnerabilityFinding(
    {
      tool: TOOL,
      category,
      id,
      aliases: stringsOf(item["VendorIDs"]),
      title: textOf(item["Title"]),
      packageName: textAt(item["PkgName"], `${place}/PkgName`),
      version: textOf(item["InstalledVersion"]),
      fixed: stringsOf(textOf(item["FixedVersion"])),
      purl: textOf(objectOf(item["PkgIdentifier"])["PURL"]),
      path: textOf(item["PkgPath"]) ?? file,
      scores: scoresOf(item["CVSS"]),
      word: wordOf(item),
      vendor: textOf(item["SeveritySource"]),
      cwe: cweIn(stringsOf(item["CweIDs"])),
      suppressions: suppressions ?? harmless,
    },
    context,
  );
}

function scoresOf(cvss: unknown): readonly Score[] {
  if (!isObject(cvss)) return [];
  return Object.entries(cvss).flatMap(([provider, stated]) =>
    ([2, 3, 4] as const).flatMap((version) => {
      const name = version === 4 ? "V40Score" : `V${version}Score`;
      const value = objectOf(stated)[name];
      return typeof value === "number" && value > 0
        ? [{ version, value, provider, source: `CVSS.${provider}.${name}` }]
        : [];
    }),
  );
}

function wordOf(item: JsonObject): StatedSeverity | undefined {
  const value = textOf(item["Severity"]);
  return value === undefined ? undefined : { value, source: "Severity" };
}

function misconfigurationOf(item: JsonObject, result: JsonObject, place: string, context: ParseContext): Finding {
  const cause = objectOf(item["CauseMetadata"]);
  const title = textOf(item["Title"]);
  const rule = textOf(item["ID"]) ?? textAt(item["AVDID"], `${place}/ID`);
  const message = textOf(item["Message"]) ?? title ?? rule;
  return checkFinding(
    {
      tool: TOOL,
      category: "iac",
      rule,
      title,
      message,
      content: `${textOf(cause["Resource"]) ?? ""}\n${message}`,
      path: textOf(result["Target"]),
      line: countOf(cause["StartLine"]),
      endLine: countOf(cause["EndLine"]),
      word: wordOf(item),
      suppressions: item["Status"] === "EXCEPTION" ? suppressedBy("Status EXCEPTION", context) : [],
    },
    context,
  );
}

function licenceFindingOf(item: JsonObject, result: JsonObject, place: string, context: ParseContext): Finding {
  const rule = textAt(item["Name"], `${place}/Name`);
  const component = textOf(item["PkgName"]);
  const path = textOf(item["FilePath"]) ?? textOf(result["Target"]);
  const message = `licence ${rule} (${textOf(item["Category"]) ?? "unknown"}) of ${component ?? path ?? "the artifact"}`;
  const content = component ?? "";
  const word = wordOf(item);
  return checkFinding(
    {
      tool: TOOL,
      category: "licence",
      rule,
      message,
      content,
      ...(component === undefined ? {} : { component: { name: component } }),
      path,
      word,
      suppressions: [],
    },
    context,
  );
}

function secretOf(item: JsonObject, result: JsonObject, place: string, context: ParseContext): Finding {
  const rule = textAt(item["RuleID"], `${place}/RuleID`);
  const title = textOf(item["Title"]);
  return secretFinding(
    {
      tool: TOOL,
      rule,
      title,
      message: title ?? rule,
      raw: textOf(item["Match"]),
      path: textOf(result["Target"]),
      line: countOf(item["StartLine"]),
      endLine: countOf(item["EndLine"]),
      word: wordOf(item),
    },
    context,
  );
}
