import { type Command, Option } from "commander";
import { ENGINES } from "../policy/testing/model.ts";
import { POLICY_TEST_OUTPUTS } from "../report/policy-test/registry.ts";
import type { CommandContext } from "./context.ts";
import { collect, notEmpty, percent } from "./options.ts";

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
  const formats = Object.entries(POLICY_TEST_OUTPUTS).map(([name, { description }]) => `${name} (${description})`);
  policy
    .command("test")
    .description("run policy tests (*_test.rego) and examples (examples.yaml), as a gate runs")
    .argument("[folder...]", "policy folders (default: those of gate.yaml)")
    .option("--run <regex>", "only tests whose name matches", notEmpty)
    .addOption(new Option("--threshold <percent>", "fail below this line coverage").argParser(percent))
    .addOption(
      new Option("--engine <engine>", "where tests run: in OPA's runner, as gates do, or both, which must agree")
        .choices([...ENGINES])
        .default("both"),
    )
    .addOption(
      new Option("-f, --format <format>", "what to print").choices(Object.keys(POLICY_TEST_OUTPUTS)).default("human"),
    )
    .option("-o, --output <format=path>", `also write to a file; formats: ${formats.join(", ")}`, collect, [])
    .option("--watch", "run what a change concerns whenever a file is saved, until Ctrl-C", false)
    .action(async (folders: string[], options) =>
      (await import("./commands/policy/test.ts")).test(folders, options, context),
    );
}
