import { type Command, Option } from "commander";
import type { CommandContext } from "./context.ts";
import { collect, notEmpty } from "./options.ts";

/** What a deployment can have come to, as somebody says it. */
const OUTCOMES = ["success", "failure", "in-progress", "inactive"] as const;

/** The commands that make evidence of what a job does itself, each loaded when it is asked for. */
export function addEvidenceRecording(evidence: Command, context: CommandContext): void {
  const record = evidence.command("record").description("write evidence of what a job has done");
  addBuild(record, context);
  addDeployment(record, context);
  addRun(evidence, context);
}

function addBuild(record: Command, context: CommandContext): void {
  made(record.command("build"))
    .description("evidence of a build that has ended")
    .requiredOption("--name <name>", "what was built, or by which job", notEmpty)
    .requiredOption("--exit-code <code>", "with which code it ended", notEmpty)
    .option("--started <time>", "when it began (RFC 3339)", notEmpty)
    .option("--finished <time>", "when it ended (RFC 3339; default: now)", notEmpty)
    .option("-o, --output <file>", "write to a file instead of printing", notEmpty)
    .action(async (options) => (await import("./commands/evidence/record.ts")).recordBuild(options, context));
}

function addDeployment(record: Command, context: CommandContext): void {
  record
    .command("deployment")
    .description("evidence of a deployment: who, what, when and why")
    .requiredOption("-e, --env <name>", "where to", notEmpty)
    .requiredOption("--actor <name>", "who asked for it", notEmpty)
    .requiredOption("--reason <text>", "why", notEmpty)
    .addOption(new Option("--outcome <outcome>", "how it ended").choices([...OUTCOMES]).makeOptionMandatory())
    .option("--id <id>", "what it is called (default: environment and start)", notEmpty)
    .option("--service <name>", "what was deployed", notEmpty)
    .option("--release <version>", "which version", notEmpty)
    .option("--commit <id>", "which commit", notEmpty)
    .option("--artifact <digest or purl>", "which artifact", notEmpty)
    .option("--ref <ref>", "which branch or tag", notEmpty)
    .option("--started <time>", "when it began (RFC 3339; default: now)", notEmpty)
    .option("--finished <time>", "when it ended (RFC 3339; default: now, where it has)", notEmpty)
    .option("--rollback", "it takes an earlier one back", false)
    .option("-o, --output <file>", "write to a file instead of printing", notEmpty)
    .action(async (options) => (await import("./commands/evidence/record.ts")).recordDeployment(options, context));
}

function addRun(evidence: Command, context: CommandContext): void {
  made(evidence.command("run"))
    .description("run a command, write evidence of how it went, and end with its exit code")
    .argument("<command...>", "the command and its arguments, after --")
    .requiredOption("-o, --output <file>", "where the evidence goes", notEmpty)
    .addOption(
      new Option("--kind <kind>", "build, or attestation for a command that verifies signatures")
        .choices(["build", "attestation"])
        .default("build"),
    )
    .option("--name <name>", "what was built (default: the command)", notEmpty)
    .action(async (command: string[], options) =>
      (await import("./commands/evidence/run.ts")).runRecorded(command, options, context),
    );
}

/** The options of what says what was made and of which commit. */
function made(command: Command): Command {
  return command
    .option("--artifact <path or name@digest>", "what it made; may be repeated", collect, [])
    .option("--warnings <count>", "how many warnings the compiler gave", notEmpty)
    .option("--commit <id>", "the commit (default: from the CI service or git)", notEmpty)
    .option("--repository <name>", "the repository (default: from the CI service)", notEmpty);
}
