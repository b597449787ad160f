import type { CommandContext } from "../../context.ts";
import { writeOutput } from "../../write-file.ts";
import { type ReadFlags, readDocuments } from "./read.ts";

export interface NormalizeFlags extends ReadFlags {
  readonly output?: string;
}

/** `gate evidence normalize`: files as evidence, one JSON document a line. */
export async function normalize(
  sources: readonly string[],
  flags: NormalizeFlags,
  context: CommandContext,
): Promise<void> {
  const documents = await readDocuments(sources, flags, context);
  const lines = documents.map((document) => `${JSON.stringify(document)}\n`);
  if (flags.output === undefined) for (const line of lines) context.out(line);
  else await writeOutput(context.cwd, flags.output, lines.join(""));
}
