import { type Command, Option } from "commander";
import type { CommandContext } from "./context.ts";
import { notEmpty } from "./options.ts";

/** The commands of `gate config`. */
export function addConfig(program: Command, context: CommandContext): void {
  const config = program.command("config").description("look at what gate.yaml comes to");
  config
    .command("show")
    .description("print what an environment asks for: every gate, parameter and setting, and where it comes from")
    .requiredOption("-e, --env <name>", "environment of gate.yaml", notEmpty)
    .option("--component <name>", "as it is for a component of gate.yaml", notEmpty)
    .option("-c, --config <file>", "configuration (default: gate.yaml here or above)", notEmpty)
    .option("--json", "print it as JSON", false)
    .action(async (options) => (await import("./commands/config/show.ts")).show(options, context));
  config
    .command("lint")
    .description("prove that each environment is at least as strict as the one before it; exit 1 where one is not")
    .option("-c, --config <file>", "configuration (default: gate.yaml here or above)", notEmpty)
    .addOption(
      new Option("-f, --format <format>", "what to print").choices(["human", "json", "github"]).default("human"),
    )
    .action(async (options) => (await import("./commands/config/lint.ts")).lint(options, context));
}
