import { assessEvidence, bySubjectAlone } from "../../../decision/evidence.ts";
import { escapeTerminal } from "../../../output/escape.ts";
import type { CommandContext } from "../../context.ts";
import { EXIT } from "../../exit-code.ts";
import { type ReadFlags, readDocuments } from "./read.ts";

export interface ValidateFlags extends ReadFlags {
  /** Whether warnings and inconsistencies count as well. */
  readonly strict: boolean;
}

/** `gate evidence validate`: whether files can open a gate. Exit 1 where one cannot. */
export async function validate(
  sources: readonly string[],
  flags: ValidateFlags,
  context: CommandContext,
): Promise<void> {
  for (const document of await readDocuments(sources, flags, context)) {
    const { use, reasons } = assessEvidence(document, bySubjectAlone({ artifacts: [], source: "none" }));
    const { warnings, inconsistencies } = document.quality;
    const doubts = [...inconsistencies, ...warnings].map(({ message, place }) => {
      return place === undefined ? message : `${message} (at ${place})`;
    });
    const good = use === "usable" && (!flags.strict || doubts.length === 0);
    if (!good) context.exit(EXIT.negative);
    const verdict = good ? `good ${document.kind} evidence` : use === "usable" ? "doubtful" : `not usable: ${use}`;
    const lines = [`${document.source.path}: ${verdict}`, ...[...reasons, ...doubts].map((reason) => `  ${reason}`)];
    context.out(lines.map((line) => `${escapeTerminal(line)}\n`).join(""));
  }
}
