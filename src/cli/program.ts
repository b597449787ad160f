import { Command, CommanderError, Option } from "commander";
import { INTEGRITY_LEVELS } from "../decision/types.ts";
import { DECLARED_EVIDENCE } from "../evidence/declared.ts";
import { OUTPUTS, SIGNED_OUTPUTS } from "../output/registry.ts";
import { addAnchoring, anchored } from "./anchor-commands.ts";
import { addAttestationCommands, attesting } from "./attestation-commands.ts";
import { addProofs } from "./audit-commands.ts";
import { addAuditOperations } from "./audit-operation-commands.ts";
import { addAuditPack } from "./audit-pack-commands.ts";
import { addAuditSpool } from "./audit-spool-commands.ts";
import { addCodeCollectors } from "./code-commands.ts";
import { addContentCollector, addForgeCollectors } from "./collector-commands.ts";
import { addConfig } from "./config-commands.ts";
import type { CommandContext } from "./context.ts";
import { addErasure } from "./erasure-commands.ts";
import { addEvidenceRecording } from "./evidence-record-commands.ts";
import { EXIT } from "./exit-code.ts";
import { addInventoryCommands } from "./inventory-commands.ts";
import { addObligationCommands } from "./obligation-commands.ts";
import { collect, notEmpty, positiveInteger, withStore } from "./options.ts";
import { addPolicy } from "./policy-commands.ts";
import { addRecordCommands } from "./record-commands.ts";
import { reportError } from "./report-error.ts";
import { addRetention } from "./retention-commands.ts";
import { addStoreCommands } from "./store-commands.ts";
import { addTrust } from "./trust-commands.ts";
import { addWaivers } from "./waiver-commands.ts";

/** Runs the program with some arguments. Never throws and never ends the process; it sets the exit code. */
export async function runProgram(args: readonly string[], context: CommandContext): Promise<void> {
  const debug = args.includes("--debug");
  try {
    await createProgram(context).parseAsync(args, { from: "user" });
  } catch (error) {
    // Commander has written its message already.
    if (error instanceof CommanderError) context.exit(error.exitCode === 0 ? EXIT.ok : EXIT.noAnswer);
    else reportError(error, context, debug);
  }
}

/** The command line, for running and for documentation. */
export function createProgram(context: CommandContext): Command {
  const program = new Command("gate")
    .description("Policy-as-code gates over the evidence that a CI run leaves behind, with a tamper-evident record.")
    .version(context.installation.version)
    .option("--debug", "show the stack of an error")
    .exitOverride()
    .configureOutput({ writeOut: (text) => context.out(text), writeErr: (text) => context.err(text) })
    .showHelpAfterError("(run with --help for the options)");
  addCheck(program, context);
  addInit(program, context);
  addEvidence(program, context);
  addPolicy(program, context);
  addConfig(program, context);
  addAudit(program, context);
  addTrust(program, context);
  addObligationCommands(program, context);
  addReport(program, context);
  addRecordCommands(program, context);
  addAttestationCommands(program, context);
  addWaivers(program, context);
  addVersion(program, context);
  return program;
}

