import { type Command, Option } from "commander";
import type { CommandContext } from "./context.ts";
import { notEmpty, positiveInteger, withStore } from "./options.ts";

/** The commands that look back at recorded decisions, each loaded when it is asked for. */
export function addRecordCommands(program: Command, context: CommandContext): void {
  addReplay(program, context);
  addExplain(program, context);
}

function addReplay(program: Command, context: CommandContext): void {
  withStore(program.command("replay"))
    .description("make a recorded decision again from the record, and compare the bytes")
    .argument("[decision]", "index, id, or the first characters of an id (default: the last decision)")
    .option("--all", "replay every decision", false)
    .addOption(new Option("-n, --last <count>", "replay the newest ones, at most this many").argParser(positiveInteger))
    .option("--json", "print the result as JSON", false)
    .action(async (reference: string | undefined, options) =>
      (await import("./commands/replay.ts")).replay(reference, options, context),
    );
}

function addExplain(program: Command, context: CommandContext): void {
  withStore(program.command("explain"))
    .description("say why a recorded decision came out as it did, and what would open its gates")
    .argument("[what]", "a gate, the start of a fingerprint, or a decision (default: the last decision)")
    .option("--decision <decision>", "the decision that has the gate or fingerprint (default: the last)", notEmpty)
    .option("--all", "everything, instead of some lines", false)
    .option("--json", "print it as JSON", false)
    .action(async (what: string | undefined, options) =>
      (await import("./commands/explain.ts")).explainCommand(what, options, context),
    );
}
