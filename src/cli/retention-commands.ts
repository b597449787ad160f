import { type Command, InvalidArgumentError, Option } from "commander";
import { RETAINED_KINDS } from "../config/retention.ts";
import type { CommandContext } from "./context.ts";
import { collect, notEmpty, withStore } from "./options.ts";

/** The commands that end what is kept: documents, and logs. */
export function addRetention(audit: Command, context: CommandContext): void {
  addPrune(audit, context);
  addHolds(audit, context);
  addShard(audit, context);
}

function addPrune(audit: Command, context: CommandContext): void {
  withStore(audit.command("prune"))
    .description("remove documents that are past their time, and record it; without --yes only say what would go")
    .option("--yes", "remove them", false)
    .option("--dry-run", "remove nothing, which is also what happens without --yes", false)
    .addOption(
      new Option("--kind <kind>", `only these, may be repeated: ${RETAINED_KINDS.join(", ")}`)
        .argParser(kinds)
        .default([]),
    )
    .option("--before <date>", "what was recorded before this day, in place of audit.retention, YYYY-MM-DD", notEmpty)
    .option("--override-retention", "also where --before is younger than audit.retention; the log says so", false)
    .option(
      "--by <role>",
      "who removes them, not by name (default: the CI run, else the operator of the log)",
      notEmpty,
    )
    .option("--json", "print it as JSON", false)
    .action(async (options) => (await import("./commands/audit/prune.ts")).pruneLog(options, context));
}

function addHolds(audit: Command, context: CommandContext): void {
  const hold = audit.command("hold").description("keep documents beyond their time, for a case at law");
  withStore(hold.command("add"))
    .description("begin a hold; without a limit it keeps everything")
    .argument("<name>", "a name that no hold in force has")
    .option("--reason <text>", "why", notEmpty)
    .option("--since <date>", "only entries of this day and later, YYYY-MM-DD", notEmpty)
    .option("--until <date>", "only entries up to and with this day, YYYY-MM-DD", notEmpty)
    .option("--repository <name>", "only entries about this repository, or about none that is known", notEmpty)
    .option("--entry <entry>", "only this one: index, id, or the first characters of it; may be repeated", collect, [])
    .option("--by <role>", "who holds, not by name (default: the CI run, else the operator of the log)", notEmpty)
    .action(async (name: string, options) =>
      (await import("./commands/audit/hold.ts")).addHold(name, options, context),
    );
  withStore(hold.command("list"))
    .description("list the holds that are in force")
    .option("--json", "print the list as JSON", false)
    .action(async (options) => (await import("./commands/audit/hold.ts")).listHolds(options, context));
  withStore(hold.command("release"))
    .description("end a hold")
    .argument("<name>", "of a hold in force")
    .requiredOption("--reason <text>", "why", notEmpty)
    .option("--by <role>", "who releases it, not by name (default: the CI run, else the operator of the log)", notEmpty)
    .action(async (name: string, options) =>
      (await import("./commands/audit/hold.ts")).releaseHold(name, options, context),
    );
}

function addShard(audit: Command, context: CommandContext): void {
  withStore(audit.command("shard"))
    .description("close the log and begin the next one, such as that of a new year")
    .requiredOption("--next <location>", "where the next log is, as audit.store of gate.yaml names it", notEmpty)
    .option("--origin <name>", "name of the next log (default: that of this one with the year at its end)", notEmpty)
    .option("--key <file>", "sign the last tree with the log's private key, of `gate key generate`", notEmpty)
    .option("--writer <role>", "a role of the database that may append and read; may be repeated", collect, [])
    .option("--reader <role>", "a role of the database that may read; may be repeated", collect, [])
    .option("--pruner <role>", "a role that may append, read and remove documents; may be repeated", collect, [])
    .action(async (options) => (await import("./commands/audit/shard.ts")).shard(options, context));
}

function kinds(value: string, previous: readonly string[]): readonly string[] {
  if (RETAINED_KINDS.some((kind) => kind === value)) return [...previous, value];
  throw new InvalidArgumentError(`It must be one of ${RETAINED_KINDS.join(", ")}.`);
}
