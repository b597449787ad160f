import type { Digest } from "../evidence/types.ts";
import { compareText } from "../util/compare.ts";
import { formatDuration } from "../util/duration.ts";
import { type ApprovalSource, CAPS } from "./environment.ts";
import { isSameRepository } from "./evidence.ts";
import { beginningOf, expiryOf, isExpired } from "./expiry.ts";
import type { People } from "./people.ts";
import type { ApprovalNote, Subject } from "./types.ts";

/** What a statement is about. Every member that is there has to agree with the decision. */
export interface StatementSubject {
  readonly repository?: string;
  readonly commit: string;
  readonly environment: string;
  /** The part of a repository that is gated, by its name in gate.yaml. */
  readonly component?: string;
  /** Of an approval: the gate that it overrides. */
  readonly gate?: string;
  /** Of an approval: what was wrong with the gate when it was approved, as `violationsDigest` gives it. */
  readonly violations?: Digest;
  /** Of an approval of a bypass: the id of that bypass. */
  readonly bypass?: Digest;
}

/**
 * What a person signed, or what a forge says that they did, once its signature was looked at. It is the same for every
 * way of signing.
 */
export interface Statement {
  /** Of the signed bytes; of a review the digest of what the evidence says. */
  readonly id: Digest;
  readonly kind: "approval" | "bypass" | "bypass-approval";
  readonly via: "ssh" | "dsse" | "review" | "deployment";
  /** The name of the person, or of the key's owner. */
  readonly signer: string;
  readonly subject: StatementSubject;
  /** Of a bypass: the gates that it lets through; empty for all. */
  readonly gates: readonly string[];
  readonly reason: string;
  readonly ticket?: string;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  readonly expiresAt: string;
  /** The file that it was read from. */
  readonly path: string;
  /** Why it can never count: a bad signature, a key that nobody vouches for. */
  readonly problem?: string;
}

/** What statements are judged by. */
export interface StatementContext {
  readonly environment: string;
  readonly people: People;
  /** Every known author of the commit or the change; without one no approval counts. */
  readonly authors: readonly string[];
  readonly subject: Subject;
  readonly now: Date;
  /** False where the decision is not recorded. */
  readonly recorded: boolean;
}

/** Of all statements of a decision this many are listed, those that count first. */
const MAX_NOTES = 100;

const SOURCES = {
  ssh: "signature",
  dsse: "signature",
  review: "review",
  deployment: "deployment",
} as const satisfies Record<Statement["via"], ApprovalSource>;

/** What kind of source a statement is from. */
export function sourceOf({ via }: Statement): ApprovalSource {
  return SOURCES[via];
}

/**
 * Why a statement says nothing about what is decided: it is broken, or about something else, or not of this time.
 *
 * @param lifetimeMs the longest time from its making to its expiry
 * @returns undefined where there is nothing to say against it
 */
export function problemOf(statement: Statement, lifetimeMs: number, context: StatementContext): string | undefined {
  return statement.problem ?? subjectProblem(statement.subject, context) ?? timeProblem(statement, lifetimeMs, context);
}

function subjectProblem(about: StatementSubject, { subject, environment }: StatementContext): string | undefined {
  if (subject.commit === undefined) return "the commit that is gated is not known";
  if (about.commit !== subject.commit)
    return `it is for the commit ${short(about.commit)}, not for ${short(subject.commit)}`;
  if (about.environment !== environment) return `it is for ${about.environment}, not for ${environment}`;
  return (
    repositoryProblem(about.repository, subject.repository) ?? componentProblem(about.component, subject.component)
  );
}

function repositoryProblem(stated: string | undefined, gated: string | undefined): string | undefined {
  if (stated === undefined) return gated === undefined ? undefined : "it does not say for which repository it is";
  if (gated === undefined) return `it is for the repository ${stated}, and which one is gated is not known`;
  return isSameRepository(stated, gated) ? undefined : `it is for the repository ${stated}, not for ${gated}`;
}

