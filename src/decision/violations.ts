import { canonicalDigest, isDigest } from "../evidence/canonical.ts";
import { originalIds } from "../evidence/fingerprint.ts";
import { type Item, itemsOf, nameOfItem } from "../evidence/items.ts";
import { severityRank } from "../evidence/severity.ts";
import {
  type Component,
  type CoverageFile,
  type Digest,
  type EvidenceDocument,
  type Finding,
  type Location,
  type Severity,
  type TestCase,
} from "../evidence/types.ts";
import type { StatedViolation } from "../policy/statement.ts";
import { compareText } from "../util/compare.ts";
import type { Violation } from "./types.ts";

/** What a violation's item adds to it. */
interface ItemFacts {
  /** Does not depend on line numbers. */
  readonly identity: string;
  readonly message: (message: string | undefined) => string;
  readonly severity?: Severity;
  readonly rule?: string;
  readonly location?: Location;
  readonly package?: string;
}

/** A violation and the item that it is about. */
export interface PlacedViolation {
  readonly violation: Violation;
  /** Its position in the evidence; missing where the violation is about no item. */
  readonly item?: number;
  /** As the gate states it. */
  readonly key?: string;
}

/**
 * Completes the violations of one gate with what their evidence says, gives each a fingerprint and puts them in a
 * stable order: the gravest first, then by place.
 *
 * @param severity of a violation that states none and is about nothing that has one
 */
export function completeViolations(
  gate: string,
  raw: readonly StatedViolation[],
  documents: readonly EvidenceDocument[],
  severity: Severity = "unknown",
): readonly Violation[] {
  return placeViolations(gate, raw, documents, severity).map(({ violation }) => violation);
}

/** The same, each with the item that it is about. */
export function placeViolations(
  gate: string,
  raw: readonly StatedViolation[],
  documents: readonly EvidenceDocument[],
  severity: Severity = "unknown",
): readonly PlacedViolation[] {
  const byId = new Map(documents.map((document) => [document.id as string, { document, originals: lazily(document) }]));
  const completed = raw.map((stated): PlacedViolation => {
    const violation = complete(gate, stated, factsOf(stated, byId), severity);
    return {
      violation,
      ...(stated.item === undefined ? {} : { item: stated.item }),
      ...(stated.key === undefined ? {} : { key: stated.key }),
    };
  });
  return distinguish(completed.toSorted((a, b) => compareViolations(a.violation, b.violation)));
}

function complete(
  gate: string,
  violation: StatedViolation,
  facts: ItemFacts | undefined,
  severity: Severity,
): Violation {
  const message = facts === undefined ? (violation.msg ?? "the gate gave no message") : facts.message(violation.msg);
  const identity = facts?.identity ?? "";
  const location = violation.location ?? facts?.location;
  const key = violation.key ?? (identity === "" ? message : "");
  return {
    fingerprint: canonicalDigest([gate, identity, key]),
    severity: violation.severity ?? facts?.severity ?? severity,
    message,
    ...(facts?.rule === undefined ? {} : { rule: facts.rule }),
    ...(location === undefined ? {} : { location }),
    ...(facts?.package === undefined ? {} : { package: facts.package }),
    ...(isDigest(violation.evidence) ? { evidence: violation.evidence } : {}),
    ...(violation.remediation === undefined ? {} : { remediation: violation.remediation }),
    ...(violation.measured === undefined ? {} : { measured: violation.measured }),
    ...(violation.exception === undefined ? {} : { exception: violation.exception }),
  };
}

/** A document, and which of its findings cannot be told apart. */
interface Examined {
  readonly document: EvidenceDocument;
  /** As {@link originalIds}. */
  readonly originals: () => ReadonlyMap<string, string>;
}

/** Most documents have nothing wrong, and then nobody has to know. */
function lazily(document: EvidenceDocument): Examined["originals"] {
  let found: ReadonlyMap<string, string> | undefined;
  return () => (found ??= originalIds(document.kind === "findings" ? document.body.findings : []));
}

