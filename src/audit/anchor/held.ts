import { type CompactRange, rootOfRange, toDigest } from "../log.ts";
import { NoteError, type NoteKey, signersOfNote } from "../note.ts";
import type { TreeHead } from "../store.ts";
import type { ReportFinding, StoredLog } from "../stored.ts";
import { type Checkpoint, readCheckpoint } from "../vouch.ts";
import type { AnchorReading, ExpectedTree } from "./read.ts";
import type { Certificate } from "./tsa/certificate.ts";
import type { TimeStamp } from "./tsa/token.ts";

/** A log as far as it has been read. */
export interface LogSoFar {
  /** Undefined before its first entry, and where that is damaged. */
  readonly origin: string | undefined;
  readonly range: CompactRange;
  /** When the newest of the entries was recorded, as it says itself. */
  readonly recordedMs?: number;
}

/** Trees that are held against a log while it is read. */
export interface HeldTrees {
  /** At each of its trees, from the empty one on. */
  verify(log: LogSoFar): void;
  /** At its end. @returns in words, what somebody vouches for */
  end(log: LogSoFar): string | undefined;
}

/** What others keep of a log, or say of it. */
export interface OutsideOptions {
  /** Trees of this log that were noted earlier, outside of the store: the only thing that shows truncation or a rewrite. */
  readonly expect?: readonly ExpectedTree[];
  /** What was wrong with anchors before the log was looked at. */
  readonly anchorProblems?: AnchorReading["problems"];
  readonly witnesses?: WitnessQuorum;
  /** How much may have been recorded since the newest of the expected trees. */
  readonly anchoredWithin?: AnchorAge;
  /** Authorities whose time stamps count; one of them has to have stamped a tree of the log. */
  readonly timeStampers?: readonly Certificate[];
}

/** Entries after the newest tree that somebody else has: at most so many, or none from before a moment. */
export type AnchorAge =
  | { readonly entries: number }
  | { readonly sinceMs: number /** As it was asked for. */; readonly within: string };

/** Witnesses whose word counts. */
export interface WitnessQuorum {
  readonly keys: readonly NoteKey[];
  /** How many of them have to have seen the same tree. */
  readonly quorum: number;
  /** Checkpoints that may hold their cosignatures, besides those that the store keeps. */
  readonly checkpoints: readonly Checkpoint[];
}

/** At most so many of the newest vouchers are looked at; each speaks for everything before it. */
const MOST_VOUCHERS = 1000;

/** Everything that the options say of a log. */
export async function outsideTrees(
  log: Pick<StoredLog, "vouchers">,
  { expect = [], anchorProblems = [], witnesses, timeStampers, anchoredWithin }: OutsideOptions,
  report: ReportFinding,
): Promise<readonly HeldTrees[]> {
  for (const { code, message } of anchorProblems) report(code, message);
  return [
    expectedTrees(expect, report),
    ...(anchoredWithin === undefined ? [] : [recentTrees(expect, anchoredWithin, report)]),
    ...(witnesses === undefined ? [] : [await witnessedTrees(log, witnesses, report)]),
    ...(timeStampers === undefined ? [] : [await stampedTrees(log, timeStampers, report)]),
  ];
}

function expectedTrees(expect: readonly ExpectedTree[], report: ReportFinding): HeldTrees {
  const bySize = Map.groupBy(expect, ({ size }) => size);
  return {
    verify({ range }) {
      for (const tree of wrongAt(bySize, range)) {
        report("root-changed", `the first ${tree.size} entries are not the ones of ${sourceOf(tree)}`);
      }
    },
    end({ origin, range }) {
      if (origin === undefined) return undefined;
      for (const tree of expect) {
        if (tree.origin !== origin) {
          report("other-log", `${sourceOf(tree)} is of the log ${tree.origin}, this is ${origin}`);
        }
        if (tree.size > range.size) {
          report("truncated", `${sourceOf(tree)} is of ${tree.size} entries, the log holds ${range.size}`);
        }
      }
      return undefined;
    },
  };
}

function recentTrees(expect: readonly ExpectedTree[], age: AnchorAge, report: ReportFinding): HeldTrees {
  const newest = expect.reduce((largest, { size }) => Math.max(largest, size), 0);
  /** When the first of the entries after that was recorded. */
  let first: number | undefined;
  return {
    verify({ range, recordedMs }) {
      if (range.size === newest + 1) first = recordedMs;
    },
    end({ range }) {
      const since = range.size - newest;
      if ("entries" in age) {
        if (since <= age.entries) return undefined;
        report("anchor-old", `${since} entries came after the newest checkpoint that was kept elsewhere, of ${newest}`);
      } else if (first !== undefined && first < age.sinceMs) {
        const message = `entry ${newest} is older than ${age.within}, and in no checkpoint that was kept elsewhere`;
        report("anchor-old", message, newest);
      }
      return undefined;
    },
  };
}

function sourceOf({ source, size }: ExpectedTree): string {
  return source === undefined ? "the checkpoint" : `the checkpoint of ${size} entries at ${source}`;
}

/** The trees of this size that are not the log's. */
function wrongAt<T extends TreeHead>(bySize: ReadonlyMap<number, readonly T[]>, range: CompactRange): readonly T[] {
  const trees = bySize.get(range.size) ?? [];
  if (trees.length === 0) return [];
  const root = toDigest(rootOfRange(range));
  return trees.filter((tree) => tree.root !== root);
}

