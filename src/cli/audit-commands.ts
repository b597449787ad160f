import type { Command } from "commander";
import type { CommandContext } from "./context.ts";
import { notEmpty, withStore } from "./options.ts";

/** The commands that prove what is in the log to people who do not have it. */
export function addProofs(audit: Command, context: CommandContext): void {
  signing(audit.command("checkpoint"))
    .description("sign the log's newest tree, and keep the checkpoint beside the log")
    .option("--key <file>", "the log's private key, of `gate key generate`", notEmpty)
    .action(async (options) => (await import("./commands/audit/proof.ts")).checkpoint(options, context));
  signing(audit.command("prove"))
    .description("print the receipt of a decision: it proves itself without the log")
    .argument("<decision>", "index, id, or the first characters of an id")
    .option("--key <file>", "sign the newest tree for it (default: the newest checkpoint that is kept)", notEmpty)
    .action(async (reference: string, options) =>
      (await import("./commands/audit/proof.ts")).prove(reference, options, context),
    );
  withStore(
    audit
      .command("guard")
      .description("what this machine remembers of the log's head, and whether the log still agrees")
      .option("--accept", "note the head that the log has now, as after an older copy was restored on purpose", false),
  ).action(async (options) => (await import("./commands/audit/guard.ts")).guard(options, context));
}

function signing(command: Command): Command {
  return withStore(command.option("-o, --output <file>", "write it to a file instead", notEmpty));
}
