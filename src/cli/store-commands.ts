import type { Command } from "commander";
import type { CommandContext } from "./context.ts";
import { collect, notEmpty } from "./options.ts";

/** The commands about the audit store as a place, and not about what is in it. */
export function addStoreCommands(audit: Command, context: CommandContext): void {
  audit
    .command("init")
    .description("create an audit log: a file, a ref, or the schema, the rights and a log in a PostgreSQL database")
    .option(
      "--store <location>",
      "a file, a postgres:// URL or git:REMOTE (default: audit.store of gate.yaml)",
      notEmpty,
    )
    .option("-c, --config <file>", "configuration (default: gate.yaml here or above)", notEmpty)
    .option("--origin <name>", "name of the log (default: the repository)", notEmpty)
    .option("--writer <role>", "a role of the database that may append and read; may be repeated", collect, [])
    .option("--reader <role>", "a role of the database that may read; may be repeated", collect, [])
    .option("--pruner <role>", "a role that may append, read and remove documents; may be repeated", collect, [])
    .action(async (options) => (await import("./commands/audit-init.ts")).init(options, context));
}
