import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { checkpointLine } from "../../../audit/checkpoint.ts";
import { readDecisionLeaf } from "../../../audit/entry.ts";
import { type ExportedEntry, readExported, selectEntries } from "../../../audit/export/entries.ts";
import { type PackSource, type PackTally, packMembers } from "../../../audit/pack/members.ts";
import { writeZip } from "../../../audit/pack/zip-write.ts";
import type { AuditStore, TreeHead } from "../../../audit/store.ts";
import { type Checkpoint, keptCheckpoint, signCheckpoint } from "../../../audit/vouch.ts";
import { isSameRepository } from "../../../decision/evidence.ts";
import { escapeTerminal } from "../../../output/escape.ts";
import { count } from "../../../output/summary.ts";
import { PACK_PAGES } from "../../../report/render/pack.ts";
import { readPrivateKey } from "../../../trust/signing.ts";
import { GateError, messageOf } from "../../../util/errors.ts";
import type { CommandContext } from "../../context.ts";
import { parseTimes } from "../../day.ts";
import { decisionEntryOf } from "../../decision-entry.ts";
import { appendGuarded, guardedPath } from "../../guarded-store.ts";
import { readAt } from "../../read-store.ts";
import { refuseTampered } from "../../sound-store.ts";
import type { StoreFlags } from "../../store-path.ts";
import { writeStream } from "../../write-file.ts";
import { givenPrivateKey } from "../trust/signer.ts";

export interface PackFlags extends StoreFlags {
  readonly output: string;
  readonly since?: string;
  readonly until?: string;
  readonly last?: number;
  readonly entry: readonly string[];
  readonly repository?: string;
  /** The log's private key in PEM. */
  readonly logKey?: string;
  readonly withoutEvidence: boolean;
  readonly attestation: readonly string[];
}

/** More attestations are not for one pack. */
const MAX_ATTESTATIONS = 1_000;

/** `gate audit pack`: a part of the log in one file, which proves itself to whoever has the log's key. */
export async function pack(flags: PackFlags, context: CommandContext): Promise<void> {
  refuseContradictions(flags);
  const attestations = flags.attestation.map((path) => readAttestation(path, context));
  const verifier = readVerifier(context);
  const location = await guardedPath(flags, context);
  await refuseTampered(location.path, context);
  const write = async (store: AuditStore): Promise<void> => {
    const checkpoint = await checkpointOf(store, flags.logKey, context);
    const { head } = checkpoint;
    const source: PackSource = {
      store,
      engine: context.installation.version,
      checkpoint,
      ...(await chosen(store, head, flags)),
      evidence: flags.withoutEvidence ? "withheld" : "included",
      attestations,
      pages: PACK_PAGES,
      verifier,
    };
    const tally: PackTally = { entries: 0, decisions: 0, missing: 0 };
    await writeStream(context.cwd, flags.output, writeZip(packMembers(source, tally)));
    summarise(flags.output, source, tally, (await store.head()).size, context);
  };
  await (flags.logKey === undefined ? readAt(location.path, write) : appendGuarded(location, context, write));
}

function summarise(
  output: string,
  { checkpoint: { head }, selection }: PackSource,
  tally: PackTally,
  size: number,
  context: CommandContext,
): void {
  const which =
    selection.kind === "range" ? `every entry from ${selection.first} to ${selection.last}` : "chosen entries only";
  context.err(escapeTerminal(`Wrote ${output}: ${count(tally.decisions, "decision")}, ${which}`));
  context.err(`.\nCheckpoint: ${escapeTerminal(checkpointLine(head))}\n`);
  if (size > head.size) {
    context.err(
      `The checkpoint is older than the newest ${size - head.size} of the log, which cannot be in the pack.\n`,
    );
  }
  if (tally.missing > 0) {
    context.err(`${tally.missing} documents are no longer in the store: the pack cannot be good without them.\n`);
  }
}

async function checkpointOf(
  store: AuditStore,
  logKey: string | undefined,
  context: CommandContext,
): Promise<Checkpoint> {
  if (logKey !== undefined) {
    return signCheckpoint(store, await store.head(), readPrivateKey(givenPrivateKey(logKey, context)));
  }
  const kept = await keptCheckpoint(store, 0);
  if (kept !== undefined) return kept;
  throw new GateError("usage", "no signed checkpoint of the log is kept, so a pack would prove nothing", {
    hint: "Pass --log-key FILE with the log's private key.",
  });
}

