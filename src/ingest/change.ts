import type {
  ChangedFile,
  ChangeEvidence,
  Environment,
  EvidenceStatus,
  ParsedEvidence,
  Protection,
  Review,
  ReviewState,
} from "../evidence/types.ts";
import { compact } from "../util/compact.ts";
import { compareText } from "../util/compare.ts";
import type { Limits } from "../util/limits.ts";
import { commitOf, headOf, type RawCommit } from "./commit.ts";
import { createDiagnostics, type DiagnosticList } from "./diagnostics.ts";
import { kept } from "./values.ts";

/** A review, before it becomes evidence. */
export interface RawReview {
  /** Missing where the account was deleted. */
  readonly user: string | undefined;
  readonly state: ReviewState;
  readonly commit?: string | undefined;
  readonly at?: string | undefined;
  readonly bot: boolean;
  /** Whether the forge says that the reviewer has no part in the repository, so that the approval weighs nothing. */
  readonly outsider?: boolean | undefined;
}

type Facts = ChangeEvidence["summary"];

/** What is known of a change; a part that the file does not carry is missing, which is not the same as empty. */
export interface ChangeParts {
  readonly facts?: Partial<Facts> | undefined;
  /** URI. */
  readonly repository?: string | undefined;
  /** What became of it: the commit that was made by merging. Default: the last commit of the change. */
  readonly mergedAs?: string | undefined;
  /** The branch that the change comes from. */
  readonly ref?: string | undefined;
  readonly commits?: readonly RawCommit[] | undefined;
  readonly reviews?: readonly RawReview[] | undefined;
  /** What can be counted of the reviews, which needs all of them. */
  readonly counted?: readonly ("approvals" | "changesRequested")[] | undefined;
  readonly files?: readonly ChangedFile[] | undefined;
  readonly protections?: readonly Protection[] | undefined;
  readonly environments?: readonly Environment[] | undefined;
}

/** What a file says of a change, before it is made a document. */
export interface ChangeReport extends ChangeParts {
  /** The forge or tool that says so. */
  readonly tool: string;
  readonly formatVersion?: string;
  /** Default: `unknown`, or `partial` where there is a reason. */
  readonly status?: EvidenceStatus;
  readonly reasons?: DiagnosticList;
  readonly warnings?: DiagnosticList;
  readonly inconsistencies?: DiagnosticList;
}

/**
 * The evidence of a change. Counts are of what the file lists, and missing where it has no such list: a gate must be
 * able to tell a change without reviews from a file without them.
 */
export function changeEvidence(report: ChangeReport, limits: Limits): ParsedEvidence {
  const { facts = {}, commits, files, protections = [], environments, reasons = createDiagnostics() } = report;
  const reviews = report.reviews === undefined ? [] : withLatest(report.reviews);
  const head = facts.head ?? (commits === undefined ? undefined : headOf(commits));
  const list = reasons.list();
  return {
    kind: "change",
    ...(report.formatVersion === undefined ? {} : { formatVersion: kept(report.formatVersion, limits) }),
    tools: [{ name: report.tool }],
    subject: compact({
      repository: keptText(report.repository, limits),
      commit: report.mergedAs ?? head,
      ref: keptText(report.ref, limits),
    }),
    status: report.status ?? (list.length > 0 ? "partial" : "unknown"),
    statusReasons: list,
    quality: {
      warnings: report.warnings?.list() ?? [],
      inconsistencies: report.inconsistencies?.list() ?? [],
      redactions: 0,
    },
    summary: compact({
      ...keptFacts(facts, limits),
      head,
      ...(commits === undefined
        ? {}
        : { commits: commits.length, signedCommits: commits.filter(({ signature }) => signature === "good").length }),
      ...reviewCounts(reviews, report),
      ...(files === undefined
        ? {}
        : { files: files.length, additions: sumOf(files, "additions"), deletions: sumOf(files, "deletions") }),
    }),
    body: {
      commits: (commits ?? []).map((commit) => commitOf(commit, limits)),
      reviews: reviews.map((review) => reviewOf(review, limits)),
      files: (files ?? []).map((file) => fileOf(file, limits)),
      protections: protections.map((protection) => protectionOf(protection, limits)),
      ...(environments === undefined ? {} : { environments: environments.map((one) => environmentOf(one, limits)) }),
    },
  };
}

