import { relateEvidence } from "../evidence/relate.ts";
import type { EvidenceDocument, EvidenceStatus } from "../evidence/types.ts";
import { isRecord } from "../util/json.ts";
import type { DecisionEvidence, EvidenceUse, Subject } from "./types.ts";

/** A document with what this decision may use it for. */
export interface AssessedEvidence {
  /** As it was read. */
  readonly document: EvidenceDocument;
  /**
   * As gates see it beside the other evidence: with VEX statements applied, for one. It has the same id. Undefined where
   * another document stands for it.
   */
  readonly view: EvidenceDocument | undefined;
  readonly use: EvidenceUse;
  readonly reasons: readonly string[];
  /** Whether the document states the commit that is being gated. */
  readonly bound: boolean;
}

const USE_OF_STATUS = {
  complete: "usable",
  unknown: "usable",
  partial: "failed",
  failed: "failed",
  empty: "failed",
  malformed: "malformed",
} as const satisfies Record<EvidenceStatus, EvidenceUse>;

/** Says for a document whether it may open a gate for this subject, and why not. */
export function assessEvidence(document: EvidenceDocument, subject: Subject): AssessedEvidence {
  const reasons = document.statusReasons.map(({ message, place }) =>
    place === undefined ? message : `${message} (at ${place})`,
  );
  const { commit } = document.subject;
  const view = document;
  const bound = commit !== undefined && commit === subject.commit;
  if (commit !== undefined && subject.commit !== undefined && commit !== subject.commit) {
    const message = `it is for the commit ${commit.slice(0, 12)}, not for ${subject.commit.slice(0, 12)}`;
    return { document, view, use: "unbound", reasons: [message, ...reasons], bound };
  }
  return { document, view, use: USE_OF_STATUS[document.status], reasons, bound };
}

/** Puts the documents together; those for another commit stay out of it. */
export function relateAssessed(evidence: readonly AssessedEvidence[], subject: Subject): readonly AssessedEvidence[] {
  const pertinent = evidence.filter(({ use }) => use !== "unbound");
  const usable = new Set(pertinent.filter(({ use }) => use === "usable").map(({ document }) => document));
  const related = relateEvidence(
    pertinent.map(({ document }) => document),
    (document) => usable.has(document),
    { artifacts: subject.artifacts.map(({ digest }) => digest) },
  );
  const byDocument = new Map(pertinent.map(({ document }, index) => [document, related[index]]));
  return evidence.map((assessed) => {
    const found = byDocument.get(assessed.document);
    return found === undefined
      ? assessed
      : { ...assessed, view: found.view, reasons: [...assessed.reasons, ...found.notes] };
  });
}

/** The decision's record of a document. */
export function evidenceRecord(assessed: AssessedEvidence): DecisionEvidence {
  const { document } = assessed;
  const { tools } = document.source;
  const version = tools.length === 1 ? tools[0]?.version : undefined;
  return {
    id: document.id,
    kind: document.kind === "unreadable" ? document.summary.intended : document.kind,
    tool: { name: tools.map(({ name }) => name).join(", "), ...(version === undefined ? {} : { version }) },
    format: document.source.format,
    path: document.source.path,
    sha256: document.source.sha256,
    bytes: document.source.bytes,
    ...(document.producedAt === undefined ? {} : { producedAt: document.producedAt }),
    status: assessed.use,
    toolStatus: document.status,
    reasons: assessed.reasons,
    counts: countsOf(assessed.view ?? document),
  };
}

/**
 * The counts of the summary: `lines: {covered: 8}` is `linesCovered`, and severities go by their own names. What is
 * measured and not counted, such as a score of 7.5, is left to the document.
 */
function countsOf(document: EvidenceDocument): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  const summary: Readonly<Record<string, unknown>> = { ...document.summary };
  for (const [name, value] of Object.entries(summary)) {
    if (isCount(value)) counts[name] = value;
    if (!isRecord(value)) continue;
    for (const [part, count] of Object.entries(value)) {
      if (!isCount(count)) continue;
      counts[name === "bySeverity" ? part : `${name}${part.slice(0, 1).toUpperCase()}${part.slice(1)}`] = count;
    }
  }
  return counts;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
