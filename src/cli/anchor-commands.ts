import { type Command, Option } from "commander";
import type { CommandContext } from "./context.ts";
import { collect, notEmpty, positiveInteger, withStore } from "./options.ts";

/** The command that puts checkpoints where the log is not. */
export function addAnchoring(audit: Command, context: CommandContext): void {
  withStore(audit.command("anchor"))
    .description("put a signed checkpoint where whoever can write the log cannot change it")
    .option(
      "--to <where>",
      "file:, git:, s3-layout:, s3:, witness: or tsa:; may be repeated (default: audit.anchors of gate.yaml)",
      collect,
      [],
    )
    .option("--key <file>", "the log's private key (default: the checkpoint that is kept, if it is of all)", notEmpty)
    .option("--json", "one JSON object a line", false)
    .action(async (options) => (await import("./commands/audit-anchor.ts")).anchor(options, context));
}

/** The options of `gate audit verify` that are about what others keep of the log. */
export function anchored(command: Command): Command {
  return command
    .option("--anchor <where>", "hold the log against all checkpoints there; may be repeated", collect, [])
    .option("--witness <key>", "verifier key of a witness that has to have seen the log; may be repeated", collect, [])
    .addOption(
      new Option("--witnesses <count>", "how many of them are enough (default: all)").argParser(positiveInteger),
    )
    .option(
      "--anchored-within <limit>",
      "how old, or how many, entries may be that nobody else has, as 24h or 100",
      notEmpty,
    )
    .option("--tsa-ca <file>", "certificates of an authority that has to have stamped the log, in PEM", notEmpty);
}