/** A tree that a witness says it has seen. */
interface SeenTree extends TreeHead {
  readonly key: NoteKey;
  /** Seconds since 1970. */
  readonly time: number;
}

async function witnessedTrees(
  log: Pick<StoredLog, "vouchers">,
  { keys, quorum, checkpoints }: WitnessQuorum,
  report: ReportFinding,
): Promise<HeldTrees> {
  const seen: SeenTree[] = [];
  const add = (checkpoint: Checkpoint | undefined, size: number): void => {
    const trees = checkpoint?.head.size === size ? seenTrees(checkpoint, keys) : undefined;
    if (trees === undefined) report("cosignature-invalid", `what is kept as a cosignature of ${size} entries is none`);
    else seen.push(...trees);
  };
  for (const checkpoint of checkpoints) add(checkpoint, checkpoint.head.size);
  let count = 0;
  for await (const { size, material } of log.vouchers("cosignature")) {
    if (++count > MOST_VOUCHERS) break;
    add(readCheckpoint(material), size);
  }
  const bySize = Map.groupBy(seen, ({ size }) => size);
  return {
    verify({ range }) {
      for (const { size, key } of wrongAt(bySize, range)) {
        report("root-changed", `the first ${size} entries are not the ones that the witness ${key.name} has seen`);
      }
    },
    end({ origin, range }) {
      for (const { origin: name, size, key } of seen) {
        if (name !== origin) report("other-log", `the witness ${key.name} has seen the log ${name}`);
        if (size <= range.size) continue;
        report("truncated", `the witness ${key.name} has seen ${size} entries, the log holds ${range.size}`);
      }
      const agreed = largestAgreed(bySize, quorum);
      if (agreed !== undefined) return agreedText(agreed);
      report("witness-missing", `no tree of the log was seen by ${quorum} of the ${keys.length} witnesses`);
      return undefined;
    },
  };
}

/** Undefined where one of the keys is said to have signed it and has not. */
function seenTrees({ head, note }: Checkpoint, keys: readonly NoteKey[]): readonly SeenTree[] | undefined {
  try {
    return signersOfNote(note, keys).flatMap(({ key, time }) => (time === undefined ? [] : [{ ...head, key, time }]));
  } catch (error) {
    if (error instanceof NoteError) return undefined;
    throw error;
  }
}

/** Those that say the same of the largest tree of which enough do. What of it is not the log's is a finding already. */
function largestAgreed(
  bySize: ReadonlyMap<number, readonly SeenTree[]>,
  quorum: number,
): readonly SeenTree[] | undefined {
  for (const [, trees] of [...bySize].toSorted(([a], [b]) => b - a)) {
    for (const same of Map.groupBy(trees, ({ origin, root }) => `${origin} ${root}`).values()) {
      if (new Set(same.map(({ key }) => key)).size >= quorum) return same;
    }
  }
  return undefined;
}

function agreedText(trees: readonly SeenTree[]): string {
  const names = [...new Set(trees.map(({ key }) => key.name))];
  const [{ size, time } = { size: 0, time: 0 }] = trees.toSorted((a, b) => b.time - a.time);
  const when = new Date(time * 1000).toISOString();
  return `The first ${size} entries were seen by ${names.join(", ")}, last at ${when}.`;
}

/** A time stamp of a tree, by whoever made it. */
interface StampedTree extends TimeStamp {
  readonly size: number;
  readonly name: string;
}

async function stampedTrees(
  log: Pick<StoredLog, "vouchers">,
  authorities: readonly Certificate[],
  report: ReportFinding,
): Promise<HeldTrees> {
  // Here, so that whoever has no time stamps never loads a line of it.
  const [{ imprintOf }, { TokenError }, { isTrustedStamp, readToken }] = await Promise.all([
    import("./tsa/client.ts"),
    import("./tsa/der.ts"),
    import("./tsa/token.ts"),
  ]);
  const stamps: StampedTree[] = [];
  let count = 0;
  for await (const { size, name, material } of log.vouchers("timestamp")) {
    if (++count > MOST_VOUCHERS) break;
    try {
      const stamp = readToken(Buffer.from(material));
      // Of others than those who are asked for nobody knows whose word it is.
      if (isTrustedStamp(stamp, authorities)) stamps.push({ ...stamp, size, name });
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      report("timestamp-invalid", `the time stamp of ${size} entries by ${name}: ${error.message}`);
    }
  }
  const bySize = Map.groupBy(stamps, ({ size }) => size);
  return {
    verify({ origin, range }) {
      const given = bySize.get(range.size) ?? [];
      if (given.length === 0) return;
      const imprint = imprintOf({ origin: origin ?? "", size: range.size, root: toDigest(rootOfRange(range)) });
      for (const { size, name, time } of given.filter((stamp) => !stamp.imprint.equals(imprint))) {
        const what = `the first ${size} entries are not the ones`;
        report("root-changed", `${what} that ${name} stamped at ${time.toISOString()}`);
      }
    },
    end({ range }) {
      for (const { size, name } of stamps) {
        if (size <= range.size) continue;
        report("truncated", `${name} stamped ${size} entries, the log holds ${range.size}`);
      }
      const [newest] = stamps;
      if (newest !== undefined) {
        return `The first ${newest.size} entries were there at ${newest.time.toISOString()}, says ${newest.name}.`;
      }
      report("timestamp-missing", "no time stamp is kept that leads to the certificates that were given");
      return undefined;
    },
  };
}
