import { readDecisionLeaf } from "../audit/entry.ts";
import { openAuditStore } from "../audit/open.ts";
import type { AuditStore, Entry } from "../audit/store.ts";
import type { Decision } from "../decision/types.ts";
import type { Digest } from "../evidence/types.ts";
import { GateError } from "../util/errors.ts";
import type { CommandContext } from "./context.ts";
import { decisionEntryOf, recordedDecision } from "./decision-entry.ts";
import { refuseTampered } from "./sound-store.ts";
import { type StoreFlags, storePath } from "./store-path.ts";

/** A decision and its place in the record. */
export interface LastDecision {
  readonly decision: Decision;
  /** Of the recorded document. */
  readonly digest: Digest;
  /** The log's origin. */
  readonly log: string;
}

export interface DecisionFlags extends StoreFlags {
  /** Index, id, or the first characters of an id. */
  readonly decision?: string;
}

/**
 * The decision that is named, or else the last one, of an environment where one is given.
 *
 * @throws {GateError} `usage` where there is none; `audit-not-found`, `audit-corrupt` or `audit-unreadable`
 */
export async function readLastDecision(
  flags: DecisionFlags,
  environment: string | undefined,
  context: CommandContext,
): Promise<LastDecision> {
  return withStore(flags, context, async (store) => {
    if (flags.decision !== undefined || environment === undefined)
      return recorded(await decisionEntryOf(flags.decision, store), store);
    const entry = (await lastEntries(store)).get(environment);
    if (entry !== undefined) return recorded(entry, store);
    throw new GateError("usage", `the log holds no decision for ${environment} yet`, {
      hint: `Run \`gate check --env ${environment}\` first.`,
    });
  });
}

/** The last decision of each environment; none where nothing is recorded yet. */
export async function readLastDecisions(
  flags: StoreFlags,
  context: CommandContext,
): Promise<ReadonlyMap<string, Decision>> {
  try {
    return await withStore(flags, context, async (store) => {
      const decisions = new Map<string, Decision>();
      for (const [environment, entry] of await lastEntries(store))
        decisions.set(environment, (await recorded(entry, store)).decision);
      return decisions;
    });
  } catch (error) {
    if (error instanceof GateError && error.code === "audit-not-found") return new Map();
    throw error;
  }
}

async function withStore<T>(
  flags: StoreFlags,
  context: CommandContext,
  use: (store: AuditStore) => Promise<T>,
): Promise<T> {
  const path = await storePath(flags, context);
  const store = await openAuditStore({ path, mode: "read" });
  try {
    await refuseTampered(path, context);
    return await use(store);
  } finally {
    await store.close();
  }
}

async function lastEntries(store: AuditStore): Promise<ReadonlyMap<string, Entry>> {
  const entries = new Map<string, Entry>();
  for await (const entry of store.entries({ kind: "decision" }))
    entries.set(readDecisionLeaf(entry).environment, entry);
  return entries;
}

async function recorded(entry: Entry, store: AuditStore): Promise<LastDecision> {
  const { decision: digest } = readDecisionLeaf(entry);
  const { decision } = await recordedDecision(entry, store);
  return { decision, digest, log: (await store.head()).origin };
}
