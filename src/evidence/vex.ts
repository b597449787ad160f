import { decoded, parsePackageUrl } from "./package-url.ts";
import { findingsSummary, isSuppressed } from "./summary.ts";
import type {
  EvidenceDocument,
  Finding,
  FindingsEvidence,
  Package,
  Suppression,
  VexEvidence,
  VexStatement,
} from "./types.ts";

/** A statement in force, with the document that it is in. */
interface Stated {
  readonly statement: VexStatement;
  readonly document: VexEvidence;
}

/** What is gated, as far as a statement about it can be recognised. */
export interface VexScope {
  /** Digests of the gated artifacts, such as `sha256:…`. */
  readonly artifacts: readonly string[];
}

/**
 * Applies VEX statements to findings. A finding of which a statement says that the product is not affected, or fixed, is
 * suppressed, visibly, with the reason and the document. A statement applies where it names the vulnerability by any of its
 * names, and either the finding's own package, or the gated artifact by digest. Of statements that contradict each other
 * the latest counts; without times, the one that says affected.
 *
 * @param statements usable documents only: a damaged one must not open a gate
 */
export function applyVex(
  documents: readonly EvidenceDocument[],
  statements: readonly VexEvidence[],
  scope: VexScope,
): readonly EvidenceDocument[] {
  const byName = indexByName(statements);
  if (byName.size === 0) return documents;
  return documents.map((document) => (document.kind === "findings" ? withVex(document, byName, scope) : document));
}

function indexByName(documents: readonly VexEvidence[]): ReadonlyMap<string, readonly Stated[]> {
  const byName = new Map<string, Stated[]>();
  for (const document of documents) {
    for (const statement of document.body.statements) {
      if (statement.superseded) continue;
      for (const name of new Set([statement.vulnerability, ...statement.aliases].map((id) => id.toUpperCase()))) {
        const stated = byName.get(name);
        if (stated === undefined) byName.set(name, [{ statement, document }]);
        else stated.push({ statement, document });
      }
    }
  }
  return byName;
}

function withVex(
  document: FindingsEvidence,
  byName: ReadonlyMap<string, readonly Stated[]>,
  scope: VexScope,
): FindingsEvidence {
  let changed = false;
  const findings = document.body.findings.map((finding) => {
    const suppression = suppressionOf(finding, byName, scope);
    if (suppression === undefined) return finding;
    changed = true;
    const suppressions = [...finding.suppressions, suppression];
    return { ...finding, suppressions, suppressed: isSuppressed(suppressions) };
  });
  if (!changed) return document;
  return { ...document, summary: findingsSummary(findings), body: { ...document.body, findings } };
}

function suppressionOf(
  finding: Finding,
  byName: ReadonlyMap<string, readonly Stated[]>,
  scope: VexScope,
): Suppression | undefined {
  const names = new Set([finding.ruleId, ...(finding.aliases ?? [])].map((id) => id.toUpperCase()));
  const stated = [...names]
    .flatMap((name) => byName.get(name) ?? [])
    .filter(({ statement }) => concerns(statement, finding.component, scope));
  const [decisive] = stated.toSorted(compareForce);
  if (decisive === undefined) return undefined;
  const { statement, document } = decisive;
  if (statement.status !== "not-affected" && statement.status !== "fixed") return undefined;
  const by = document.summary.author === undefined ? "" : ` by ${document.summary.author}`;
  const why = [statement.justification, statement.impact].filter((text) => text !== undefined).join(", ");
  const justification = `${statement.status}${why === "" ? "" : ` (${why})`}, says ${document.source.path}${by}`;
  return { kind: "vex", status: "accepted", justification };
}

/** The latest first; of those of one time, and of those without one, the least favourable first. */
function compareForce({ statement: a }: Stated, { statement: b }: Stated): number {
  const [atA, atB] = [a.at ?? "", b.at ?? ""];
  if (atA !== atB && atA !== "" && atB !== "") return atA < atB ? 1 : -1;
  return FORCE.indexOf(a.status) - FORCE.indexOf(b.status);
}

const FORCE: readonly VexStatement["status"][] = ["affected", "under-investigation", "fixed", "not-affected"];

/** Whether a statement is about this package of this product. */
function concerns({ products, subcomponents }: VexStatement, component: Package | undefined, scope: VexScope): boolean {
  const isProduct = products.some((product) => namesArtifact(product, scope));
  if (subcomponents.length > 0) {
    const inside = subcomponents.some((purl) => matchesPackage(purl, component));
    return inside && (isProduct || products.some((product) => matchesPackage(product, component)));
  }
  return isProduct || products.some((product) => matchesPackage(product, component));
}

function namesArtifact(product: string, { artifacts }: VexScope): boolean {
  const text = decoded(product).toLowerCase();
  return artifacts.some((digest) => text.includes(digest.toLowerCase()));
}

/**
 * Whether a package URL of a statement covers the package of a finding: the same type, namespace and name; the same
 * version, or none; and no qualifier that the package does not have.
 */
function matchesPackage(stated: string, component: Package | undefined): boolean {
  const found = component?.purl === undefined ? undefined : parsePackageUrl(component.purl);
  const wanted = parsePackageUrl(stated);
  if (found === undefined || wanted === undefined || wanted.path !== found.path) return false;
  if (wanted.version !== undefined && wanted.version !== found.version) return false;
  return [...wanted.qualifiers].every(([name, value]) => found.qualifiers.get(name) === value);
}
