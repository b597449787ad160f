import { resolve } from "node:path";
import { checkpointLine } from "../../audit/checkpoint.ts";
import { backupStore } from "../../audit/sqlite/backup.ts";
import { escapeTerminal } from "../../output/escape.ts";
import type { CommandContext } from "../context.ts";
import { type StoreFlags, storeFile } from "../store-path.ts";

/** `gate audit backup`: a copy of the store, verified before anything is said of it. */
export async function backup(flags: StoreFlags & { readonly output: string }, context: CommandContext): Promise<void> {
  const target = resolve(context.cwd, flags.output);
  const { bytes, head, pruned } = await backupStore(await storeFile(flags, context), target);
  context.out(
    `Copied ${head.size === 1 ? "1 entry" : `${head.size} entries`}, ${bytes} bytes, and verified the copy.\n`,
  );
  if (pruned) context.out("Documents that were deleted from the log are not in the copy either.\n");
  context.out(`Checkpoint: ${escapeTerminal(checkpointLine(head))}\n`);
}
