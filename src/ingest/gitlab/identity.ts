import { type JsonObject, objectOf, objectsOf, textOf } from "../values.ts";
import { cweIn } from "../vulnerability.ts";

/** Names that databases of vulnerabilities give. */
const ADVISORY = /^(?:CVE|GHSA|GLAM|GMS|OSV|PYSEC|GO|RUSTSEC|MAL|USN|DSA|DLA|RHSA|ELSA|ALAS\w*)-/i;

/** Those identifiers by which others know the vulnerability too, in the order of the report. */
export function advisoriesIn(identifiers: readonly JsonObject[]): readonly string[] {
  const names = identifiers.map(({ value }) => textOf(value)).filter((name) => name !== undefined);
  return names.filter((name) => ADVISORY.test(name));
}

/** The CWE ids among identifiers, which are bare numbers in most reports. */
export function cweOf(identifiers: readonly JsonObject[]): readonly string[] {
  const cwes = identifiers.filter(({ type }) => /^cwe$/i.test(textOf(type) ?? ""));
  return cweIn(cwes.map(({ value }) => (/^\d+$/.test(String(value)) ? `CWE-${String(value)}` : String(value))));
}

/**
 * The signatures by which GitLab follows a vulnerability through edits. Those of the algorithm `location` are lines. The
 * `id` is no help: some analysers make a new one in each run, and others hash lines.
 */
export function trackedOf(item: JsonObject): string | undefined {
  const signatures = objectsOf(objectOf(item["tracking"])["items"])
    .flatMap(({ signatures: list }) => objectsOf(list))
    .filter(({ algorithm, value }) => algorithm !== "location" && textOf(value) !== undefined)
    .map(({ algorithm, value }) => `${String(algorithm)}=${String(value)}`);
  return signatures.length === 0 ? undefined : signatures.toSorted().join("\n");
}

/** Up to version 14 `cve` held a key of file, digest of the code and rule, made for comparing reports. */
export function comparedBy({ cve }: JsonObject): string | undefined {
  return textOf(cve)?.includes(":") === true ? textOf(cve) : undefined;
}