/** What an item says of itself; undefined where the document has no such item. */
function factsOf({ evidence, item }: StatedViolation, documents: ReadonlyMap<string, Examined>): ItemFacts | undefined {
  const examined = evidence === undefined ? undefined : documents.get(evidence);
  if (examined === undefined || item === undefined) return undefined;
  const { document, originals } = examined;
  if (document.kind === "findings") {
    return described(document.body.findings[item], (finding) =>
      findingFacts(finding, originals().get(finding.id) ?? finding.id),
    );
  }
  if (document.kind === "tests") return described(document.body.cases[item], testFacts);
  if (document.kind === "sbom") return described(document.body.components[item], componentFacts);
  if (document.kind === "coverage") return described(document.body.files[item], fileFacts);
  return document.kind === "unreadable" ? undefined : described(itemsOf(document)[item], plainFacts);
}

function plainFacts(item: Item): ItemFacts {
  const name = nameOfItem(item);
  const { file, line } = item;
  return {
    identity: name,
    message: (message) => message ?? name,
    ...(typeof file === "string" ? { location: { path: file, ...(typeof line === "number" ? { line } : {}) } } : {}),
  };
}

function described<T>(item: T | undefined, describe: (item: T) => ItemFacts): ItemFacts | undefined {
  return item === undefined ? undefined : describe(item);
}

function findingFacts(finding: Finding, identity: string): ItemFacts {
  return {
    identity,
    message: (message) => message ?? finding.message,
    severity: finding.severity,
    rule: finding.ruleId,
    ...(finding.location === undefined ? {} : { location: finding.location }),
    ...(finding.component === undefined ? {} : { package: finding.component.purl ?? finding.component.name }),
  };
}

function fileFacts({ path }: CoverageFile): ItemFacts {
  return { identity: path, message: (message) => message ?? path, location: { path } };
}

function testFacts(test: TestCase): ItemFacts {
  const name = test.suite === "" ? test.name : `${test.suite} > ${test.name}`;
  return {
    identity: test.id,
    message: (message) => [name, message ?? test.message].filter(Boolean).join(": "),
    ...(test.file === undefined ? {} : { location: { path: test.file } }),
  };
}

function componentFacts(component: Component): ItemFacts {
  const name = component.version === undefined ? component.name : `${component.name}@${component.version}`;
  return {
    identity: component.purl ?? name,
    message: (message) => (message === undefined ? name : `${name}: ${message}`),
    ...(component.purl === undefined ? {} : { package: component.purl }),
  };
}

/**
 * Gives a second violation with the same fingerprint one of its own: a waiver must cover one violation, not two. Which of
 * them is the second depends on their order, so that a waiver counts all of them.
 */
function distinguish(placed: readonly PlacedViolation[]): readonly PlacedViolation[] {
  const seen = new Map<Digest, number>();
  return placed.map(({ violation, ...place }) => {
    const { fingerprint } = violation;
    const count = (seen.get(fingerprint) ?? 0) + 1;
    seen.set(fingerprint, count);
    const own = count === 1 ? violation : { ...violation, fingerprint: fingerprintOfRepeat(fingerprint, count) };
    return { violation: own, ...place };
  });
}

/** The fingerprint of the second, third and so on of violations that cannot be told apart. */
export function fingerprintOfRepeat(fingerprint: string, ordinal: number): Digest {
  return canonicalDigest([fingerprint, ordinal]);
}

function compareViolations(a: Violation, b: Violation): number {
  return (
    severityRank(a.severity) - severityRank(b.severity) ||
    compareText(a.location?.path ?? "", b.location?.path ?? "") ||
    (a.location?.line ?? 0) - (b.location?.line ?? 0) ||
    (a.location?.column ?? 0) - (b.location?.column ?? 0) ||
    compareText(a.message, b.message) ||
    compareText(a.fingerprint, b.fingerprint)
  );
}
