import { versions } from "node:process";
import { readDecisionLeaf } from "../../audit/entry.ts";
import { openAuditStore } from "../../audit/open.ts";
import type { AuditStore, Entry } from "../../audit/store.ts";
import type { Difference } from "../../replay/compare.ts";
import { formatReplay } from "../../replay/human.ts";
import {
  MAX_DIFFERENCES,
  REPLAY_SCHEMA,
  type ReplayedDecision,
  type ReplayReport,
  type ReplayResult,
} from "../../replay/model.ts";
import { GateError } from "../../util/errors.ts";
import type { CommandContext } from "../context.ts";
import { decisionEntryOf } from "../decision-entry.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { makeAgain } from "../make-again.ts";
import { type OwnPolicies, ownPolicies } from "../own-policies.ts";
import { refuseTampered } from "../sound-store.ts";
import { type StoreFlags, storePath } from "../store-path.ts";

export interface ReplayFlags extends StoreFlags {
  readonly all: boolean;
  readonly last?: number;
  readonly json: boolean;
}

/**
 * `gate replay`: makes recorded decisions again from the record alone. Exit 0 where the bytes are the same, 1 where one
 * differs, 2 where one cannot be made again.
 */
export async function replay(
  reference: string | undefined,
  flags: ReplayFlags,
  context: CommandContext,
): Promise<void> {
  if (reference !== undefined && (flags.all || flags.last !== undefined)) {
    throw new GateError("usage", "name one decision, or ask for several with --all and --last, not both");
  }
  const path = await storePath(flags, context);
  await refuseTampered(path, context);
  const store = await openAuditStore({ path, mode: "read" });
  const own = ownPolicies(store, context);
  const decisions: ReplayedDecision[] = [];
  try {
    for (const entry of await entriesOf(reference, flags, store)) decisions.push(await replayEntry(entry, store, own));
  } finally {
    await Promise.all([own.close(), store.close()]);
  }
  const report: ReplayReport = {
    schema: REPLAY_SCHEMA,
    engine: context.installation.version,
    node: versions.node,
    decisions,
  };
  context.out(flags.json ? `${JSON.stringify(report, null, 2)}\n` : formatReplay(report));
  context.exit(exitCodeOf(decisions));
}

/** In the order of the log. */
async function entriesOf(
  reference: string | undefined,
  { all, last }: ReplayFlags,
  store: AuditStore,
): Promise<readonly Entry[]> {
  if (!all && last === undefined) return [await decisionEntryOf(reference, store)];
  const entries: Entry[] = [];
  const newest = last === undefined ? {} : { last };
  for await (const entry of store.entries({ kind: "decision", ...newest })) entries.push(entry);
  if (entries.length === 0) throw new GateError("usage", "the log holds no decision yet");
  return last === undefined ? entries : entries.toReversed();
}

async function replayEntry(entry: Entry, store: AuditStore, own: OwnPolicies): Promise<ReplayedDecision> {
  const made = await makeAgain(entry, store, own);
  return made.status === "made" ? replayed(entry, made.differences) : notReplayed(entry, made.reason);
}

function replayed(entry: Entry, differences: readonly Difference[]): ReplayedDecision {
  const different = differences.length;
  const result: ReplayResult = different === 0 ? "identical" : "different";
  return { ...factsOf(entry), result, different, differences: differences.slice(0, MAX_DIFFERENCES) };
}

function notReplayed(entry: Entry, reason: string): ReplayedDecision {
  return { ...factsOf(entry), result: "cannot-be-replayed", different: 0, differences: [], reason };
}

function factsOf(entry: Entry) {
  const { outcome, environment, evaluatedAt, engine, decision } = readDecisionLeaf(entry);
  return { index: entry.index, id: entry.id, outcome, environment, evaluatedAt, engine, digest: decision };
}

function exitCodeOf(decisions: readonly ReplayedDecision[]): ExitCode {
  if (decisions.some(({ result }) => result === "different")) return EXIT.negative;
  return decisions.every(({ result }) => result === "identical") ? EXIT.ok : EXIT.noAnswer;
}
