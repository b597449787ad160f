import type { Command } from "commander";
import type { CommandContext } from "./context.ts";
import { collect, notEmpty } from "./options.ts";

/** The collectors that read the files of a checkout, each loaded when it is asked for. */
export function addInventoryCommands(collecting: Command, context: CommandContext): void {
  withPaths(collecting.command("repo"))
    .description("the files of the checkout, their links, changelogs and pins, for `repository` evidence")
    .action(async (options) => (await import("./commands/evidence/inventory.ts")).collectRepo(options, context));
  withPaths(collecting.command("dockerfile"))
    .description("what the Dockerfiles of the checkout say, for `dockerfile` evidence")
    .action(async (options) => (await import("./commands/evidence/inventory.ts")).collectDockerfile(options, context));
}

function withPaths(command: Command) {
  return command
    .option("--path <path>", "only this folder or file; may be repeated", collect, [])
    .option("-o, --output <file>", "write to a file instead of printing", notEmpty);
}
