import { relateEvidence } from "../evidence/relate.ts";
import { isSignedWord } from "../evidence/stated.ts";
import type { EvidenceDocument, EvidenceStatus } from "../evidence/types.ts";
import { formatDuration } from "../util/duration.ts";
import { isRecord } from "../util/json.ts";
import type { Environment, Freshness } from "./environment.ts";
import { isExpired } from "./expiry.ts";
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
  /** How somebody tried to pass it off: it was another commit's before, or the change itself brings it. */
  readonly misused?: "replayed" | "committed";
}

const USE_OF_STATUS = {
  complete: "usable",
  unknown: "usable",
  partial: "failed",
  failed: "failed",
  empty: "failed",
  malformed: "malformed",
} as const satisfies Record<EvidenceStatus, EvidenceUse>;

/** What evidence is judged by. */
export interface EvidenceContext {
  readonly subject: Subject;
  readonly binding: Environment["binding"];
  readonly freshness: Freshness;
  readonly now: Date;
  /** Files that the log has from another commit, by the digest of their bytes: the commit that they were for. */
  readonly recordedFor: Readonly<Record<string, string>>;
  /** Paths of evidence that the change itself brings. */
  readonly broughtByChange: readonly string[];
  /** By the path of evidence, the people of whom one has to have signed it; missing where nobody has to. */
  readonly signers: Readonly<Record<string, readonly string[]>>;
}

/** Judges by the subject alone: by no age, no history and no change. */
export function bySubjectAlone(subject: Subject): EvidenceContext {
  return {
    subject,
    binding: "commit",
    freshness: { kinds: {} },
    now: new Date(0),
    recordedFor: {},
    broughtByChange: [],
    signers: {},
  };
}

/** How far clocks may differ, in milliseconds. */
export const CLOCK_SKEW_MS = 300_000;

/** Says for a document whether it may open a gate for this subject, and why not. */
export function assessEvidence(document: EvidenceDocument, context: EvidenceContext): AssessedEvidence {
  const stated = document.statusReasons.map(({ message, place }) =>
    place === undefined ? message : `${message} (at ${place})`,
  );
  const { commit } = document.subject;
  const bound = commit !== undefined && commit === context.subject.commit;
  const view = document;
  const foreign = foreignReason(document, context);
  if (foreign !== undefined) {
    const misused = misuseOf(document, context);
    const marked = misused === undefined ? {} : { misused };
    return { document, view, use: "unbound", reasons: [foreign, ...stated], bound, ...marked };
  }
  const use = USE_OF_STATUS[document.status];
  const stale = use === "usable" ? staleReason(document, context) : undefined;
  if (stale !== undefined) return { document, view, use: "stale", reasons: [stale, ...stated], bound };
  return { document, view, use, reasons: stated, bound };
}

/** Why a document says nothing about what is gated. */
function foreignReason(document: EvidenceDocument, context: EvidenceContext): string | undefined {
  const { subject } = context;
  const { commit, repository, run } = document.subject;
  const signed = isSignedWord(document);
  if (!signed && context.broughtByChange.includes(document.source.path)) {
    return "the change that is decided on brings this file itself, so no tool made it in this run";
  }
  if (commit !== undefined && subject.commit !== undefined && commit !== subject.commit) {
    return `it is for the commit ${commit.slice(0, 12)}, not for ${subject.commit.slice(0, 12)}`;
  }
  if (
    repository !== undefined &&
    subject.repository !== undefined &&
    !isSameRepository(repository, subject.repository)
  ) {
    return `it is for the repository ${repository}, not for ${subject.repository}`;
  }
  if (!signed && context.binding === "run" && subject.run !== undefined && run !== runName(subject.run)) {
    return run === undefined
      ? "it does not say in which run it was made, and only evidence of this run counts"
      : `it is of the run ${run}, not of ${runName(subject.run)}`;
  }
  return signerReason(document, context) ?? replayReason(document, context);
}

function signerReason({ source, binding }: EvidenceDocument, { signers }: EvidenceContext): string | undefined {
  const wanted = Object.hasOwn(signers, source.path) ? signers[source.path] : undefined;
  if (wanted === undefined || (binding?.signer !== undefined && wanted.includes(binding.signer))) return undefined;
  const who = binding?.signer === undefined ? "nobody whose key is known" : binding.signer;
  return `it has to be signed by ${wanted.join(" or ")}, and ${who} signed it`;
}

/**
 * The same bytes cannot come from two runs where a tool writes its time into them. Without a time in the file a clean
 * scan looks the same for every commit, so that nothing can be told.
 */
function replayReason(document: EvidenceDocument, { recordedFor }: EvidenceContext): string | undefined {
  // A review is as true for the next commit: it is its own age and expiry that end it.
  if (document.kind === "statement") return undefined;
  const earlier = recordedFor[document.source.sha256];
  const datedByTool = document.producedAt !== undefined && document.binding?.dated !== true;
  if (earlier === undefined || !datedByTool) return undefined;
  return `these very bytes were evidence for the commit ${earlier.slice(0, 12)} before: it is used again for another one`;
}

function misuseOf(document: EvidenceDocument, context: EvidenceContext): AssessedEvidence["misused"] {
  if (!isSignedWord(document) && context.broughtByChange.includes(document.source.path)) return "committed";
  return replayReason(document, context) === undefined ? undefined : "replayed";
}

function staleReason({ kind, producedAt }: EvidenceDocument, { freshness, now }: EvidenceContext): string | undefined {
  // How long a statement counts is its author's and the gate's to say, in weeks or months rather than in days.
  const window = freshness.kinds[kind] ?? (kind === "statement" ? undefined : freshness.default);
  if (producedAt === undefined || window === undefined) return undefined;
  const produced = Date.parse(producedAt);
  if (!(produced <= now.getTime() + CLOCK_SKEW_MS)) return `it was made at ${producedAt}, which is yet to come`;
  if (!isExpired(new Date(produced + window).toISOString(), now)) return undefined;
  return `it was made at ${producedAt}, and ${kind} evidence may be ${formatDuration(window)} old`;
}

/** A run as evidence names it. */
export function runName({ provider, id }: NonNullable<Subject["run"]>): string {
  return `${provider}:${id}`;
}

/** Whether two names are of one repository: one is mostly a URL, and the other an owner and a name. */
export function isSameRepository(a: string, b: string): boolean {
  const [one, other] = [pathOfRepository(a), pathOfRepository(b)];
  return one === other || one.endsWith(`/${other}`) || other.endsWith(`/${one}`);
}

function pathOfRepository(name: string): string {
  return name
    .toLowerCase()
    .replace(/^[a-z+]+:\/\//, "")
    .replace(/^[^@/]+@/, "")
    .replace(":", "/")
    .replace(/(?:\.git)?\/?$/, "");
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