/** What several answers say together; of two that say the same the later one counts. */
export function mergedParts(parts: readonly ChangeParts[]): ChangeParts {
  const facts: Partial<Facts> = Object.assign({}, ...parts.map((part) => part.facts));
  return Object.assign({}, ...parts, { facts });
}

interface LatestReview extends RawReview {
  readonly latest: boolean;
}

/**
 * Marks of each user the last review that is more than a comment (evidence.md section 11). A review that was dismissed
 * counts as one, so that it takes an earlier approval back. Deleted accounts cannot be told apart, so that none of
 * their reviews replaces another.
 */
function withLatest(reviews: readonly RawReview[]): readonly LatestReview[] {
  const last = new Map<unknown, RawReview>();
  for (const review of reviews.toSorted((a, b) => compareText(a.at ?? "", b.at ?? ""))) {
    if (review.state === "commented" || review.state === "pending") continue;
    last.set(review.user ?? review, review);
  }
  const latest = new Set(last.values());
  return reviews.map((review) => ({ ...review, latest: latest.has(review) }));
}

function reviewCounts(reviews: readonly LatestReview[], { facts, counted = [] }: ChangeReport): Partial<Facts> {
  const latest = reviews.filter((review) => review.latest);
  const approving = latest.filter(({ user, state, bot, outsider }) => {
    return state === "approved" && !bot && outsider !== true && user !== undefined && user !== facts?.author;
  });
  return {
    ...(counted.includes("approvals") ? { approvals: approving.length } : {}),
    ...(counted.includes("changesRequested")
      ? { changesRequested: latest.filter(({ state }) => state === "changes-requested").length }
      : {}),
  };
}

function sumOf(files: readonly ChangedFile[], member: "additions" | "deletions"): number {
  return files.reduce((total, file) => total + (file[member] ?? 0), 0);
}

function reviewOf(
  { user = "(deleted account)", state, commit, at, latest, bot, outsider }: LatestReview,
  limits: Limits,
): Review {
  return compact({
    user: kept(user, limits),
    state,
    commit,
    at,
    latest,
    bot,
    outsider: outsider === true ? true : undefined,
  });
}

function fileOf(file: ChangedFile, limits: Limits): ChangedFile {
  return {
    ...file,
    path: kept(file.path, limits),
    ...(file.previousPath === undefined ? {} : { previousPath: kept(file.previousPath, limits) }),
  };
}

function protectionOf(protection: Protection, limits: Limits): Protection {
  const { branch, requiredChecks } = protection;
  return {
    ...protection,
    ...(branch === undefined ? {} : { branch: kept(branch, limits) }),
    ...(requiredChecks === undefined ? {} : { requiredChecks: requiredChecks.map((check) => kept(check, limits)) }),
  };
}

function environmentOf(environment: Environment, limits: Limits): Environment {
  const { name, reviewers } = environment;
  return {
    ...environment,
    name: kept(name, limits),
    ...(reviewers === undefined ? {} : { reviewers: reviewers.map((reviewer) => kept(reviewer, limits)) }),
  };
}

function keptFacts(facts: Partial<Facts>, limits: Limits): Partial<Facts> {
  const entries = Object.entries(facts).map(([name, value]) => [name, keptValue(value, limits)]);
  return Object.fromEntries(entries);
}

function keptValue(value: unknown, limits: Limits): unknown {
  if (typeof value === "string") return kept(value, limits);
  return Array.isArray(value) ? value.map((one) => keptValue(one, limits)) : value;
}

function keptText(text: string | undefined, limits: Limits): string | undefined {
  return text === undefined ? undefined : kept(text, limits);
}
