import { resolve } from "node:path";
import type { AnchorAge, OutsideOptions, WitnessQuorum } from "../audit/anchor/held.ts";
import type { AnchorReading } from "../audit/anchor/read.ts";
import { type KeyChain, keyChain, keyEventsIn } from "../audit/keys.ts";
import type { StoreLocation } from "../audit/location.ts";
import { formatVerifierKey, type NoteKey } from "../audit/note.ts";
import { openExistingStore } from "../audit/open.ts";
import type { AuditStore } from "../audit/store.ts";
import { DURATION_EXAMPLES, parseDuration } from "../util/duration.ts";
import { GateError } from "../util/errors.ts";
import type { CommandContext } from "./context.ts";
import { openLogKey, requireCheckpoint } from "./log-flags.ts";

/** What others keep of a log, for its verification. */
export interface OutsideFlags {
  readonly anchor: readonly string[];
  /** Verifier keys, or files that hold one. */
  readonly witness: readonly string[];
  readonly witnesses?: number;
  /** A duration or a number of entries. */
  readonly anchoredWithin?: string;
  /** A checkpoint that was kept elsewhere. */
  readonly checkpoint?: string;
  /** A file of certificates in PEM. */
  readonly tsaCa?: string;
}

/**
 * Reads what others keep of a log.
 *
 * @throws {GateError} `usage`, `key-invalid`
 */
export async function readOutside(
  flags: OutsideFlags,
  log: { readonly path: StoreLocation; readonly key: NoteKey | undefined },
  context: CommandContext,
): Promise<OutsideOptions & Required<Pick<OutsideOptions, "expect">>> {
  const given = flags.checkpoint === undefined ? [] : [requireCheckpoint(flags.checkpoint)];
  const anchoredWithin = anchorAge(flags, context);
  const quorum = witnessQuorum(flags, context);
  const timeStampers = flags.tsaCa === undefined ? undefined : await openTimeStampers(flags.tsaCa, context);
  const { trees, checkpoints, problems } = await readGivenAnchors(flags.anchor, log, context);
  return {
    expect: [...given, ...trees],
    ...(anchoredWithin === undefined ? {} : { anchoredWithin }),
    anchorProblems: problems,
    ...(quorum === undefined ? {} : { witnesses: { ...quorum, checkpoints } }),
    ...(timeStampers === undefined ? {} : { timeStampers }),
  };
}

/** @throws {GateError} `usage` where it is no limit, or there is nothing that it could be of */
function anchorAge(
  { anchoredWithin: text, anchor, checkpoint }: OutsideFlags,
  { clock }: CommandContext,
): AnchorAge | undefined {
  if (text === undefined) return undefined;
  if (anchor.length === 0 && checkpoint === undefined) {
    throw new GateError(
      "usage",
      "--anchored-within is about checkpoints that were kept elsewhere, and there are none",
      {
        hint: "Name where they are with --anchor.",
      },
    );
  }
  const entries = /^[0-9]{1,9}$/.test(text) ? Number(text) : undefined;
  if (entries !== undefined) return { entries };
  const duration = parseDuration(text);
  if (duration !== undefined) return { sinceMs: clock.now().getTime() - duration, within: text };
  throw new GateError("usage", `--anchored-within is neither a number of entries nor a duration: ${text}`, {
    hint: `Write 100, or ${DURATION_EXAMPLES}.`,
  });
}

async function openTimeStampers(path: string, { cwd }: CommandContext): Promise<OutsideOptions["timeStampers"]> {
  return (await import("../audit/anchor/open.ts")).openAuthorities(resolve(cwd, path));
}

async function readGivenAnchors(
  given: readonly string[],
  { path, key }: { readonly path: StoreLocation; readonly key: NoteKey | undefined },
  { cwd, variables, clock, random }: CommandContext,
): Promise<AnchorReading> {
  if (given.length === 0) return { trees: [], checkpoints: [], problems: [] };
  if (key === undefined) {
    throw new GateError("usage", "--anchor is of no use where nobody knows who signed what is there", {
      hint: "Pass the log's verifier key with --log-key.",
    });
  }
  const [{ openSource, readAnchorLocation }, { readAnchors }] = await Promise.all([
    import("../audit/anchor/open.ts"),
    import("../audit/anchor/read.ts"),
  ]);
  const sources = await Promise.all(
    given.map(async (text) => openSource(readAnchorLocation(text, { folder: cwd, variables }), { clock, random })),
  );
  return readAnchors(sources, key, await keyOfTrees(path, key));
}

/** The log says which keys it had; where it cannot be asked, its verification says why. */
async function keyOfTrees(path: StoreLocation, key: NoteKey): Promise<KeyChain["keyOf"]> {
  let store: AuditStore | undefined;
  try {
    store = await openExistingStore({ path, mode: "read" });
    return keyChain(key, store === undefined ? [] : await keyEventsIn(store)).keyOf;
  } catch (error) {
    if (error instanceof GateError) return () => key;
    throw error;
  } finally {
    await store?.close();
  }
}

/** @throws {GateError} `usage` where more are asked for than there are, or one is no witness */
function witnessQuorum(
  { witness, witnesses }: OutsideFlags,
  context: CommandContext,
): Omit<WitnessQuorum, "checkpoints"> | undefined {
  // One that is given twice is one.
  const keys = new Map<string, NoteKey>();
  for (const given of witness) {
    const key = openLogKey(given, context);
    if (key.type !== "witness") throw new GateError("key-invalid", `${given} is the key of a log, and no witness's`);
    keys.set(formatVerifierKey(key), key);
  }
  const quorum = witnesses ?? keys.size;
  if (quorum > keys.size) {
    throw new GateError("usage", `${quorum} witnesses are asked for, and ${keys.size} are named`, {
      hint: "Name each with --witness.",
    });
  }
  return keys.size === 0 ? undefined : { keys: [...keys.values()], quorum };
}