function addCheck(program: Command, context: CommandContext): void {
  const outputs = { ...OUTPUTS, ...SIGNED_OUTPUTS };
  const formats = Object.entries(outputs).map(([name, { description }]) => `${name} (${description})`);
  attesting(program.command("check"))
    .description("decide whether the evidence lets a release into an environment, and record the decision")
    .argument("[file...]", "documents for --conftest: files, folders, globs or -")
    .requiredOption("-e, --env <name>", "environment of gate.yaml", notEmpty)
    .option("-c, --config <file>", "configuration (default: gate.yaml here or above)", notEmpty)
    .option("--component <name>", "only this component of gate.yaml; may be repeated", collect, [])
    .option("--affected <range>", "only the components that a change touches, such as origin/main..HEAD", notEmpty)
    .option(
      "--policy-ref <revision>",
      "read everything that decides from here (default: in a pull request the branch it goes to, else the work tree)",
      notEmpty,
    )
    .option(
      "--evidence <[kind[:format]=]path>",
      `more evidence; a file, folder, glob or -; kinds: ${Object.keys(DECLARED_EVIDENCE).join(", ")}`,
      collect,
      [],
    )
    .option(
      "--exit-code <[path=]code>",
      "with which code the tool that wrote a file ended; may be repeated",
      collect,
      [],
    )
    .option("--keep-raw", "keep text that may hold secrets or personal data; the decision says so", false)
    .option("--conftest <path>", "policies of Conftest, a folder or file, to ask about the documents", collect, [])
    .option("--conftest-data <path>", "JSON or YAML for them, a folder or file; may be repeated", collect, [])
    .option("--conftest-namespace <name>", "packages of them to ask, or a glob (default: main)", collect, [])
    .option("--conftest-parser <name>", "the parser for all documents (default: by the name of each)", notEmpty)
    .option("--conftest-combine", "give them all documents as one input", false)
    .option("--commit <id>", "the commit that is gated (default: from the CI service or git)", notEmpty)
    .option("--repository <name>", "the repository that is gated", notEmpty)
    .option("--ref <ref>", "the branch or tag that is gated", notEmpty)
    .option("--artifact <[name@]digest>", "an artifact that is gated", collect, [])
    .addOption(new Option("-f, --format <format>", "what to print").choices(Object.keys(OUTPUTS)).default("human"))
    .option("-o, --output <format=path>", `also write to a file; formats: ${formats.join(", ")}`, collect, [])
    .addOption(
      new Option("--require-integrity <level>", "ask for more than the environment does").choices([
        ...INTEGRITY_LEVELS,
      ]),
    )
    .option("--key <file>", "sign the decision with a key of `gate key generate`; needed for `sealed`", notEmpty)
    .option("--log-key <file>", "sign the log's tree with its private key, which makes receipts", notEmpty)
    .option("--store <file>", "audit store (default: audit.store of gate.yaml)", notEmpty)
    .option("--audit-spool <folder>", "record to a file, for `gate audit collect` to append to the log", notEmpty)
    .option("--no-audit", "do not record the decision; refused where the environment requires it")
    .addOption(new Option("--time-limit <ms>", "for one gate, in milliseconds").argParser(positiveInteger))
    .action(async (documents: string[], options) =>
      (await import("./commands/check.ts")).check(documents, options, context),
    );
}

function addInit(program: Command, context: CommandContext): void {
  program
    .command("init")
    .description("write a gate.yaml with comments")
    .option("--force", "replace the file that is there", false)
    .action(async (options) => (await import("./commands/init.ts")).init(options, context));
}

function addEvidence(program: Command, context: CommandContext): void {
  const evidence = program.command("evidence").description("look at evidence files");
  evidence
    .command("detect")
    .description("say what a file is, and what would be read from it")
    .argument("<file...>", "files")
    .action(async (files: string[]) => (await import("./commands/evidence/detect.ts")).detect(files, context));
  evidence
    .command("formats")
    .description("list the formats that can be read")
    .action(async () => (await import("./commands/evidence/formats.ts")).formats(context));
  reading(evidence.command("show"))
    .description("say what a check would know of some files")
    .argument("<[kind[:format]=]path...>", "files, folders, globs or -")
    .option("--all", "show every item, not only the first", false)
    .option("--json", "print the normalised evidence, one JSON document a line", false)
    .action(async (sources: string[], options) =>
      (await import("./commands/evidence/show.ts")).show(sources, options, context),
    );
  reading(evidence.command("normalize"))
    .description("print files as evidence, one JSON document a line")
    .argument("<[kind[:format]=]path...>", "files, folders, globs or -")
    .option("-o, --output <file>", "write to a file instead", notEmpty)
    .action(async (sources: string[], options) =>
      (await import("./commands/evidence/normalize.ts")).normalize(sources, options, context),
    );
  reading(evidence.command("validate"))
    .description("say whether files can open a gate; exit 1 where one cannot")
    .argument("<[kind[:format]=]path...>", "files, folders, globs or -")
    .option("--strict", "warnings and inconsistencies count as well", false)
    .action(async (sources: string[], options) =>
      (await import("./commands/evidence/validate.ts")).validate(sources, options, context),
    );
  reading(evidence.command("diff"))
    .description("compare two files of one kind: what is new, gone, changed and the same")
    .argument("<before>", "file")
    .argument("<after>", "file")
    .option("--json", "print the difference as JSON", false)
    .action(async (before: string, after: string, options) =>
      (await import("./commands/evidence/diff.ts")).diff(before, after, options, context),
    );
  const collecting = evidence.command("collect").description("make evidence of what no tool leaves behind");
  addInventoryCommands(collecting, context);
  addCodeCollectors(collecting, context);
  collecting
    .command("git")
    .description("the commits, signatures and changed lines between two revisions, for `change` evidence")
    .requiredOption("--base <ref>", "where the change goes to, such as origin/main", notEmpty)
    .option("--head <ref>", "the change", "HEAD")
    .option("-o, --output <file>", "write to a file instead of printing", notEmpty)
    .action(async (options) => (await import("./commands/evidence/collect.ts")).collectGit(options, context));
  addForgeCollectors(collecting, context);
  addContentCollector(collecting, context);
  addEvidenceRecording(evidence, context);
  evidence
    .command("bind")
    .description("write beside evidence files for which commit they were made, in the job that made them")
    .argument("<file...>", "files")
    .option("--commit <id>", "the commit (default: from the CI service or git)", notEmpty)
    .option("--repository <name>", "the repository (default: from the CI service)", notEmpty)
    .option("--exit-code <code>", "with which code the tool that wrote them ended", notEmpty)
    .option("--key <file>", "sign the bindings with a key of `gate key generate`", notEmpty)
    .option("--started <time>", "when the tool began (RFC 3339), for duration targets", notEmpty)
    .action(async (files: string[], options) =>
      (await import("./commands/evidence/bind.ts")).bind(files, options, context),
    );
  evidence
    .command("sign")
    .description("write beside statements the signature of whoever states them")
    .argument("<file...>", "statements")
    .option("--key <file>", "sign with a key of `gate key generate`", notEmpty)
    .option("--ssh-key <file>", "sign with a key of OpenSSH; a .pub file where the agent has the key", notEmpty)
    .action(async (files: string[], options) =>
      (await import("./commands/evidence/sign.ts")).sign(files, options, context),
    );
}

