import { openAuditStore, openExistingStore } from "../../../audit/open.ts";
import { escapeTerminal } from "../../../output/escape.ts";
import { GateError } from "../../../util/errors.ts";
import type { CommandContext } from "../../context.ts";
import { EXIT } from "../../exit-code.ts";
import { guardedPath } from "../../guarded-store.ts";
import type { StoreFlags } from "../../store-path.ts";
import { printLines } from "../../write-file.ts";

/**
 * `gate audit guard`: what this machine remembers of the log, and whether the log still agrees. Exit 1 where it was put back, 2
 * where nothing is remembered, or of another log.
 */
export async function guard(flags: StoreFlags & { readonly accept: boolean }, context: CommandContext): Promise<void> {
  const { path, guard: head } = await guardedPath(flags, context);
  if (head === undefined) {
    throw new GateError("usage", "gate.yaml turns the guard off", { hint: "Set `audit.guard: true`." });
  }
  if (flags.accept) {
    const store = await openAuditStore({ path, mode: "read" });
    try {
      await head.accept(store);
      const { origin, size, root } = await store.head();
      printLines(context, `Noted: ${origin} ${size} ${root}`, `in ${head.path}`);
    } finally {
      await store.close();
    }
    return;
  }
  const noted = head.noted();
  if (noted === undefined) {
    printLines(context, `Nothing is noted of this log in ${head.path}`);
    context.exit(EXIT.noAnswer);
    return;
  }
  const store = await openExistingStore({ path, mode: "read" });
  try {
    const problem = await head.check(store);
    const { origin, size, root } = noted;
    printLines(
      context,
      problem ?? "The log goes on from what was noted:",
      `${origin} ${size} ${root}`,
      `in ${head.path}`,
    );
    if (problem !== undefined) context.exit(EXIT.noAnswer);
  } catch (error) {
    if (!(error instanceof GateError) || error.code !== "audit-rolled-back") throw error;
    context.err(`${escapeTerminal(error.message)}\n`);
    context.exit(EXIT.negative);
  } finally {
    await store?.close();
  }
}
