import type { EvidenceDocument } from "../../../evidence/types.ts";
import { type EvidenceRequest, ingest, parseEvidenceFlag, parseExitCodeFlag } from "../../../ingest/index.ts";
import { DEFAULT_LIMITS } from "../../../util/limits.ts";
import type { CommandContext } from "../../context.ts";

/** The options of every command that reads evidence. */
export interface ReadFlags {
  /** The only reader that may take the files. */
  readonly format?: string;
  readonly exitCode: readonly string[];
  readonly keepRaw: boolean;
}

/** The documents of some files, as a check would read them. */
export async function readDocuments(
  sources: readonly string[],
  flags: ReadFlags,
  context: CommandContext,
): Promise<readonly EvidenceDocument[]> {
  const { cwd, stdin } = context;
  const requests = sources.map((source): EvidenceRequest => {
    const request = parseEvidenceFlag(source, "argument");
    return flags.format === undefined ? request : { ...request, format: flags.format };
  });
  const { documents } = await ingest(requests, {
    cwd,
    limits: DEFAULT_LIMITS,
    stdin,
    root: cwd,
    keepRaw: flags.keepRaw,
    exitCodes: flags.exitCode.map(parseExitCodeFlag),
  });
  return documents;
}
