import { auditReference } from "../../audit/checkpoint.ts";
import { readDecisionLeaf } from "../../audit/entry.ts";
import type { Entry } from "../../audit/store.ts";
import { escapeTerminal } from "../../output/escape.ts";
import { OUTPUTS, type OutputName } from "../../output/registry.ts";
import type { CommandContext } from "../context.ts";
import { decisionEntryOf, recordedDecision } from "../decision-entry.ts";
import { readFrom } from "../read-store.ts";
import type { StoreFlags } from "../store-path.ts";

/** `gate audit list`: a line for each decision. */
export async function list(
  flags: StoreFlags & { readonly last: number; readonly json: boolean },
  context: CommandContext,
): Promise<void> {
  await readFrom(flags, context, async (store) => {
    let shown = 0;
    for await (const entry of store.entries({ kind: "decision", last: flags.last })) {
      context.out(flags.json ? jsonLine(entry) : decisionLine(entry));
      shown++;
    }
    if (shown === 0) context.err("The log holds no decision yet.\n");
  });
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
  await readFrom(flags, context, async (store) => {
    const entry = await decisionEntryOf(reference, store);
    const { decision, salts } = await recordedDecision(entry, store);
    // The recorded form cannot name its own place; a reader wants it all the same.
    const head = await store.head(entry.index + 1);
    const audit = auditReference({ index: entry.index, leafHash: entry.leafHash, head }, salts);
    context.out(OUTPUTS[flags.format].format({ ...decision, audit }, { color: context.color }));
  });
}
