import { detectFile } from "../../../ingest/index.ts";
import { escapeTerminal } from "../../../output/escape.ts";
import type { CommandContext } from "../../context.ts";
import { EXIT } from "../../exit-code.ts";

/** `gate evidence detect`: what a file is and why. Exit 1 where one is not recognised. */
export async function detect(files: readonly string[], context: CommandContext): Promise<void> {
  for (const file of files) {
    const { found, attempts } = await detectFile(file, context.cwd);
    if (found === undefined) {
      context.exit(EXIT.negative);
      context.out(`${escapeTerminal(file)}: not recognised\n`);
      for (const { adapter, reason } of attempts) context.out(`  not ${adapter.id}: ${escapeTerminal(reason)}\n`);
      continue;
    }
    const { adapter, confidence, reason, kind = "any" } = found;
    context.out(
      `${escapeTerminal(file)}: ${adapter.title} (${adapter.id}), ${kind} evidence, ${confidence}: ${escapeTerminal(reason)}\n`,
    );
  }
}
