import { GateError } from "../../util/errors.ts";
import type { KeyChain } from "../keys.ts";
import { NoteError, type NoteKey, signersOfNote } from "../note.ts";
import type { TreeHead } from "../store.ts";
import type { FindingCode } from "../stored.ts";
import { type Checkpoint, readCheckpoint } from "../vouch.ts";
import type { AnchorSource, FoundNote } from "./anchor.ts";

/** A tree that a log has to begin with. */
export interface ExpectedTree extends TreeHead {
  /** Who says so, for messages; default: the checkpoint that was given. */
  readonly source?: string;
}

/** What anchors say of a log, before the log itself is looked at. */
export interface AnchorReading {
  readonly trees: readonly ExpectedTree[];
  readonly checkpoints: readonly Checkpoint[];
  /** What keeps an anchor from being relied on. */
  readonly problems: readonly { readonly code: FindingCode; readonly message: string }[];
}

/** The first of many that are wrong say enough. */
const MOST_PROBLEMS = 10;

/**
 * Reads everything that anchors keep of a log. An anchor that cannot be reached, that has nothing, or that has something
 * else than checkpoints of the log's key is a problem, for it may be what an attacker left of it.
 *
 * @param key of the log, whose name is the log's
 * @param keyOf the key of a tree by its size, for a log whose key gave way to another
 */
export async function readAnchors(
  sources: readonly AnchorSource[],
  key: NoteKey,
  keyOf: KeyChain["keyOf"] = () => key,
): Promise<AnchorReading> {
  const trees: ExpectedTree[] = [];
  const checkpoints: Checkpoint[] = [];
  const problems: { code: FindingCode; message: string }[] = [];
  for (const source of sources) {
    const found = await notesOf(source, key.name);
    if (found instanceof GateError) {
      problems.push({ code: "anchor-unreadable", message: found.message });
      continue;
    }
    let wrong = 0;
    for (const note of found) {
      const checkpoint = checkpointIn(note, key.name, keyOf);
      if (typeof checkpoint !== "string") {
        checkpoints.push(checkpoint);
        trees.push({ ...checkpoint.head, source: source.name });
      } else if (++wrong <= MOST_PROBLEMS) {
        problems.push({ code: "anchor-invalid", message: `${source.name}: ${note.place}: ${checkpoint}` });
      }
    }
    if (found.length === 0) {
      problems.push({ code: "anchor-empty", message: `${source.name} holds no checkpoint of the log ${key.name}` });
    }
  }
  return { trees, checkpoints, problems };
}

async function notesOf(source: AnchorSource, origin: string): Promise<readonly FoundNote[] | GateError> {
  try {
    return await source.read(origin);
  } catch (error) {
    if (error instanceof GateError) return error;
    throw error;
  }
}

/** @returns what is wrong with it, in words, where it is no checkpoint of the log's key */
function checkpointIn(found: FoundNote, origin: string, keyOf: KeyChain["keyOf"]): Checkpoint | string {
  if ("problem" in found) return found.problem;
  const checkpoint = readCheckpoint(found.note);
  if (checkpoint === undefined || checkpoint.head.size === 0) return "it is no checkpoint";
  if (checkpoint.head.origin !== origin) return `it is of the log ${checkpoint.head.origin}`;
  if (found.size !== undefined && found.size !== checkpoint.head.size) {
    return `it is of ${checkpoint.head.size} entries`;
  }
  try {
    const key = keyOf(checkpoint.head.size);
    if (key !== undefined && signersOfNote(checkpoint.note, [key]).length > 0) return checkpoint;
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    return error.message;
  }
  return "the log's key did not sign it";
}