type Chosen = Pick<PackSource, "selection" | "entries">;

/** Which entries: those that were named, those of a repository, or a range without gaps. */
async function chosen(store: AuditStore, head: TreeHead, flags: PackFlags): Promise<Chosen> {
  if (flags.entry.length > 0) return { selection: { kind: "chosen" }, entries: named(store, head, flags.entry) };
  const { first, last } = await rangeOf(store, head, flags);
  if (flags.repository !== undefined) {
    return { selection: { kind: "chosen" }, entries: ofRepository(store, head, { first, last }, flags.repository) };
  }
  return { selection: { kind: "range", first, last }, entries: between(store, head, first, last) };
}

async function* named(store: AuditStore, head: TreeHead, references: readonly string[]): AsyncIterable<ExportedEntry> {
  const entries = new Map<number, ExportedEntry>();
  for (const reference of references) {
    const entry = await decisionEntryOf(reference, store);
    if (entry.index >= head.size) {
      throw new GateError("usage", `entry ${entry.index} is newer than the checkpoint`, {
        hint: "Pass --log-key FILE to sign the newest tree.",
      });
    }
    entries.set(entry.index, readExported(entry, head.origin));
  }
  yield* [...entries.values()].toSorted((a, b) => a.entry.index - b.entry.index);
}

/**
 * From the first entry that was asked for to the last, with everything between: times need not rise in a log that decisions are
 * collected into, and only what has no gap can be shown to be complete.
 *
 * @throws {GateError} `usage` where there is none
 */
async function rangeOf(
  store: AuditStore,
  head: TreeHead,
  { since, until, last }: PackFlags,
): Promise<{ readonly first: number; readonly last: number }> {
  if (since === undefined && until === undefined && last === undefined) return { first: 0, last: head.size - 1 };
  const selection = {
    ...(since === undefined ? {} : { since: parseTimes(since, "--since").start }),
    ...(until === undefined ? {} : { until: parseTimes(until, "--until").end }),
    ...(last === undefined ? {} : { last, kinds: ["decision"] as const }),
  };
  let range: { readonly first: number; readonly last: number } | undefined;
  for await (const { entry } of selectEntries(store, head, selection)) {
    range = { first: range?.first ?? entry.index, last: entry.index };
  }
  if (range === undefined) throw new GateError("usage", "the log has no entry of that time");
  // What followed the newest decision belongs to it, such as the review that it owed.
  return until === undefined ? { ...range, last: head.size - 1 } : range;
}

async function* between(store: AuditStore, head: TreeHead, first: number, last: number): AsyncIterable<ExportedEntry> {
  for await (const exported of selectEntries(store, head, {})) {
    if (exported.entry.index > last) return;
    if (exported.entry.index >= first) yield exported;
  }
}

/** Decisions about a repository, and what they owe and was reviewed. */
async function* ofRepository(
  store: AuditStore,
  head: TreeHead,
  { first, last }: { readonly first: number; readonly last: number },
  repository: string,
): AsyncIterable<ExportedEntry> {
  const isOf = (name: unknown): boolean => typeof name === "string" && isSameRepository(name, repository);
  const owed = new Set<unknown>();
  for await (const exported of between(store, head, first, last)) {
    const { entry, body } = exported;
    const { obligation, repository: owing } = body.content;
    if (body.kind === "obligation" && isOf(owing)) owed.add(obligation);
    const isDecision = body.kind === "decision" && isOf(readDecisionLeaf(entry).subject.repository);
    if (isDecision || (body.kind !== "decision" && owed.has(obligation))) yield exported;
  }
}

function refuseContradictions({ entry, since, until, last, repository, attestation }: PackFlags): void {
  if (attestation.length > MAX_ATTESTATIONS) {
    throw new GateError("usage", `a pack takes at most ${MAX_ATTESTATIONS} attestations`);
  }
  if (entry.length === 0) return;
  if (since === undefined && until === undefined && last === undefined && repository === undefined) return;
  throw new GateError("usage", "--entry names decisions, and the other options choose them: not both");
}

function readAttestation(path: string, context: CommandContext): Uint8Array {
  try {
    return readFileSync(resolve(context.cwd, path));
  } catch (cause) {
    throw new GateError("usage", `${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

function readVerifier({ installation }: CommandContext): Uint8Array {
  try {
    return readFileSync(installation.verifierPage);
  } catch (cause) {
    throw new GateError("internal", `the page that verifies packs is missing: ${messageOf(cause)}`, { cause });
  }
}