function componentProblem(stated: string | undefined, gated: string | undefined): string | undefined {
  if (stated === gated) return undefined;
  if (stated === undefined) return `it does not say for which component it is, and ${gated} is gated`;
  return gated === undefined
    ? `it is for the component ${stated}`
    : `it is for the component ${stated}, not for ${gated}`;
}

function timeProblem(
  { createdAt, expiresAt }: Statement,
  lifetimeMs: number,
  { now }: StatementContext,
): string | undefined {
  const created = beginningOf(createdAt);
  if (created === Number.POSITIVE_INFINITY) return "it does not say when it was made";
  if (created > now.getTime()) return `it is dated ${createdAt}, which is yet to come`;
  if (isExpired(expiresAt, now)) return `it expired: ${expiresAt}`;
  if (expiryOf(expiresAt) - created <= lifetimeMs) return undefined;
  return `it would hold from ${createdAt} to ${expiresAt}, which is longer than ${formatDuration(lifetimeMs)}`;
}

/** Why a person's word does not count, whatever it is about. */
export function signerProblem(
  signer: string,
  roles: readonly string[],
  { people }: StatementContext,
): string | undefined {
  if (!people.known(signer)) return `${signer} is not among the people who can approve`;
  const has = people.of(signer).roles;
  if (roles.length === 0 || roles.some((role) => has.includes(role))) return undefined;
  return `${nameOf(signer, people)} is no ${roles.join(", no ")}`;
}

/** Why a person may not approve: nobody lets their own change through, and where no author is known anybody could be one. */
export function authorProblem(signer: string, { people, authors }: StatementContext): string | undefined {
  if (authors.length === 0) return "no author of the change is known, so whoever approves could be one";
  const isAuthor = authors.some((author) => namesOfAuthor(author).some((name) => people.same(name, signer)));
  return isAuthor ? `${nameOf(signer, people)} is an author of the change` : undefined;
}

/** A text of git or of a forge can be a name with an address, an address, or a login; any of them can be the listed one. */
export function namesOfAuthor(author: string): readonly string[] {
  const name = author.replace(/<[^<>]*>\s*$/, "").trim();
  const isLogin = /^[\w.-]+$/.test(author);
  return [author, ...(name === "" ? [] : [name]), ...(isLogin ? [`github:${author}`, `gitlab:${author}`] : [])];
}

/** The name of a person, or what they signed with where they are not known. */
export function nameOf(signer: string, people: People): string {
  return people.of(signer).name;
}

/** Whether a statement is to be listed: what is about another repository or environment is nobody's business here. */
export function isListed({ subject: about }: Statement, { subject, environment }: StatementContext): boolean {
  if (about.environment !== environment) return false;
  if (about.repository === undefined || subject.repository === undefined) return true;
  return isSameRepository(about.repository, subject.repository);
}

/** What a decision says of a statement; without a problem it counts. */
export function noteOf(statement: Statement, problem: string | undefined, { people }: StatementContext): ApprovalNote {
  const { name, roles } = people.of(statement.signer);
  const { gate } = statement.subject;
  return {
    id: statement.id,
    kind: statement.kind,
    ...(gate === undefined ? {} : { gate }),
    approver: name,
    roles,
    via: statement.via,
    reason: statement.reason,
    expires: statement.expiresAt,
    counts: problem === undefined,
    ...(problem === undefined ? {} : { problem }),
  };
}

/** Those that count first, each group in the order that it has; no more than a reader can take. */
export function listedNotes(notes: readonly ApprovalNote[]): readonly ApprovalNote[] {
  return notes.toSorted((a, b) => Number(b.counts) - Number(a.counts)).slice(0, MAX_NOTES);
}

/** In an order that no file name and no directory decides. */
export function inOrder(statements: readonly Statement[]): readonly Statement[] {
  return statements.toSorted((a, b) => compareText(a.createdAt, b.createdAt) || compareText(a.id, b.id));
}

/** How long a bypass may hold at most, whatever gate.yaml says. */
export function bypassLifetime(configuredMs: number): number {
  return Math.min(configuredMs, CAPS.bypassMs);
}

function short(commit: string): string {
  return commit.slice(0, 12);
}
