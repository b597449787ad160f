import { type Command, Option } from "commander";
import type { CommandContext } from "./context.ts";
import { collect, notEmpty, percent } from "./options.ts";

/** The commands of `gate policy`. */
export function addPolicy(program: Command, context: CommandContext): void {
  const policy = program.command("policy").description("work on policies");
  addList(policy, context);
  addTest(policy, context);
  addShow(policy, context);
  addDoc(policy, context);
  addImpact(policy, context);
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

function addImpact(policy: Command, context: CommandContext): void {
  policy
    .command("impact")
    .description("re-evaluate recorded decisions with other policies, and say which would flip and why")
    .option("--policy <folder>", "instead of policy.paths of gate.yaml; may be repeated", collect, [])
    .option("--no-builtin", "without the gates that ship with gate")
    .option("--since <time>", "only decisions since then: 90d, 12h or YYYY-MM-DD", notEmpty, "90d")
    .option("-e, --env <name>", "only decisions for this environment", notEmpty)
    .option("--store <file>", "audit store (default: audit.store of gate.yaml)", notEmpty)
    .option("-c, --config <file>", "configuration (default: gate.yaml here or above)", notEmpty)
    .addOption(
      new Option("-f, --format <format>", "what to print").choices(["human", "json", "markdown"]).default("human"),
    )
    .option("-o, --output <format=path>", "write to a file instead; may be repeated", collect, [])
    .addOption(
      new Option("--fail-on <what>", "exit 1 where a verdict would flip, or a decision newly be blocked").choices([
        "flip",
        "block",
      ]),
    )
    .action(async (options) => (await import("./commands/policy/impact.ts")).impact(options, context));
}

function addShow(policy: Command, context: CommandContext): void {
  policy
    .command("show")
    .description("show everything about one gate")
    .argument("<gate>", "id of a gate")
    .option("-c, --config <file>", "configuration (default: gate.yaml here or above)", notEmpty)
    .action(async (id: string, options) => (await import("./commands/policy/show.ts")).show(id, options, context));
}

function addDoc(policy: Command, context: CommandContext): void {
  policy
    .command("doc")
    .description("write a page for each gate, with its examples as they come out")
    .argument("[folder...]", "policy folders (default: those of gate.yaml)")
    .option("-o, --output <folder>", "folder of the pages", notEmpty, "docs/gates")
    .option("--check", "write nothing; exit 1 where a page is stale, missing or of no gate", false)
    .action(async (folders: string[], options) =>
      (await import("./commands/policy/doc.ts")).doc(folders, options, context),
    );
}
