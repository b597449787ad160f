import type { NoteKey } from "../audit/note.ts";
import type { VerifyOptions } from "../audit/verify.ts";
import { GateError } from "../util/errors.ts";
import type { CommandContext } from "./context.ts";

/** What others keep of a log, for its verification. */
export interface OutsideFlags {
  readonly anchor: readonly string[];
}

type Outside = Required<Pick<VerifyOptions, "expect">> & Pick<VerifyOptions, "anchorProblems">;

/**
 * Reads what others keep of a log.
 *
 * @throws {GateError} `usage`
 */
export async function readOutside(
  flags: OutsideFlags,
  logKey: NoteKey | undefined,
  { cwd, variables, clock, random }: CommandContext,
): Promise<Outside> {
  if (flags.anchor.length === 0) return { expect: [] };
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
    flags.anchor.map(async (text) =>
      openSource(readAnchorLocation(text, { folder: cwd, variables }), { clock, random }),
    ),
  );
  const { trees, problems } = await readAnchors(sources, logKey);
  return { expect: trees, anchorProblems: problems };
}
