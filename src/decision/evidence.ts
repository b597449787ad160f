import type { EvidenceDocument, EvidenceStatus } from "../evidence/types.ts";
import { SEVERITIES } from "../evidence/types.ts";
import type { DecisionEvidence, EvidenceUse, Subject } from "./types.ts";

/** A document with what this decision may use it for. */
export interface AssessedEvidence {
  readonly document: EvidenceDocument;
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
  const bound = commit !== undefined && commit === subject.commit;
  if (commit !== undefined && subject.commit !== undefined && commit !== subject.commit) {
    const message = `it is for the commit ${commit.slice(0, 12)}, not for ${subject.commit.slice(0, 12)}`;
    return { document, use: "unbound", reasons: [message, ...reasons], bound };
  }
  return { document, use: USE_OF_STATUS[document.status], reasons, bound };
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
    counts: countsOf(document),
  };
}

function countsOf(document: EvidenceDocument): Readonly<Record<string, number>> {
  switch (document.kind) {
    case "findings": {
      const { total, open, suppressed, bySeverity } = document.summary;
      const severities = Object.fromEntries(SEVERITIES.map((severity) => [severity, bySeverity[severity]]));
      return { total, open, suppressed, ...severities };
    }
    case "coverage": {
      const { lines, branches } = document.summary;
      return {
        linesCovered: lines.covered,
        linesTotal: lines.total,
        ...(branches === undefined ? {} : { branchesCovered: branches.covered, branchesTotal: branches.total }),
      };
    }
    case "tests": {
      const { total, passed, failed, errored, skipped, flaky } = document.summary;
      return { total, passed, failed, errored, skipped, flaky };
    }
    case "sbom": {
      const { components, withPurl, withLicence, dependencyEdges } = document.summary;
      return { components, withPurl, withLicence, dependencyEdges };
    }
    case "unreadable":
      return {};
  }
}
