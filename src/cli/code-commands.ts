import type { Command } from "commander";
import type { CommandContext } from "./context.ts";
import { collect, notEmpty } from "./options.ts";

/** The collectors that parse source code, each loaded when it is asked for. */
export function addCodeCollectors(collecting: Command, context: CommandContext): void {
  selecting(collecting.command("docs"))
    .description("which modules and public symbols have a text and examples, for `documentation` evidence")
    .action(async (paths: string[], options) =>
      (await import("./commands/evidence/collect-code.ts")).collectDocs(paths, options, context),
    );
  selecting(collecting.command("code"))
    .description("how complex functions are and how modules depend on each other, for `maintainability` evidence")
    .action(async (paths: string[], options) =>
      (await import("./commands/evidence/collect-code.ts")).collectCode(paths, options, context),
    );
}

function selecting(command: Command): Command {
  return command
    .argument("[path...]", "folders or files of the checkout (default: all of it)")
    .option("--exclude <glob>", "leave these files out as well; may be repeated", collect, [])
    .option(
      "--include <glob>",
      "look at these although they look like tests or generated code; may be repeated",
      collect,
      [],
    )
    .option("-o, --output <file>", "write to a file instead of printing", notEmpty);
}
