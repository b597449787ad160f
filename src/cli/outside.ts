import { resolve } from "node:path";
import type { OutsideOptions, WitnessQuorum } from "../audit/anchor/held.ts";
import type { AnchorReading } from "../audit/anchor/read.ts";
import { formatVerifierKey, type NoteKey } from "../audit/note.ts";
import { GateError } from "../util/errors.ts";
import type { CommandContext } from "./context.ts";
import { openLogKey } from "./log-flags.ts";

/** What others keep of a log, for its verification. */
export interface OutsideFlags {
  readonly anchor: readonly string[];
  /** Verifier keys, or files that hold one. */
  readonly witness: readonly string[];
  readonly witnesses?: number;
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
  logKey: NoteKey | undefined,
  context: CommandContext,
): Promise<OutsideOptions & Required<Pick<OutsideOptions, "expect">>> {
  const quorum = witnessQuorum(flags, context);
  const timeStampers = flags.tsaCa === undefined ? undefined : await openTimeStampers(flags.tsaCa, context);
  const { trees, checkpoints, problems } = await readGivenAnchors(flags.anchor, logKey, context);
  return {
    expect: trees,
    anchorProblems: problems,
    ...(quorum === undefined ? {} : { witnesses: { ...quorum, checkpoints } }),
    ...(timeStampers === undefined ? {} : { timeStampers }),
  };
}

async function openTimeStampers(path: string, { cwd }: CommandContext): Promise<OutsideOptions["timeStampers"]> {
  return (await import("../audit/anchor/open.ts")).openAuthorities(resolve(cwd, path));
}

async function readGivenAnchors(
  given: readonly string[],
  logKey: NoteKey | undefined,
  { cwd, variables, clock, random }: CommandContext,
): Promise<AnchorReading> {
  if (given.length === 0) return { trees: [], checkpoints: [], problems: [] };
  if (logKey === undefined) {
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
  return readAnchors(sources, logKey);
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
