import { type Command, Option } from "commander";
import type { CommandContext } from "./context.ts";
import { notEmpty, percent } from "./options.ts";

/** The commands of `gate policy`. */
export function addPolicy(program: Command, context: CommandContext): void {
  const policy = program.command("policy").description("work on policies");
  addList(policy, context);
  addTest(policy, context);
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
