import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseCheckpointLine } from "../audit/checkpoint.ts";
import { NoteError, type NoteKey, readVerifierKey } from "../audit/note.ts";
import type { TreeHead } from "../audit/store.ts";
import { GateError } from "../util/errors.ts";
import type { CommandContext } from "./context.ts";

/**
 * A checkpoint that somebody kept, as `gate check` prints it.
 *
 * @throws {GateError} `usage`
 */
export function requireCheckpoint(line: string): TreeHead {
  const head = parseCheckpointLine(line);
  if (head !== undefined) return head;
  throw new GateError("usage", "--checkpoint is not a checkpoint", {
    hint: "It is the line `<origin> <size> <root>` that `gate check` printed.",
  });
}

/**
 * The key of a log: a verifier key, or a file that holds one.
 *
 * @throws {GateError} `key-invalid`
 */
export function openLogKey(given: string, context: CommandContext): NoteKey {
  try {
    const file = resolve(context.cwd, given);
    return readVerifierKey(existsSync(file) ? readFileSync(file, "utf8") : given);
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    throw new GateError("key-invalid", `${given} is no verifier key: ${error.message}`, {
      hint: "`gate key show FILE --log ORIGIN` prints it.",
      cause: error,
    });
  }
}
