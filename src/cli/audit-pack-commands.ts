import { type Command, Option } from "commander";
import type { CommandContext } from "./context.ts";
import { collect, notEmpty, positiveInteger, withStore } from "./options.ts";

/** The command that puts a part of the log into one file for an auditor. */
export function addAuditPack(audit: Command, context: CommandContext): void {
  withStore(audit.command("pack"))
    .description("write decisions with all that they were made from, and proofs, into one file for an auditor")
    .requiredOption("-o, --output <file>", "the pack, a ZIP file", notEmpty)
    .option("--since <time>", "from the first entry of this day or later, YYYY-MM-DD or RFC 3339", notEmpty)
    .option("--until <time>", "up to the last entry of this day or time, or earlier", notEmpty)
    .addOption(new Option("-n, --last <count>", "from the newest decisions on, so many").argParser(positiveInteger))
    .option("--entry <decision>", "only this one: index, id or the first characters; may be repeated", collect, [])
    .option("--repository <name>", "only what is about this repository", notEmpty)
    .option("--log-key <file>", "sign the newest tree with the log's private key (default: the newest kept)", notEmpty)
    .option("--without-evidence", "leave evidence documents out; their digests stay", false)
    .option("--attestation <file>", "put an attestation in as well; may be repeated", collect, [])
    .action(async (options) => (await import("./commands/audit/pack.ts")).pack(options, context));
}
