import { auditReference } from "../../audit/checkpoint.ts";
import { type BypassReview, openObligations, reviewEntry } from "../../audit/obligations.ts";
import { readGitEmail } from "../../ci/git.ts";
import { isOverdue, type Obligation, reviewerProblem } from "../../decision/obligations.ts";
import { escapeTerminal } from "../../output/escape.ts";
import { GateError } from "../../util/errors.ts";
import type { CommandContext } from "../context.ts";
import { EXIT } from "../exit-code.ts";
import { appendGuarded, guardedPath } from "../guarded-store.ts";
import { readFrom } from "../read-store.ts";
import type { StoreFlags } from "../store-path.ts";
import { tableText } from "../table.ts";

const MIN_PREFIX_LENGTH = 4;

/** `gate obligations`: the reviews that are owed, the most urgent first. Exit 1 where one that was asked for is overdue. */
export async function obligations(
  flags: StoreFlags & { readonly overdue: boolean; readonly json: boolean },
  context: CommandContext,
): Promise<void> {
  await readFrom(flags, context, async (store) => {
    const now = context.clock.now();
    const open = (await openObligations(store, undefined)).toSorted((a, b) => (a.dueAt < b.dueAt ? -1 : 1));
    const shown = flags.overdue ? open.filter((obligation) => isOverdue(obligation, now)) : open;
    context.out(flags.json ? jsonOf(shown, now) : textOf(shown, now));
    if (flags.overdue && shown.length > 0) context.exit(EXIT.negative);
  });
}

function jsonOf(shown: readonly Obligation[], now: Date): string {
  const listed = shown.map((obligation) => ({ ...obligation, overdue: isOverdue(obligation, now) }));
  return `${JSON.stringify(listed, null, 2)}\n`;
}

function textOf(shown: readonly Obligation[], now: Date): string {
  if (shown.length === 0) return "No review is owed.\n";
  const rows = shown.map((obligation) => {
    const { id, environment, dueAt, requestedBy, ticket, reason } = obligation;
    return [isOverdue(obligation, now) ? "OVERDUE" : "due", dueAt, environment, id, requestedBy, ticket, reason];
  });
  return tableText([["", "until", "environment", "decision", "asked for by", "ticket", "reason"], ...rows]);
}

interface ReviewFlags extends StoreFlags {
  readonly outcome: BypassReview["outcome"];
  readonly findings: string;
  readonly action: readonly string[];
  readonly reviewer?: string;
}

/** `gate review`: records what came of looking at a bypass, which closes the obligation. */
export async function review(reference: string, flags: ReviewFlags, context: CommandContext): Promise<void> {
  const { clock, random, cwd, variables } = context;
  const location = await guardedPath(flags, context);
  const reviewer = flags.reviewer ?? (await readGitEmail(cwd, variables));
  if (reviewer === undefined) {
    throw new GateError("usage", "it is not known who reviews", { hint: "Pass --reviewer, or set user.email of git." });
  }
  // A log that is not there yet owes nothing, and is not made.
  await appendGuarded(location, context, async (store) => {
    const obligation = obligationNamed(reference, await openObligations(store, undefined));
    const problem = reviewerProblem(obligation, reviewer);
    if (problem !== undefined) throw new GateError("usage", problem, { hint: "Pass who reviewed it with --reviewer." });
    const { outcome, findings, action: actions } = flags;
    const reviewedAt = clock.now().toISOString();
    const { entry, blobs, disclosures } = reviewEntry(
      { obligation: obligation.id, outcome, findings, reviewer, reviewedAt, actions },
      { random },
    );
    const { checkpoint } = auditReference(await store.append(entry, blobs, disclosures));
    context.out(
      `${escapeTerminal(`Reviewed by ${reviewer}: the bypass of ${obligation.environment} was ${outcome}.`)}\n` +
        `Recorded: ${escapeTerminal(checkpoint)}\n`,
    );
  });
}

function obligationNamed(reference: string, open: readonly Obligation[]): Obligation {
  const text = reference.toLowerCase();
  const found = text.length < MIN_PREFIX_LENGTH ? [] : open.filter(({ id }) => id.startsWith(text));
  const [first, second] = found;
  if (first !== undefined && second === undefined) return first;
  const message =
    first === undefined
      ? `no review is owed of "${reference}"`
      : `more than one review is owed that starts with ${text}`;
  throw new GateError("usage", message, { hint: "Run `gate obligations`." });
}
