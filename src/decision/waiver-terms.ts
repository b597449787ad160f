import { CAPS, type WaiverRules } from "./environment.ts";
import { beginningOf, expiryOf, isExpired } from "./expiry.ts";
import type { People } from "./people.ts";
import { namesOfAuthor } from "./statement.ts";
import type { Waiver } from "./waivers.ts";

const DAY_MS = 86_400_000;

/** What a waiver is judged by before it is held against any violation. */
export interface WaiverTerms {
  readonly rules: WaiverRules;
  readonly people: People;
  /** Undefined where they are left out of account, as in a look at the file alone. */
  readonly authors: readonly string[] | undefined;
  readonly now: Date;
}

/** Everything but its end that keeps a waiver from being in force, in words; empty where nothing does. */
export function waiverProblems(waiver: Waiver, { rules, people, authors, now }: WaiverTerms): readonly string[] {
  const problems: string[] = [];
  const begins = beginningOf(waiver.created);
  if (now.getTime() < begins && Number.isFinite(begins)) problems.push(`it begins on ${waiver.created}`);
  const lifetime = expiryOf(waiver.expires) - begins;
  const longest = Math.min(rules.lifetimeMs, CAPS.waiverMs);
  if (lifetime > longest) problems.push(`lifetime of ${days(lifetime)} days is longer than ${days(longest)}`);
  if (authors !== undefined && authors.length === 0)
    problems.push("the change's author is not known, so that nobody can be shown to be somebody else");
  const { approvers, objections } = approversOf(waiver, rules, people, authors ?? []);
  if (approvers < rules.quorum) {
    const why = objections.length === 0 ? "" : `: ${objections.join(", ")}`;
    problems.push(`approved by ${approvers} of ${rules.quorum}${why}`);
  }
  return problems;
}

/** Why a waiver has expired, which one with a malformed date has; undefined where it has not. */
export function whyExpired({ created, expires }: Waiver, now: Date): string | undefined {
  if (expiryOf(expires) === Number.NEGATIVE_INFINITY) return `expires is no date: ${JSON.stringify(expires)}`;
  if (beginningOf(created) === Number.POSITIVE_INFINITY) return `created is no date: ${JSON.stringify(created)}`;
  return isExpired(expires, now) ? `expired after ${expires}` : undefined;
}

/** How many different people approve, and why others do not count. */
export function approversOf(
  waiver: Waiver,
  { roles }: WaiverRules,
  people: People,
  authors: readonly string[],
): { readonly approvers: number; readonly objections: readonly string[] } {
  const counted: string[] = [];
  const objections: string[] = [];
  for (const name of waiver.approvedBy) {
    const objection = objectionTo(name, waiver, roles, people, authors);
    if (objection !== undefined) objections.push(`${name} ${objection}`);
    else if (!counted.some((other) => people.same(name, other))) counted.push(name);
  }
  return { approvers: counted.length, objections };
}

function objectionTo(
  name: string,
  { requestedBy }: Waiver,
  roles: readonly string[],
  people: People,
  authors: readonly string[],
): string | undefined {
  if (authors.some((author) => namesOfAuthor(author).some((own) => people.same(name, own))))
    return "is the change's author";
  if (people.same(name, requestedBy)) return "has requested it";
  if (people.listed && !people.known(name)) return "is not known";
  if (roles.length === 0 || people.of(name).roles.some((role) => roles.includes(role))) return undefined;
  return `is not ${roles.join(" or ")}`;
}

function days(ms: number): number {
  return Math.ceil((10 * ms) / DAY_MS) / 10;
}
