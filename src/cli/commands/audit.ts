import type { ExpectedTree } from "../../audit/anchor/read.ts";
import { auditReference, checkpointLine } from "../../audit/checkpoint.ts";
import { readDecisionLeaf } from "../../audit/entry.ts";
import { openAuditStore } from "../../audit/open.ts";
import type { Entry } from "../../audit/store.ts";
import { type Verdict, type VerifyReport, verifyStore } from "../../audit/verify.ts";
import { escapeTerminal } from "../../output/escape.ts";
import { OUTPUTS, type OutputName } from "../../output/registry.ts";
import { compact } from "../../util/compact.ts";
import type { CommandContext } from "../context.ts";
import { decisionEntryOf, recordedDecision } from "../decision-entry.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { openLogKey } from "../log-flags.ts";
import { type OutsideFlags, readOutside } from "../outside.ts";
import { type StoreFlags, storePath } from "../store-path.ts";

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
    const decision = await recordedDecision(entry, store);
    // The recorded form cannot name its own place; a reader wants it all the same.
    const head = await store.head(entry.index + 1);
    const audit = auditReference({ index: entry.index, leafHash: entry.leafHash, head });
    context.out(OUTPUTS[flags.format].format({ ...decision, audit }, { color: context.color }));
  } finally {
    await store.close();
  }
}

/** `gate audit verify`: exit 0 good, 1 tampered, 2 cannot tell. */
export async function verify(
  flags: StoreFlags & OutsideFlags & { readonly logKey?: string; readonly json: boolean },
  context: CommandContext,
): Promise<void> {
  const path = await storePath(flags, context);
  const logKey = flags.logKey === undefined ? undefined : openLogKey(flags.logKey, context);
  const outside = await readOutside(flags, logKey, context);
  const report = await verifyStore(path, { ...outside, ...compact({ logKey }) });
  context.out(flags.json ? `${JSON.stringify(report, null, 2)}\n` : verifyText(report, outside.expect));
  context.exit(VERDICT_EXIT[report.verdict]);
}

const VERDICT_WORDS = {
  good: "GOOD",
  tampered: "TAMPERED",
  unknown: "CANNOT TELL",
} as const satisfies Record<Verdict, string>;

function verifyText(report: VerifyReport, expect: readonly ExpectedTree[]): string {
  const { verdict, head, entries, findings, vouched } = report;
  const lines = [`${VERDICT_WORDS[verdict]}: ${entries === 1 ? "1 entry" : `${entries} entries`} verified`];
  for (const { code, message, index } of findings) {
    lines.push(`  ${code}${index === undefined ? "" : ` (entry ${index})`}: ${escapeTerminal(message)}`);
  }
  if (head !== null) lines.push(`Checkpoint: ${escapeTerminal(checkpointLine(head))}`);
  lines.push(...(vouched ?? []).map(escapeTerminal));
  if (verdict === "good" && (expect.length > 0 || vouched === undefined)) lines.push(anchoredText(expect));
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
