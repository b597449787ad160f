import type { Command } from "commander";
import type { CommandContext } from "./context.ts";
import { collect, notEmpty, withStore } from "./options.ts";

/** The command that takes a person's data out of the audit store. */
export function addErasure(audit: Command, context: CommandContext): void {
  withStore(audit.command("erase"))
    .description("erase a person's data, and record that; without --yes only say what would go")
    .option("--person <name>", "a name, address or login of the person; may be repeated", collect, [])
    .option("--entry <entry>", "only of this entry, by index or id; without --person of everybody it names", notEmpty)
    .option("--basis <text>", "why, recorded for ever and so without names", notEmpty, "GDPR Art. 17(1)")
    .option("--by <role>", "who erases, not by name (default: the CI run, else the operator of the log)", notEmpty)
    .option("--yes", "erase it", false)
    .option("--dry-run", "erase nothing, which is also what happens without --yes", false)
    .option("--json", "print it as JSON", false)
    .action(async (options) => (await import("./commands/audit/erase.ts")).eraseFromLog(options, context));
}
