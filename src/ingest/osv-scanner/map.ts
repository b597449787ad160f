import type { StatedSeverity } from "../../evidence/severity.ts";
import type { DependencyScope, Finding } from "../../evidence/types.ts";
import type { ParseContext } from "../adapter.ts";
import { objectsAt, textAt } from "../findings.ts";
import { isDistribution, purlOf } from "../purl.ts";
import { type JsonObject, objectOf, objectsOf, stringsOf, textOf } from "../values.ts";
import { cvssVersionOf, cweIn, type Score, vulnerabilityFinding } from "../vulnerability.ts";

/**
 * The findings of one package: one for each group, since several databases describe one vulnerability under their own
 * ids. A vulnerability that is in no group stands for itself.
 */
export function mapPackage(
  entry: JsonObject,
  source: unknown,
  place: string,
  context: ParseContext,
): readonly Finding[] {
  const vulnerabilities = new Map<string, JsonObject>();
  for (const [index, one] of objectsAt(entry["vulnerabilities"], `${place}/vulnerabilities`).entries()) {
    vulnerabilities.set(textAt(one["id"], `${place}/vulnerabilities/${index}/id`), one);
  }
  const groups = objectsAt(entry["groups"], `${place}/groups`).filter(({ ids }) => stringsOf(ids).length > 0);
  const grouped = new Set(groups.flatMap(({ ids }) => stringsOf(ids)));
  const alone = [...vulnerabilities.keys()].filter((id) => !grouped.has(id)).map((id) => ({ ids: [id] }));
  const named = objectOf(entry["package"]);
  const about = {
    name: textOf(named["name"]) ?? textOf(named["commit"]),
    version: textOf(named["version"]),
    ecosystem: textOf(named["ecosystem"]) ?? "",
    path: textOf(objectOf(source)["path"]),
    scope: scopeOf(stringsOf(entry["dependency_groups"])),
  };
  return [...groups, ...alone].map((group) => findingOf(group, vulnerabilities, about, place, context));
}

interface About {
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly ecosystem: string;
  readonly path: string | undefined;
  readonly scope: DependencyScope | undefined;
}

function findingOf(
  group: JsonObject,
  vulnerabilities: ReadonlyMap<string, JsonObject>,
  { name, version, ecosystem, path, scope }: About,
  place: string,
  context: ParseContext,
): Finding {
  const ids = stringsOf(group["ids"]);
  const members = ids.map((id) => vulnerabilities.get(id)).filter((one) => one !== undefined);
  const packageName = textAt(name, `${place}/package/name`);
  const purl = purlOf(ecosystem, packageName, version);
  const specific = members.map((one) => objectOf(one["database_specific"]));
  return vulnerabilityFinding(
    {
      tool: "osv-scanner",
      category: isDistribution(ecosystem) ? "container" : "sca",
      // A malicious package is known as such by its own id alone.
      id: ids.find((id) => id.startsWith("MAL-")) ?? textAt(ids[0], `${place}/groups`),
      aliases: [
        ...new Set([...ids, ...stringsOf(group["aliases"]), ...members.flatMap((one) => stringsOf(one["aliases"]))]),
      ],
      title: members.map((one) => textOf(one["summary"])).find((summary) => summary !== undefined),
      packageName,
      version,
      fixed: [...new Set(members.flatMap((one) => fixedIn(one, packageName)))],
      purl,
      path,
      scores: scoresOf(group["max_severity"], members),
      word: wordOf(specific),
      cwe: cweIn(specific.flatMap((one) => stringsOf(one["cwe_ids"]))),
      scope,
      reachable: isReachable(group["experimentalAnalysis"] ?? group["experimental_analysis"]),
    },
    context,
  );
}

/**
 * The highest base score of the group, which OSV-Scanner works out of the vectors; older versions leave it out. Of several
 * vectors nobody says which one gave it, so only what they have in common is kept.
 */
function scoresOf(value: unknown, members: readonly JsonObject[]): readonly Score[] {
  const score = Number(textOf(value));
  if (!(score > 0)) return [];
  const stated = members.flatMap((one) => objectsOf(one["severity"]).map((severity) => textOf(severity["score"])));
  const vectors = new Set(stated.filter((vector) => cvssVersionOf(vector) !== undefined));
  const versions = new Set([...vectors].map(cvssVersionOf));
  const [version] = versions.size === 1 ? versions : [];
  const [vector] = vectors.size === 1 ? vectors : [];
  return [{ version, value: score, vector, provider: "osv", source: "groups.max_severity" }];
}

/** Call analysis, with `--call-analysis`: reachable where the code of one member is called. */
function isReachable(analysis: unknown): boolean | undefined {
  const called = Object.values(objectOf(analysis)).map((one) => objectOf(one)["called"]);
  return called.length === 0 ? undefined : called.some((one) => one !== false);
}

/** The groups of a lock file that need the package; a group by any other name may be one for production. */
function scopeOf(groups: readonly string[]): DependencyScope | undefined {
  if (groups.length === 0) return undefined;
  if (groups.every((group) => /^(?:dev|develop|development|test)$/i.test(group))) return "dev";
  return groups.every((group) => /^(?:dev|develop|development|test|optional)$/i.test(group)) ? "optional" : undefined;
}

/** The first word of a database, such as GitHub's MODERATE. */
function wordOf(specific: readonly JsonObject[]): StatedSeverity | undefined {
  const word = specific.map(({ severity }) => textOf(severity)).find((text) => text !== undefined);
  return word === undefined ? undefined : { value: word, source: "database_specific.severity" };
}

function fixedIn(vulnerability: JsonObject, packageName: string): readonly string[] {
  return objectsOf(vulnerability["affected"])
    .filter((affected) => objectOf(affected["package"])["name"] === packageName)
    .flatMap((affected) => objectsOf(affected["ranges"]))
    .filter(({ type }) => type !== "GIT")
    .flatMap((range) => objectsOf(range["events"]))
    .flatMap(({ fixed }) => stringsOf(fixed));
}
