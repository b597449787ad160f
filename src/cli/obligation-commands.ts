import { type Command, Option } from "commander";
import type { CommandContext } from "./context.ts";
import { collect, notEmpty, withStore } from "./options.ts";

/** The commands about the reviews that emergency bypasses owe. */
export function addObligationCommands(program: Command, context: CommandContext): void {
  withStore(program.command("obligations"))
    .description("list the reviews that emergency bypasses owe")
    .option("--overdue", "only those that should have been done; exit 1 where there is one", false)
    .option("--json", "print the list as JSON", false)
    .action(async (options) => (await import("./commands/obligations.ts")).obligations(options, context));
  withStore(program.command("review"))
    .description("record the review of an emergency bypass, which closes what it owes")
    .argument("<decision>", "id of the bypassed decision, or its first characters")
    .addOption(
      new Option("--outcome <outcome>", "what came of it")
        .choices(["justified", "not-justified"])
        .makeOptionMandatory(),
    )
    .requiredOption("--findings <text>", "what was found", notEmpty)
    .option("--action <text>", "what is to be done about it; may be repeated", collect, [])
    .option("--reviewer <name>", "who looked at it (default: user.email of git)", notEmpty)
    .action(async (reference: string, options) =>
      (await import("./commands/obligations.ts")).review(reference, options, context),
    );
}
