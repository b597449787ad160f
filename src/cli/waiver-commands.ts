import type { Command } from "commander";
import type { CommandContext } from "./context.ts";
import { collect, notEmpty, withStore } from "./options.ts";

/** The commands of `gate waiver` and `gate baseline`: what is let through although it is wrong. */
export function addWaivers(program: Command, context: CommandContext): void {
  const waiver = program.command("waiver").description("let violations through for a while, with a reason");
  addAdd(waiver, context);
  addList(waiver, context);
  addCheck(waiver, context);
  addPrune(waiver, context);
  const baseline = program.command("baseline").description("let through what was there before");
  addCreate(baseline, context);
  addShow(baseline, context);
}

function addAdd(waiver: Command, context: CommandContext): void {
  fromRecord(waiver.command("add"))
    .description("write a waiver of what the last decision found into waivers.yaml")
    .argument("[fingerprint]", "of one violation, or its first characters")
    .option("--gate <gate>", "the gate; needed with --rule, --package and --path", notEmpty)
    .option("--rule <rule>", "violations of this rule", notEmpty)
    .option("--package <purl>", "violations in this package, such as pkg:npm/lodash", notEmpty)
    .option("--path <glob>", "violations in these files", notEmpty)
    .requiredOption("--reason <text>", "why it is let through", notEmpty)
    .requiredOption("--ticket <ticket>", "where it is being mended", notEmpty)
    .requiredOption("--owner <name>", "who sees to it", notEmpty)
    .option("--requested-by <name>", "who asks for it (default: user.email of git)", notEmpty)
    .option("--approved-by <name>", "who approves it; may be repeated", collect, [])
    .option("--expires <date>", "last day, YYYY-MM-DD (default: as long as the environment allows)", notEmpty)
    .option("-e, --env <name>", "the environment that it is for (default: that of the decision)", notEmpty)
    .option("--id <id>", "what decisions call it (default: gate, day and number)", notEmpty)
    .action(async (fingerprint: string | undefined, options) =>
      (await import("./commands/waiver/add.ts")).add(fingerprint, options, context),
    );
}

function addList(waiver: Command, context: CommandContext): void {
  withStore(waiver.command("list"))
    .description("list waivers, whether they count, and what they cover by the last decisions")
    .option("-e, --env <name>", "only this environment", notEmpty)
    .action(async (options) => (await import("./commands/waiver/list.ts")).list(options, context));
}

function addCheck(waiver: Command, context: CommandContext): void {
  waiver
    .command("check")
    .description("say which waivers cannot count, for a pull request that changes them; exit 1 where there is one")
    .option("-e, --env <name>", "only this environment", notEmpty)
    .option("-c, --config <file>", "configuration (default: gate.yaml here or above)", notEmpty)
    .action(async (options) => (await import("./commands/waiver/check.ts")).check(options, context));
}

function addPrune(waiver: Command, context: CommandContext): void {
  withStore(waiver.command("prune"))
    .description("remove waivers that have expired from waivers.yaml")
    .option("--unused", "also those that cover nothing in the last decision of every environment", false)
    .option("--dry-run", "only say which", false)
    .action(async (options) => (await import("./commands/waiver/prune.ts")).prune(options, context));
}

function addCreate(baseline: Command, context: CommandContext): void {
  fromRecord(baseline.command("create"))
    .description("write baseline.json from a recorded decision; one that is there can only shrink")
    .option("-e, --env <name>", "the last decision for this environment", notEmpty)
    .action(async (options) => (await import("./commands/baseline/create.ts")).create(options, context));
}

function addShow(baseline: Command, context: CommandContext): void {
  baseline
    .command("show")
    .description("say what is in the baseline, and where it comes from")
    .option("--json", "print the baseline itself", false)
    .option("-c, --config <file>", "configuration (default: gate.yaml here or above)", notEmpty)
    .action(async (options) => (await import("./commands/baseline/show.ts")).show(options, context));
}

function fromRecord(command: Command): Command {
  return withStore(command).option(
    "--decision <decision>",
    "index, id, or the first characters of an id (default: the last)",
    notEmpty,
  );
}
