import { canonicalDigest } from "../evidence/canonical.ts";
import type { ChangeEvidence, DeploymentEvidence } from "../evidence/types.ts";
import { isClosed } from "./closed.ts";
import type { ApprovalRules } from "./environment.ts";
import type { AssessedEvidence } from "./evidence.ts";
import { beginningOf } from "./expiry.ts";
import type { Statement } from "./statement.ts";
import type { DecisionGate, Subject } from "./types.ts";

/** Of which forge the names in evidence are, by its format. Of other formats nobody can say whose names they are. */
const FORGES: Readonly<Record<string, string>> = {
  "github-change": "github",
  "gitlab-change": "gitlab",
  "gitlab-deployments": "gitlab",
};

/** What reviews are read for. */
export interface ReviewContext {
  readonly environment: string;
  readonly subject: Subject;
  readonly gates: readonly DecisionGate[];
  readonly rules: ApprovalRules;
}

/** Somebody's word for the whole change, before it is said of each gate. */
interface Word {
  readonly via: "review" | "deployment";
  readonly signer: string;
  readonly commit: string;
  /** RFC 3339, UTC; empty where it is not known. */
  readonly at: string;
  readonly path: string;
  readonly problem?: string;
}

/**
 * What reviews of the change and approvals of its deployment say as approvals, one for each closed advisory gate: who looks
 * at a change looks at all of it. Only evidence that can be used says anything.
 */
export function reviewStatements(evidence: readonly AssessedEvidence[], context: ReviewContext): readonly Statement[] {
  const gates = context.gates.filter((gate) => gate.enforcement === "advisory" && isClosed(gate));
  if (gates.length === 0) return [];
  const words = evidence.flatMap((assessed) => wordsOf(assessed, context));
  const statements = words.flatMap((word) => gates.map(({ id }) => statementOf(word, id, context)));
  return [...new Map(statements.map((statement) => [statement.id, statement])).values()];
}

/**
 * The authors of the change, with those that evidence names. Where nobody else knows an author, evidence is not believed
 * that there is one: a made-up one would let the real one approve.
 */
export function knownAuthors(authors: readonly string[], evidence: readonly AssessedEvidence[]): readonly string[] {
  if (authors.length === 0) return [];
  const named = evidence.flatMap(({ document, use }) => {
    if (document.kind !== "change" || use === "unbound") return [];
    const { author } = document.summary;
    const forge = FORGES[document.source.format];
    return author === undefined ? [] : [forge === undefined ? author : `${forge}:${author}`];
  });
  return [...new Set([...authors, ...named])];
}

function wordsOf({ document, use, view, bound }: AssessedEvidence, context: ReviewContext): readonly Word[] {
  const forge = FORGES[document.source.format];
  if (use !== "usable" || view === undefined || forge === undefined) return [];
  if (document.kind === "change") return reviewWords(document, forge, isChangeOf(document, bound, context), context);
  return document.kind === "deployment" ? deploymentWords(document, forge, context) : [];
}

/** Whether the change is the one that is gated, or became the commit that is. */
function isChangeOf({ summary }: ChangeEvidence, bound: boolean, { subject }: ReviewContext): boolean {
  return bound || (subject.change !== undefined && subject.change.id === summary.number);
}

function reviewWords(
  { summary, body, source }: ChangeEvidence,
  forge: string,
  isChange: boolean,
  { subject }: ReviewContext,
): readonly Word[] {
  const approving = body.reviews.filter(({ state, latest, bot }) => state === "approved" && latest && !bot);
  return approving.map(({ user, commit, at }) => {
    // A review of the last commit of the change is one of what the change became.
    const ofHead = isChange && commit !== undefined && commit === summary.head;
    return wordOf("review", `${forge}:${user}`, ofHead ? (subject.commit ?? commit) : commit, at, source.path);
  });
}

function deploymentWords(
  { body, source }: DeploymentEvidence,
  forge: string,
  { environment }: ReviewContext,
): readonly Word[] {
  const here = body.deployments.filter((deployment) => deployment.environment === environment);
  return here.flatMap(({ commit, approvals = [] }) =>
    approvals
      .filter(({ approved }) => approved)
      .map(({ user, at }) => wordOf("deployment", `${forge}:${user}`, commit, at, source.path)),
  );
}

function wordOf(
  via: Word["via"],
  signer: string,
  commit: string | undefined,
  at: string | undefined,
  path: string,
): Word {
  const word = { via, signer, commit: commit ?? "", at: at ?? "", path };
  if (commit === undefined) return { ...word, problem: `the forge does not say of which commit the ${via} is` };
  return at === undefined ? { ...word, problem: "the forge does not say when it was approved" } : word;
}

function statementOf(word: Word, gate: string, { environment, subject, rules }: ReviewContext): Statement {
  const { via, signer, commit, at, path, problem } = word;
  const { repository, component } = subject;
  const about = {
    ...(repository === undefined ? {} : { repository }),
    ...(component === undefined ? {} : { component }),
    commit,
    environment,
    gate,
  };
  return {
    id: canonicalDigest({ via, signer, at, about }),
    kind: "approval",
    via,
    signer,
    subject: about,
    gates: [],
    reason: via === "review" ? "approved the change" : "approved the deployment",
    createdAt: at,
    expiresAt: endOf(at, rules.lifetimeMs),
    path,
    ...(problem === undefined ? {} : { problem }),
  };
}

/** An empty text, which has expired, where no date can say when something ends. */
function endOf(at: string, lifetimeMs: number): string {
  const end = new Date(beginningOf(at) + lifetimeMs);
  return Number.isNaN(end.getTime()) ? "" : end.toISOString();
}
