import { type Command, Option } from "commander";
import { LINE_FORMATS } from "../audit/export/formats.ts";
import { ENTRY_KINDS } from "../audit/store.ts";
import type { CommandContext } from "./context.ts";
import { collect, notEmpty, positiveInteger, withStore } from "./options.ts";

/** The commands for whoever runs an audit store: copies of it, and its health. */
export function addAuditOperations(audit: Command, context: CommandContext): void {
  addExport(audit, context);
  addBackup(audit, context);
  addDoctor(audit, context);
}

function addExport(audit: Command, context: CommandContext): void {
  const formats = Object.entries(LINE_FORMATS).map(([name, { description }]) => `${name} (${description})`);
  withStore(audit.command("export"))
    .description("write the log for other programs and for whoever wants to verify it without gate")
    .addOption(
      new Option("-f, --format <format>", `${formats.join(", ")}, tiles (a C2SP tlog-tiles directory)`)
        .choices([...Object.keys(LINE_FORMATS), "tiles"])
        .default("ndjson"),
    )
    .option("-o, --output <path>", "a file, or the folder for tiles (default: print)", notEmpty)
    .option("--since <time>", "only what was recorded on this day or later, YYYY-MM-DD or RFC 3339", notEmpty)
    .option("--until <time>", "only what was recorded up to and with this day or time", notEmpty)
    .addOption(new Option("-n, --last <count>", "only the newest, at most this many").argParser(positiveInteger))
    .option("--kind <kind>", `only these entries, may be repeated: ${ENTRY_KINDS.join(", ")}`, collect, [])
    .option("--documents", "with decisions, evidence and policies in full (ndjson)", false)
    .action(async (options) => (await import("./commands/audit-export.ts")).exportLog(options, context));
}

function addBackup(audit: Command, context: CommandContext): void {
  withStore(audit.command("backup"))
    .description("copy the store into a new file, and verify the copy")
    .requiredOption("-o, --output <file>", "the copy; it must not be there yet", notEmpty)
    .action(async (options) => (await import("./commands/audit-backup.ts")).backup(options, context));
}

function addDoctor(audit: Command, context: CommandContext): void {
  withStore(audit.command("doctor"))
    .description("look for what would lose or refuse a decision; exit 0 all well, 1 something is wrong, 2 cannot tell")
    .option("--json", "print the report as JSON", false)
    .action(async (options) => (await import("./commands/audit-doctor.ts")).doctor(options, context));
}
