import { auditReference, checkpointLine } from "../../audit/checkpoint.ts";
import { readDecisionLeaf } from "../../audit/entry.ts";
import type { StoreLocation } from "../../audit/location.ts";
import { openAuditStore } from "../../audit/open.ts";
import type { Entry } from "../../audit/store.ts";
import { type Verdict, type VerifyReport, verifyStore } from "../../audit/verify.ts";
import { escapeTerminal } from "../../output/escape.ts";
import { OUTPUTS, type OutputName } from "../../output/registry.ts";
import { compact } from "../../util/compact.ts";
import type { CommandContext } from "../context.ts";
import { decisionEntryOf, recordedDecision } from "../decision-entry.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { openLogKey, requireCheckpoint } from "../log-flags.ts";
import { type StoreFlags, storePath } from "../store-path.ts";
import type { Link } from "./audit/link.ts";

const VERDICT_EXIT = {
  good: EXIT.ok,
  tampered: EXIT.negative,
  unknown: EXIT.noAnswer,
} as const satisfies Record<Verdict, ExitCode>;

/** `gate audit list`: a line for each decision. */
export async function list(
  flags: StoreFlags & { readonly last: number; readonly json: boolean },
  context: CommandContext,
): Promise<void> {
  const store = await openAuditStore({ path: await storePath(flags, context), mode: "read" });
  try {
    let shown = 0;
    for await (const entry of store.entries({ kind: "decision", last: flags.last })) {
      context.out(flags.json ? jsonLine(entry) : decisionLine(entry));
      shown++;
    }
    if (shown === 0) context.err("The log holds no decision yet.\n");
  } finally {
    await store.close();
  }
}

function decisionLine(entry: Entry): string {
  const { outcome, environment, subject, evaluatedAt, integrity } = readDecisionLeaf(entry);
  const commit = subject.commit?.slice(0, 12) ?? "no commit";
  const columns = [
    String(entry.index).padStart(5),
    evaluatedAt,
    outcome.padEnd(17),
    environment.padEnd(12),
    commit.padEnd(12),
    integrity.padEnd(6),
    entry.id,
  ];
  return `${escapeTerminal(columns.join("  "))}\n`;
}

function jsonLine(entry: Entry): string {
  return `${JSON.stringify({ index: entry.index, id: entry.id, leafHash: entry.leafHash, ...readDecisionLeaf(entry) })}\n`;
}

/** `gate audit show`: a decision as it was recorded. */
export async function show(
  reference: string,
  flags: StoreFlags & { readonly format: OutputName },
  context: CommandContext,
): Promise<void> {
  const store = await openAuditStore({ path: await storePath(flags, context), mode: "read" });
  try {
    const entry = await decisionEntryOf(reference, store);
    const { decision, salts } = await recordedDecision(entry, store);
    // The recorded form cannot name its own place; a reader wants it all the same.
    const head = await store.head(entry.index + 1);
    const audit = auditReference({ index: entry.index, leafHash: entry.leafHash, head }, salts);
    context.out(OUTPUTS[flags.format].format({ ...decision, audit }, { color: context.color }));
  } finally {
    await store.close();
  }
}

/** `gate audit verify`: exit 0 good, 1 tampered, 2 cannot tell. */
export async function verify(
  flags: StoreFlags & {
    readonly checkpoint?: string;
    readonly logKey?: string;
    readonly previous?: string;
    readonly json: boolean;
  },
  context: CommandContext,
): Promise<void> {
  const expect = flags.checkpoint === undefined ? undefined : requireCheckpoint(flags.checkpoint);
  const path = await storePath(flags, context);
  const logKey = flags.logKey === undefined ? undefined : openLogKey(flags.logKey, context);
  const report = await verifyStore(path, compact({ expect, logKey }));
  // What a log says of the one before it counts for nothing where the log itself was tampered with.
  if (flags.previous !== undefined && report.verdict !== "tampered") {
    await verifyPrevious(path, { ...flags, store: flags.previous }, report, context);
    return;
  }
  context.out(flags.json ? `${JSON.stringify(report, null, 2)}\n` : verifyText(report, expect !== undefined));
  context.exit(VERDICT_EXIT[report.verdict]);
}

/** Prints both, and the worse of the two is the answer. */
async function verifyPrevious(
  path: StoreLocation,
  flags: StoreFlags & { readonly checkpoint?: string; readonly json: boolean },
  report: VerifyReport,
  context: CommandContext,
): Promise<void> {
  const { verifyLink } = await import("./audit/link.ts");
  const link = await verifyLink(path, await storePath(flags, context));
  const anchored = flags.checkpoint !== undefined;
  context.out(
    flags.json
      ? `${JSON.stringify({ ...report, previous: link }, null, 2)}\n`
      : `${verifyText(report, anchored)}\nThe log before it\n${verifyText(link.report, true)}${linkText(link)}`,
  );
  const verdicts = [report.verdict, link.report.verdict, link.verdict];
  const worst = verdicts.find((one) => one === "tampered") ?? verdicts.find((one) => one === "unknown") ?? "good";
  context.exit(VERDICT_EXIT[worst]);
}

function linkText({ verdict, problems }: Link): string {
  if (verdict === "good") return "LINKED: the log goes on where that one ended\n";
  const lines = problems.map((problem) => `  ${escapeTerminal(problem)}`);
  return `${[verdict === "tampered" ? "NOT LINKED" : "CANNOT TELL whether the log goes on from it", ...lines].join("\n")}\n`;
}

const VERDICT_WORDS = {
  good: "GOOD",
  tampered: "TAMPERED",
  unknown: "CANNOT TELL",
} as const satisfies Record<Verdict, string>;

function verifyText(report: VerifyReport, anchored: boolean): string {
  const { verdict, head, entries, deleted, findings } = report;
  const lines = [`${VERDICT_WORDS[verdict]}: ${entries === 1 ? "1 entry" : `${entries} entries`} verified`];
  if (deleted > 0)
    lines.push(`  ${deleted === 1 ? "1 document was" : `${deleted} documents were`} deleted, as the log says`);
  for (const { code, message, index } of findings) {
    lines.push(`  ${code}${index === undefined ? "" : ` (entry ${index})`}: ${escapeTerminal(message)}`);
  }
  if (head !== null) lines.push(`Checkpoint: ${escapeTerminal(checkpointLine(head))}`);
  if (verdict === "good" && !anchored) {
    lines.push(
      "Nobody outside of this file vouches for its end: pass a checkpoint that was kept elsewhere with --checkpoint.",
    );
  }
  return `${lines.join("\n")}\n`;
}
