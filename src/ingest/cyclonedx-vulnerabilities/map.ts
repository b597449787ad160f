import { type StatedSeverity, severityOfWord } from "../../evidence/severity.ts";
import { type BomRoot, type Finding, SEVERITIES, type Suppression } from "../../evidence/types.ts";
import type { ParseContext } from "../adapter.ts";
import { objectAt, objectsAt, textAt } from "../findings.ts";
import { packageOf } from "../purl.ts";
import { type JsonObject, kept, objectOf, objectsOf, stringsOf, textOf } from "../values.ts";
import { type Score, vulnerabilityFinding } from "../vulnerability.ts";

/** The CVSS methods of `ratings[].method`; OWASP, SSVC and others have scales of their own. */
const METHODS = new Map<unknown, Score["version"]>([
  ["CVSSv2", "2.0"],
  ["CVSSv3", "3.0"],
  ["CVSSv31", "3.1"],
  ["CVSSv4", "4.0"],
]);

const DISTRIBUTION = /^pkg:(?:deb|rpm|apk|alpm)\//;

interface VulnerabilityContext extends ParseContext {
  readonly references: ReadonlyMap<string, BomRoot>;
  readonly tool: string;
}

/** The findings of a vulnerability, one for each component that it affects. */
export function mapVulnerability(
  vulnerability: JsonObject,
  context: VulnerabilityContext,
  place: string,
): readonly Finding[] {
  const ratings = objectsAt(vulnerability["ratings"], `${place}/ratings`);
  const affects = objectsAt(vulnerability["affects"], `${place}/affects`);
  const vendor = providerOf(vulnerability);
  const shared = {
    tool: context.tool,
    id: textAt(vulnerability["id"], `${place}/id`),
    aliases: objectsOf(vulnerability["references"]).flatMap(({ id }) => stringsOf(id)),
    scores: ratings.flatMap(scoresOf),
    word: wordOf(ratings, vendor),
    vendor,
    cwe: cweOf(vulnerability["cwes"]),
    suppressions: suppressionsOf(vulnerability, context, place),
  };
  const targets = affects.length > 0 ? affects : [{ ref: "(no component)" }];
  return targets.map((target, index) => {
    const ref = textAt(target["ref"], `${place}/affects/${index}/ref`);
    // The part of a BOM-Link behind the # is a reference in the other document.
    const { name, version, purl } = context.references.get(ref) ?? packageOf(ref.replace(/^urn:cdx:[^#]*#/, ""));
    const versions = objectsOf(target["versions"]);
    const unaffected = versions.filter(({ status }) => status === "unaffected");
    return vulnerabilityFinding(
      {
        ...shared,
        category: DISTRIBUTION.test(purl ?? "") ? "container" : "sca",
        packageName: name,
        version: version ?? installedOf(versions),
        fixed: unaffected.flatMap((listed) => stringsOf(listed["version"])),
        purl,
      },
      context,
    );
  });
}

/** The version that is affected, where there is one only. */
function installedOf(versions: readonly JsonObject[]): string | undefined {
  const affected = versions.filter(({ status }) => status !== "unaffected");
  return affected.length === 1 ? textOf(affected[0]?.["version"]) : undefined;
}

function providerOf(stated: JsonObject): string | undefined {
  return textOf(objectOf(stated["source"])["name"])?.trim().toLowerCase();
}

function scoresOf(rating: JsonObject): readonly Score[] {
  const version = METHODS.get(rating["method"]);
  const { score } = rating;
  if (version === undefined || typeof score !== "number" || !(score > 0 && score <= 10)) return [];
  const provider = providerOf(rating) ?? "other";
  return [{ version, value: score, vector: textOf(rating["vector"]), provider, source: `ratings.${provider}.score` }];
}

/** The word of the source that published the vulnerability, else the highest. */
function wordOf(ratings: readonly JsonObject[], vendor: string | undefined): StatedSeverity | undefined {
  const words = ratings.flatMap((rating) => {
    const value = textOf(rating["severity"]);
    const severity = severityOfWord(value);
    if (value === undefined || severity === undefined || severity === "unknown") return [];
    const rank = SEVERITIES.indexOf(severity);
    return [{ value, rank, own: providerOf(rating) === vendor, source: "ratings.severity" }];
  });
  const [best] = words.toSorted((a, b) => Number(b.own) - Number(a.own) || a.rank - b.rank);
  return best === undefined ? undefined : { value: best.value, source: best.source };
}

function cweOf(cwes: unknown): readonly string[] {
  const ids = Array.isArray(cwes) ? cwes.filter((id) => Number.isSafeInteger(id) && id > 0) : [];
  return [...new Set(ids.map((id) => `CWE-${id}`))];
}

/** What was analysed to be no problem. `resolved` is a claim on the fix, which the scanner's own result contradicts. */
function suppressionsOf(vulnerability: JsonObject, { limits }: ParseContext, place: string): readonly Suppression[] {
  const analysis = objectAt(vulnerability["analysis"] ?? {}, `${place}/analysis`);
  const state = textOf(analysis["state"]);
  if (state !== "not_affected" && state !== "false_positive") return [];
  const reasons = [textOf(analysis["justification"]) ?? state, textOf(analysis["detail"]) ?? ""];
  const justification = kept(reasons.filter((text) => text !== "").join(": "), limits);
  return [{ kind: "vex", status: "accepted", justification }];
}
