import type { Finding, Suppression } from "../../evidence/types.ts";
import type { ParseContext } from "../adapter.ts";
import { textAt } from "../findings.ts";
import { isAbsolutePath, normalisePath, pathInCheckout, relativeTo } from "../paths.ts";
import { isObject, type JsonObject, objectOf, objectsOf, stringsOf, textOf } from "../values.ts";
import { cweIn, type Score, suppressedBy, vulnerabilityFinding } from "../vulnerability.ts";

const DISTRIBUTION_TYPES = new Set(["deb", "rpm", "apk", "alpm", "portage"]);

/** The finding of one match; an ignored one has `appliedIgnoreRules` and is suppressed. */
export function mapMatch(match: JsonObject, source: JsonObject, place: string, context: ParseContext): Finding {
  const vulnerability = objectOf(match["vulnerability"]);
  const artifact = objectOf(match["artifact"]);
  const related = objectsOf(match["relatedVulnerabilities"]);
  const fix = objectOf(vulnerability["fix"]);
  const word = textOf(vulnerability["severity"]);
  // What the distribution or GitHub says of its own advisory comes before what others say of a related one.
  const own = scoresOf(vulnerability, "vulnerability");
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
      purl: textOf(artifact["purl"]),
      path: pathOf(artifact, source, context),
      scores: own.length > 0 ? own : related.flatMap((one) => scoresOf(one, "relatedVulnerabilities")),
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
    const provider = /nvd/i.test(textOf(cvss["source"]) ?? "") ? "nvd" : "other";
    return scoreOf(Number.parseInt(textOf(cvss["version"]) ?? "", 10), value, provider, `${place}.cvss`);
  });
  const [second, third] = [objectOf(vulnerability["cvssV2"]), objectOf(vulnerability["cvssV3"])];
  return [
    ...listed,
    ...scoreOf(2, second["baseScore"], "other", `${place}.cvssV2`),
    ...scoreOf(3, third["baseScore"], "other", `${place}.cvssV3`),
  ];
}

function scoreOf(version: number, value: unknown, provider: string, source: string): readonly Score[] {
  if (version !== 2 && version !== 3 && version !== 4) return [];
  return typeof value === "number" && value > 0 ? [{ version, value, provider, source }] : [];
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
