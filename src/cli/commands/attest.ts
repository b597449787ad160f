import { auditReference } from "../../audit/checkpoint.ts";
import { type AttestingFlags, openAttesting } from "../attesting.ts";
import type { CommandContext } from "../context.ts";
import { decisionEntryOf, recordedDecision } from "../decision-entry.ts";
import { readAt } from "../read-store.ts";
import { refuseTampered } from "../sound-store.ts";
import { type StoreFlags, storePath } from "../store-path.ts";

/** `gate attest`: says of a recorded decision, signed, what it was. */
export async function attestCommand(
  reference: string | undefined,
  flags: StoreFlags & AttestingFlags & { readonly output: readonly string[] },
  context: CommandContext,
): Promise<void> {
  const attesting = openAttesting(flags.output, flags, "--", context);
  const path = await storePath(flags, context);
  await readAt(path, async (store) => {
    // What was changed since must not be signed now.
    await refuseTampered(path, context);
    const entry = await decisionEntryOf(reference, store);
    const { decision: recorded, salts } = await recordedDecision(entry, store);
    const head = await store.head(entry.index + 1);
    const decision = {
      ...recorded,
      audit: auditReference({ index: entry.index, leafHash: entry.leafHash, head }, salts),
    };
    if (flags.output.length === 0) context.out(await attesting.text(decision));
    else await attesting.write(decision);
  });
}
