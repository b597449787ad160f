import type { ExpectedTree } from "../../../audit/anchor/read.ts";
import { checkpointLine } from "../../../audit/checkpoint.ts";
import { type ExportedEntry, type Selection, selectEntries } from "../../../audit/export/entries.ts";
import type { StoreLocation } from "../../../audit/location.ts";
import type { Entry, TreeHead } from "../../../audit/store.ts";
import { worseOf } from "../../../audit/stored.ts";
import { type VerifyReport, verifyStore } from "../../../audit/verify.ts";
import { escapeTerminal } from "../../../output/escape.ts";
import { compact } from "../../../util/compact.ts";
import { GateError } from "../../../util/errors.ts";
import type { CommandContext } from "../../context.ts";
import { parseTimes } from "../../day.ts";
import { openLogKey } from "../../log-flags.ts";
import { type OutsideFlags, readOutside } from "../../outside.ts";
import { readAt } from "../../read-store.ts";
import { type StoreFlags, storePath } from "../../store-path.ts";
import { VERDICT_EXIT, VERDICT_WORDS } from "../../verdict.ts";
import { type DecisionsReport, decisionsLine, verifyDecisions } from "../../verify-decisions.ts";
import { type Link, verifyLink } from "./link.ts";

export interface VerifyStoreFlags extends StoreFlags, OutsideFlags {
  readonly logKey?: string;
  /** The log before this one. */
  readonly previous?: string;
  /** Make the decisions again, too; all of them, or since a day, or the newest. */
  readonly decisions: boolean;
  readonly since?: string;
  readonly last?: number;
  readonly json: boolean;
}

/** `gate audit verify`: exit 0 good, 1 tampered, 2 cannot tell. */
export async function verify(flags: VerifyStoreFlags, context: CommandContext): Promise<void> {
  if (!flags.decisions && (flags.since !== undefined || flags.last !== undefined)) {
    throw new GateError("usage", "--since and --last say which decisions are made again", { hint: "Add --decisions." });
  }
  const selection: Selection = {
    kinds: ["decision"],
    ...compact({ last: flags.last }),
    ...(flags.since === undefined ? {} : { since: parseTimes(flags.since, "--since").start }),
  };
  const path = await storePath(flags, context);
  const worker = context.installation.auditWorker;
  const logKey = flags.logKey === undefined ? undefined : openLogKey(flags.logKey, context);
  const outside = await readOutside(flags, { path, key: logKey }, context);
  const stored = await verifyStore(path, { ...outside, ...compact({ logKey }), worker });
  // What a tampered log holds is not run: its policies are programs.
  const isRun = flags.decisions && stored.verdict !== "tampered" && stored.head !== null;
  const decisions = isRun ? await decisionsOf(path, stored.head, selection, context) : undefined;
  const report = withDecisions(stored, decisions);
  // What a log says of the one before it counts for nothing where the log itself was tampered with.
  const isLinked = flags.previous !== undefined && report.verdict !== "tampered";
  const link = isLinked
    ? await verifyLink(path, await storePath({ ...flags, store: flags.previous }, context), worker)
    : undefined;
  if (flags.json) {
    context.out(`${JSON.stringify({ ...report, ...compact({ previous: link }) }, null, 2)}\n`);
  } else {
    const undone = flags.decisions && !isRun ? "The decisions were not made again.\n" : "";
    context.out(`${verifyText(report, outside.expect)}${undone}${link === undefined ? "" : linkText(link)}`);
  }
  context.exit(VERDICT_EXIT[[link?.report.verdict ?? "good", link?.verdict ?? "good"].reduce(worseOf, report.verdict)]);
}

/** Those of the tree that was verified, which is not the newest where somebody appends meanwhile. */
async function decisionsOf(
  path: StoreLocation,
  head: TreeHead,
  selection: Selection,
  context: CommandContext,
): Promise<DecisionsReport> {
  return readAt(path, async (store) =>
    verifyDecisions(entriesOf(selectEntries(store, head, selection)), store, context),
  );
}

async function* entriesOf(selected: AsyncIterable<ExportedEntry>): AsyncIterable<Entry> {
  for await (const { entry } of selected) yield entry;
}

interface FullReport extends VerifyReport {
  /** Missing where no decision was made again. */
  readonly decisions?: Omit<DecisionsReport, "findings">;
}

function withDecisions(report: VerifyReport, decisions: DecisionsReport | undefined): FullReport {
  if (decisions === undefined) return report;
  const { findings, ...counts } = decisions;
  return {
    ...report,
    verdict: worseOf(report.verdict, decisions.verdict),
    findings: [...report.findings, ...findings],
    decisions: counts,
  };
}

function linkText({ verdict, problems, report }: Link): string {
  const head = `\nThe log before it\n${verifyText(report, undefined)}`;
  if (verdict === "good") return `${head}LINKED: the log goes on where that one ended\n`;
  const lines = problems.map((problem) => `  ${escapeTerminal(problem)}`);
  return `${head}${[verdict === "tampered" ? "NOT LINKED" : "CANNOT TELL whether the log goes on from it", ...lines].join("\n")}\n`;
}

/** @param expect undefined where nothing is to be said of others */
function verifyText(report: FullReport, expect: readonly ExpectedTree[] | undefined): string {
  const { verdict, head, entries, deleted, findings, decisions, vouched } = report;
  const lines = [`${VERDICT_WORDS[verdict]}: ${entries === 1 ? "1 entry" : `${entries} entries`} verified`];
  if (deleted > 0)
    lines.push(`  ${deleted === 1 ? "1 document was" : `${deleted} documents were`} deleted, as the log says`);
  for (const { code, message, index } of findings) {
    lines.push(`  ${code}${index === undefined ? "" : ` (entry ${index})`}: ${escapeTerminal(message)}`);
  }
  if (decisions !== undefined) lines.push(`${decisionsLine(decisions)}.`);
  if (head !== null) lines.push(`Checkpoint: ${escapeTerminal(checkpointLine(head))}`);
  lines.push(...(vouched ?? []).map(escapeTerminal));
  if (verdict === "good" && expect !== undefined && (expect.length > 0 || vouched === undefined)) {
    lines.push(anchoredText(expect));
  }
  return `${lines.join("\n")}\n`;
}

/** How far somebody outside of the log vouches for it: what came later could be cut off again. */
function anchoredText(expect: readonly ExpectedTree[]): string {
  if (expect.length === 0) {
    return "Nobody outside of this file vouches for its end: pass a checkpoint that was kept elsewhere with --checkpoint.";
  }
  const most = expect.reduce((largest, { size }) => Math.max(largest, size), 0);
  const what = expect.length === 1 ? "a checkpoint that was" : `${expect.length} checkpoints that were`;
  return `Held against ${what} kept elsewhere, up to entry ${most - 1}; nobody vouches for what came later.`;
}
