import type { Finding, FixState, Suppression } from "../../evidence/types.ts";
import type { ParseContext } from "../adapter.ts";
import { textAt } from "../findings.ts";
import { isAbsolutePath, normalisePath, pathInCheckout, relativeTo } from "../paths.ts";
import { isObject, type JsonObject, objectOf, objectsOf, stringsOf, textOf } from "../values.ts";
import { cvssVersionOf, cweIn, type Score, suppressedBy, vulnerabilityFinding } from "../vulnerability.ts";

const FIX_STATES = ["fixed", "not-fixed", "wont-fix", "unknown"] as const satisfies readonly FixState[];
const DISTRIBUTION_TYPES = new Set(["deb", "rpm", "apk", "alpm", "portage"]);

/** The finding of one match; an ignored one has `appliedIgnoreRules` and is suppressed. */
export function mapMatch(match: JsonObject, source: JsonObject, place: string, context: ParseContext): Finding {
  const vulnerability = objectOf(match["vulnerability"]);
  const artifact = objectOf(match["artifact"]);
  const related = objectsOf(match["relatedVulnerabilities"]);
  const fix = objectOf(vulnerability["fix"]);
  const word = textOf(vulnerability["severity"]);
  return vulnerabilityFinding(
    {
      tool: "grype",
      category: DISTRIBUTION_TYPES.has(String(artifact["type"])) ? "container" : "sca",
      id: textAt(vulnerability["id"], `${place}/vulnerability/id`),
      aliases: related.flatMap(({ id }) => stringsOf(id)),
      packageName: textAt(artifact["name"], `${place}/artifact/name`),
      version: textOf(artifact["version"]),
      // Before schema 1.1 it was one string beside the id.
      fixed: [...stringsOf(fix["versions"]), ...stringsOf(textOf(vulnerability["fixedInVersion"]))],
      fixState: FIX_STATES.find((state) => state === fix["state"]),
      purl: textOf(artifact["purl"]),
      path: pathOf(artifact, source, context),
      // What the distribution or GitHub says of its own advisory comes before what others say of a related one.
      scores: scoresOf(vulnerability, "vulnerability"),
      relatedScores: related.flatMap((one) => scoresOf(one, "relatedVulnerabilities")),
      epss: epssOf([vulnerability, ...related]),
      exploited: isExploited([vulnerability, ...related]),
      word: word === undefined ? undefined : { value: word, source: "vulnerability.severity" },
      cwe: cweIn(objectsOf(vulnerability["cwes"]).flatMap(({ cwe }) => stringsOf(cwe))),
      suppressions: suppressionsOf(match, place, context),
    },
    context,
  );
}

function scoresOf(vulnerability: JsonObject, place: string): readonly Score[] {
  const listed = objectsOf(vulnerability["cvss"]).flatMap((cvss) => {
    const value = objectOf(cvss["metrics"])["baseScore"];
    const stated = textOf(cvss["source"]) ?? "other";
    const provider = /nvd/i.test(stated) ? "nvd" : stated;
    return scoreOf(textOf(cvss["version"]), value, { vector: cvss["vector"], provider, source: `${place}.cvss` });
  });
  const [second, third] = [objectOf(vulnerability["cvssV2"]), objectOf(vulnerability["cvssV3"])];
  const provider = "other";
  return [
    ...listed,
    ...scoreOf("2", second["baseScore"], { provider, vector: second["vector"], source: `${place}.cvssV2` }),
    ...scoreOf("3", third["baseScore"], { provider, vector: third["vector"], source: `${place}.cvssV3` }),
  ];
}

function scoreOf(
  stated: string | undefined,
  value: unknown,
  { vector, provider, source }: { readonly vector: unknown; readonly provider: string; readonly source: string },
): readonly Score[] {
  const version = cvssVersionOf(textOf(vector)) ?? stated;
  if (version === undefined || !/^[234](?:\.|$)/.test(version)) return [];
  return typeof value === "number" && value > 0 ? [{ version, value, vector: textOf(vector), provider, source }] : [];
}

/** The highest probability under any of its names; `undefined` before schema 6, which brought them. */
function epssOf(vulnerabilities: readonly JsonObject[]): number | undefined {
  const stated = vulnerabilities
    .flatMap((one) => objectsOf(one["epss"]))
    .map(({ epss }) => epss)
    .filter((epss): epss is number => typeof epss === "number" && epss >= 0 && epss <= 1);
  return stated.length === 0 ? undefined : Math.max(...stated);
}

/** Grype leaves an empty list out, so that nothing is known where there is none. */
function isExploited(vulnerabilities: readonly JsonObject[]): true | undefined {
  return vulnerabilities.some((one) => objectsOf(one["knownExploited"]).length > 0) ? true : undefined;
}

/** In a directory Syft, on which Grype builds, writes paths from its root, with `/` before them. */
function pathOf(artifact: JsonObject, source: JsonObject, { root }: ParseContext): string | undefined {
  const [location] = objectsOf(artifact["locations"]);
  const path = textOf(location?.["path"]) ?? textOf(location?.["RealPath"]);
  if (path === undefined || source["type"] !== "directory") return path;
  const known = pathInCheckout(path, root);
  if (!isAbsolutePath(known)) return known;
  const target = textOf(source["target"]);
  const below = target === undefined ? undefined : relativeTo(normalisePath(target), known);
  return below ?? known.replace(/^\//, "");
}

function suppressionsOf(match: JsonObject, place: string, context: ParseContext): readonly Suppression[] {
  if (!place.startsWith("/ignoredMatches/")) return [];
  const rules = match["appliedIgnoreRules"];
  const [rule] = Array.isArray(rules) ? rules.filter(isObject) : [];
  const why = textOf(rule?.["vex-justification"]) ?? textOf(rule?.["reason"]) ?? textOf(rule?.["vex-status"]);
  return suppressedBy(why ?? "ignored by a rule of Grype", context);
}
