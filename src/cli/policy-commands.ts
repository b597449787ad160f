import { type Command, Option } from "commander";
import type { CommandContext } from "./context.ts";
import { collect, notEmpty, percent, positiveInteger } from "./options.ts";

/** The commands of `gate policy`. */
export function addPolicy(program: Command, context: CommandContext): void {
  const policy = program.command("policy").description("work on policies");
  addList(policy, context);
  addTest(policy, context);
  addMutate(policy, context);
}

function addList(policy: Command, context: CommandContext): void {
  policy
    .command("list")
    .description("list the gates with their parameters")
    .option(
      "-c, --config <file>",
      "configuration (default: gate.yaml here or above, else the gates that ship with gate)",
      notEmpty,
    )
    .action(async (options) => (await import("./commands/policy/list.ts")).list(options, context));
}

function addTest(policy: Command, context: CommandContext): void {
  policy
    .command("test")
    .description("run policy unit tests (*_test.rego) with coverage")
    .argument("[folder...]", "policy folders (default: those of gate.yaml)")
    .option("--run <regex>", "only tests whose name matches", notEmpty)
    .addOption(new Option("--threshold <percent>", "fail below this line coverage").argParser(percent))
    .action(async (folders: string[], options) =>
      (await import("./commands/policy/test.ts")).test(folders, options, context),
    );
}

function addMutate(policy: Command, context: CommandContext): void {
  policy
    .command("mutate")
    .description("change policies in small ways and say which changes no test notices")
    .argument("[folder...]", "policy folders (default: those of gate.yaml)")
    .option("--file <text>", "only mutate files whose path has this in it; may be repeated", collect, [])
    .option("--mutator <name>", "only mutants of this kind; may be repeated", collect, [])
    .option("--run <regex>", "only tests whose name matches", notEmpty)
    .addOption(new Option("--threshold <percent>", "fail below this score").argParser(percent))
    .addOption(
      new Option("--concurrency <count>", "mutants tested at the same time (default: one for each CPU)").argParser(
        positiveInteger,
      ),
    )
    .addOption(new Option("-f, --format <format>", "what to print").choices(["text", "json", "html"]).default("text"))
    .option("-o, --output <format=path>", "write to a file as well; may be repeated", collect, [])
    .action(async (folders: string[], options) =>
      (await import("./commands/policy/mutate.ts")).mutate(folders, options, context),
    );
}
