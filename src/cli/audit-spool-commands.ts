import { type Command, Option } from "commander";
import type { CommandContext } from "./context.ts";
import { collect, notEmpty, positiveInteger, withStore } from "./options.ts";

/** The commands that bring decisions from where they were made to where the log is. */
export function addAuditSpool(audit: Command, context: CommandContext): void {
  withStore(audit.command("spool"))
    .description("write decisions of a log to a file, for another log to collect")
    .argument("<folder>", "folder for the file")
    .addOption(new Option("-n, --last <count>", "only the newest, at most this many").argParser(positiveInteger))
    .option("--key <file>", "sign it with a key of `gate key generate`", notEmpty)
    .action(async (folder: string, options) => (await import("./commands/spool.ts")).spool(folder, options, context));
  withStore(audit.command("collect"))
    .description("append decisions that were spooled, each once")
    .argument("<file...>", "files of `gate check --audit-spool` or `gate audit spool`")
    .option("--public-key <file>", "a key that may have signed them; may be repeated", collect, [])
    .option("--allow-unsigned", "take what nobody signed; the log says so", false)
    .option("--json", "one JSON object a line", false)
    .action(async (files: string[], options) =>
      (await import("./commands/spool.ts")).collectSpooled(files, options, context),
    );
}
