import { severityRank } from "./severity.ts";
import { findingsSummary } from "./summary.ts";
import type { EvidenceDocument, Finding, FindingsEvidence, Package } from "./types.ts";

/** A finding of a known vulnerability, with what makes it the same one in another tool's report. */
interface Known {
  readonly finding: Finding;
  /** Each of its names with its category and package; two findings that share one are the same. */
  readonly keys: readonly string[];
}

/**
 * Marks what several tools found alike: the same vulnerability, by any of its names, in the same version of the same
 * package, under the same category. One tool's findings stand for all, with the others named in `alsoBy`; the others' are `duplicate`. Findings of
 * one tool in different places stay apart. Where tools disagree, the gravest open finding stands (evidence.md section 14, 6).
 */
export function markDuplicates(documents: readonly EvidenceDocument[]): readonly EvidenceDocument[] {
  const known = documents.flatMap(knownOf);
  if (new Set(known.map(({ finding }) => finding.tool)).size < 2) return documents;
  const marked = new Map<Finding, Finding>();
  for (const group of groupsOf(known)) markGroup(group, marked);
  if (marked.size === 0) return documents;
  return documents.map((document) => (document.kind === "findings" ? withMarks(document, marked) : document));
}

function knownOf(document: EvidenceDocument): readonly Known[] {
  if (document.kind !== "findings") return [];
  return document.body.findings.flatMap((finding) => {
    const { component, category } = finding;
    if (component?.version === undefined || (category !== "sca" && category !== "container")) return [];
    const name = packageKey(component, component.version);
    const ids = [finding.ruleId, ...(finding.aliases ?? [])].map((id) => id.toUpperCase());
    return [{ finding, keys: ids.map((id) => JSON.stringify([category, id, name])) }];
  });
}

/** Tools write a Maven package as `group:name` or `group/name`, and PyPI takes `_`, `.` and `-` for one another. */
function packageKey({ name }: Package, version: string): string {
  return `${name
    .toLowerCase()
    .replaceAll(":", "/")
    .replaceAll(/[-_.]+/g, "-")}@${version.replace(/^v/, "")}`;
}

/** Findings that share a key, directly or through others. */
function groupsOf(known: readonly Known[]): readonly (readonly Finding[])[] {
  const parents = new Map<string, string>();
  const rootOf = (key: string): string => {
    let root = key;
    for (let next = parents.get(root); next !== undefined && next !== root; next = parents.get(root)) root = next;
    parents.set(key, root);
    return root;
  };
  for (const { keys } of known) {
    const [first] = keys;
    if (first === undefined) continue;
    for (const key of keys) parents.set(rootOf(key), rootOf(first));
  }
  const groups = Map.groupBy(known, ({ keys }) => rootOf(keys[0] ?? ""));
  return [...groups.values()].map((group) => group.map(({ finding }) => finding));
}

function markGroup(group: readonly Finding[], marked: Map<Finding, Finding>): void {
  const [gravest] = group.toSorted(compareWeight);
  if (gravest === undefined) return;
  const others = new Set(group.map(({ tool }) => tool).filter((tool) => tool !== gravest.tool));
  if (others.size === 0) return;
  const alsoBy = [...others].toSorted();
  for (const finding of group) {
    marked.set(finding, finding.tool === gravest.tool ? { ...finding, alsoBy } : { ...finding, duplicate: true });
  }
}

/** Open before suppressed, then by severity, then by the name of the tool. */
function compareWeight(a: Finding, b: Finding): number {
  return (
    Number(a.suppressed) - Number(b.suppressed) ||
    severityRank(a.severity) - severityRank(b.severity) ||
    (a.tool < b.tool ? -1 : Number(a.tool > b.tool))
  );
}

function withMarks(document: FindingsEvidence, marked: ReadonlyMap<Finding, Finding>): FindingsEvidence {
  const findings = document.body.findings.map((finding) => marked.get(finding) ?? finding);
  const counted = findings.filter(({ duplicate }) => duplicate !== true);
  return { ...document, summary: findingsSummary(counted), body: { ...document.body, findings } };
}
