import type { StatedSeverity } from "../../evidence/severity.ts";
import type { Finding } from "../../evidence/types.ts";
import type { ParseContext } from "../adapter.ts";
import type { DiagnosticList } from "../diagnostics.ts";
import { objectAt, objectsAt } from "../findings.ts";
import type { JsonMembers } from "../json.ts";
import { purlOf } from "../purl.ts";
import { isObject, type JsonObject, objectOf, stringsOf, textOf } from "../values.ts";
import { cweIn, type Score, vulnerabilityFinding } from "../vulnerability.ts";

const TOOL = "npm audit";
const GHSA = /\bGHSA(?:-[0-9a-z]{4}){3}\b/i;

/**
 * Version 2: packages, each with the advisories that hit it itself (`via` objects) and the names of packages through which
 * others do. A finding is an advisory in a package; installed versions are not stated.
 */
export function mapPackages(
  packages: JsonMembers,
  names: ReadonlySet<string>,
  inconsistencies: DiagnosticList,
  context: ParseContext,
): readonly Finding[] {
  const findings: Finding[] = [];
  for (const [key, value] of packages) {
    const place = `/vulnerabilities/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    const entry = objectAt(value, place);
    const via: readonly unknown[] = Array.isArray(entry["via"]) ? entry["via"] : [];
    const advisories = via.filter(isObject);
    // A package that is said to be vulnerable for a reason that is not in the file must not be lost.
    const explained = via.some((name) => typeof name === "string" && name !== key && names.has(name));
    if (advisories.length === 0 && !explained) {
      inconsistencies.add("no-advisory", `${key} is listed without an advisory or a package that has one`, place);
    }
    const found = advisories.length > 0 || explained ? advisories : [{}];
    for (const advisory of found) findings.push(findingOf(key, entry, advisory, context));
  }
  return findings;
}

function findingOf(name: string, entry: JsonObject, advisory: JsonObject, context: ParseContext): Finding {
  const fix = entry["fixAvailable"];
  const remedy = isObject(fix) ? [`${textOf(fix["name"]) ?? name} ${textOf(fix["version"]) ?? ""}`.trim()] : [];
  const range = textOf(advisory["range"]) ?? textOf(entry["range"]);
  const [node] = stringsOf(entry["nodes"]);
  return vulnerabilityFinding(
    {
      tool: TOOL,
      category: "sca",
      id: idOf(advisory["url"], advisory["source"]),
      title: textOf(advisory["title"]),
      packageName: name,
      version: range,
      fixed: fix === true ? ["a version in range"] : remedy,
      purl: purlOf("npm", name, undefined),
      path: node,
      scores: scoresOf(advisory["cvss"]),
      word: wordOf(advisory["severity"] ?? entry["severity"]),
      cwe: cweIn(stringsOf(advisory["cwe"])),
    },
    context,
  );
}

/** Version 1, of npm 6 and pnpm: advisories, each with the versions that are installed. */
export function mapAdvisories(advisories: JsonMembers, context: ParseContext): readonly Finding[] {
  const findings: Finding[] = [];
  for (const [key, value] of advisories) {
    const place = `/advisories/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    const advisory = objectAt(value, place);
    const name = textOf(advisory["module_name"]) ?? key;
    const installed = objectsAt(advisory["findings"], `${place}/findings`);
    const fixed = textOf(advisory["patched_versions"]);
    const cves = stringsOf(advisory["cves"]);
    const ghsa = textOf(advisory["github_advisory_id"]);
    const id =
      ghsa ?? GHSA.exec(textOf(advisory["url"]) ?? "")?.[0] ?? cves[0] ?? idOf(undefined, advisory["id"] ?? key);
    const versions = installed.length === 0 ? [undefined] : installed.map(({ version }) => textOf(version));
    for (const version of versions) {
      const about = {
        tool: TOOL,
        category: "sca",
        id,
        aliases: cves,
        title: textOf(advisory["title"]),
        packageName: name,
        version,
        // npm writes <0.0.0 where there is no fixed version.
        fixed: fixed === undefined || fixed === "<0.0.0" ? [] : [fixed],
        purl: purlOf("npm", name, version),
        scores: scoresOf(advisory["cvss"]),
        word: wordOf(advisory["severity"]),
        cwe: cweIn(stringsOf(advisory["cwe"])),
      } as const;
      findings.push(vulnerabilityFinding(about, context));
    }
  }
  return findings;
}

/** The GHSA of the address, else npm's own number. */
function idOf(url: unknown, number: unknown): string {
  const ghsa = GHSA.exec(textOf(url) ?? "")?.[0];
  if (ghsa !== undefined) return ghsa;
  return typeof number === "number" || typeof number === "string" ? `npm-${number}` : "npm-audit";
}

function scoresOf(cvss: unknown): readonly Score[] {
  const { score, vectorString } = objectOf(cvss);
  if (typeof score !== "number" || score <= 0) return [];
  const version = textOf(vectorString)?.startsWith("CVSS:4") === true ? 4 : 3;
  return [{ version, value: score, provider: "ghsa", source: "cvss.score" }];
}

function wordOf(value: unknown): StatedSeverity | undefined {
  const word = textOf(value);
  return word === undefined ? undefined : { value: word, source: "severity" };
}