function addAudit(program: Command, context: CommandContext): void {
  const audit = program.command("audit").description("read and verify the record of decisions");
  withStore(audit.command("list"))
    .description("list decisions, newest first")
    .addOption(new Option("-n, --last <count>", "at most this many").argParser(positiveInteger).default(20))
    .option("--json", "one JSON object a line", false)
    .action(async (options) => (await import("./commands/audit.ts")).list(options, context));
  withStore(audit.command("show"))
    .description("show one decision as it was recorded")
    .argument("<decision>", "index, id, or the first characters of an id")
    .addOption(new Option("-f, --format <format>", "what to print").choices(Object.keys(OUTPUTS)).default("human"))
    .action(async (reference: string, options) =>
      (await import("./commands/audit.ts")).show(reference, options, context),
    );
  anchored(withStore(audit.command("verify")))
    .description("recompute every hash; exit 0 good, 1 tampered, 2 cannot tell")
    .option("--checkpoint <checkpoint>", "a checkpoint that was kept elsewhere: '<origin> <size> <root>'", notEmpty)
    .option("--log-key <key>", "the log's verifier key, which has to have signed the newest kept checkpoint", notEmpty)
    .option("--decisions", "make the recorded decisions again, too, and compare the bytes", false)
    .option("--since <time>", "only decisions recorded on this day or later, YYYY-MM-DD or RFC 3339", notEmpty)
    .addOption(new Option("-n, --last <count>", "only the newest decisions").argParser(positiveInteger))
    .option("--previous <store>", "verify the log before it as well, and that this one goes on from it", notEmpty)
    .option("--json", "print the report as JSON", false)
    .action(async (options) => (await import("./commands/audit/verify.ts")).verify(options, context));
  addProofs(audit, context);
  addAnchoring(audit, context);
  addStoreCommands(audit, context);
  addAuditOperations(audit, context);
  addAuditSpool(audit, context);
  addAuditPack(audit, context);
  addRetention(audit, context);
  addErasure(audit, context);
}

function addReport(program: Command, context: CommandContext): void {
  program
    .command("report")
    .description("write a compliance report out of the record")
    .argument("<framework>", "framework: ssdf")
    .addOption(
      new Option("-f, --format <format>", "what to print").choices(["markdown", "html", "json"]).default("markdown"),
    )
    .option("-o, --output <format=path>", "write to a file instead; may be repeated", collect, [])
    .option("--from <date>", "first day of the period, YYYY-MM-DD (default: 90 days before --to)", notEmpty)
    .option("--to <date>", "last day of the period, YYYY-MM-DD (default: today)", notEmpty)
    .option("-e, --env <name>", "only decisions for this environment", notEmpty)
    .option("--store <file>", "audit store (default: audit.store of gate.yaml)", notEmpty)
    .option("-c, --config <file>", "configuration (default: gate.yaml here or above)", notEmpty)
    .action(async (framework: string, options) =>
      (await import("./commands/report.ts")).report(framework, options, context),
    );
}

function addVersion(program: Command, context: CommandContext): void {
  program
    .command("version")
    .description("say what this installation is made of")
    .option("--json", "print it as JSON", false)
    .action(async (options) => (await import("./commands/version.ts")).version(options, context));
}

/** The options of the commands that read evidence. */
function reading(command: Command): Command {
  return command
    .option("--format <id>", "which reader takes the files (see `gate evidence formats`)", notEmpty)
    .option("--exit-code <[path=]code>", "with which code the tool that wrote a file ended", collect, [])
    .option("--keep-raw", "keep text that may hold secrets or personal data", false);
}
