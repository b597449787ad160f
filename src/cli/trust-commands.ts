import { type Command, InvalidArgumentError } from "commander";
import type { CommandContext } from "./context.ts";
import { collect, notEmpty, positiveInteger, withStore } from "./options.ts";

/** The commands about people, their keys, and what they sign. */
export function addTrust(program: Command, context: CommandContext): void {
  addKey(program, context);
  addApprove(program, context);
  addBypass(program, context);
  addStatements(program, context);
}

function addKey(program: Command, context: CommandContext): void {
  const key = program.command("key").description("make and look at keys that statements are signed with");
  key
    .command("generate")
    .description("make an Ed25519 key; GATE_KEY_PASSPHRASE locks it")
    .option("-o, --output <file>", "where to write the private key", notEmpty, "key.pem")
    .action(async (options) => (await import("./commands/trust/key.ts")).generate(options, context));
  key
    .command("show")
    .description("print the line for trust.yaml and the fingerprint of a key")
    .argument("<file>", "a private or public key in PEM, or a .pub file of OpenSSH")
    .option("--log <name>", "print the verifier key of the log of that name instead", notEmpty)
    .action(async (file: string, options) => (await import("./commands/trust/key.ts")).show(file, options, context));
  withStore(
    key
      .command("rotate")
      .description("have another key sign a log from now on; the log says so, signed by both")
      .requiredOption("--key <file>", "the log's private key until now", notEmpty)
      .requiredOption("--new-key <file>", "its private key from now on, of `gate key generate`", notEmpty),
  ).action(async (options) => (await import("./commands/audit/keys.ts")).rotate(options, context));
  withStore(
    key
      .command("revoke")
      .description("take back what a former key of a log vouches for, as after it was stolen")
      .argument("<key>", "the former key: a verifier key, or a file that holds one")
      .requiredOption("--key <file>", "the log's private key", notEmpty)
      .requiredOption("--since <size>", "believe it for trees of at most so many entries", positiveInteger),
  ).action(async (revoked: string, options) =>
    (await import("./commands/audit/keys.ts")).revoke(revoked, options, context),
  );
}

function addApprove(program: Command, context: CommandContext): void {
  signing(program.command("approve"))
    .description("sign an approval of a closed advisory gate, or of an emergency bypass")
    .option("-e, --env <name>", "environment of gate.yaml", notEmpty)
    .option("-g, --gate <id>", "the closed gate", notEmpty)
    .option("--bypass <bypass>", "approve a bypass instead: its id, the first characters of it, or its file", notEmpty)
    .requiredOption("--reason <text>", "why", notEmpty)
    .option("--ticket <id>", "where it is written down", notEmpty)
    .option("--expires <duration>", "how long it holds, such as 4h or 7d (default: the most that is allowed)", notEmpty)
    .action(async (options) => (await import("./commands/trust/approve.ts")).approve(options, context));
}

function addBypass(program: Command, context: CommandContext): void {
  signing(program.command("bypass"))
    .description("sign a request to let a release through in an emergency; other people have to approve it")
    .requiredOption("-e, --env <name>", "environment of gate.yaml", notEmpty)
    .option("-g, --gate <id>", "a gate to let through; may be repeated (default: every closed gate)", collect, [])
    .requiredOption("--reason <text>", "why", notEmpty)
    .requiredOption("--ticket <id>", "the incident or ticket", notEmpty)
    .option("--hours <count>", "how long it holds, 1 to 4 (default: 1)", hours)
    .action(async (options) => (await import("./commands/trust/bypass.ts")).bypass(options, context));
}

function addStatements(program: Command, context: CommandContext): void {
  program
    .command("statements")
    .description("list signed approvals and bypasses, and say whether their signatures hold")
    .option("--statements <folder>", "folder of statements (default: .gate/approvals beside gate.yaml)", notEmpty)
    .option("-c, --config <file>", "configuration (default: gate.yaml here or above)", notEmpty)
    .option("--json", "one JSON object a line", false)
    .action(async (options) => (await import("./commands/trust/statements.ts")).statements(options, context));
}

/** The options of the commands that sign something about a decision. */
function signing(command: Command): Command {
  return command
    .option("--decision <decision>", "index, id or first characters of an id, or a file of `--output json=`", notEmpty)
    .option("--commit <id>", "the commit (default: the decision's)", notEmpty)
    .option("--repository <name>", "the repository (default: the decision's)", notEmpty)
    .option("--component <name>", "the component of gate.yaml (default: the decision's)", notEmpty)
    .option("--key <file>", "sign with a key of `gate key generate`", notEmpty)
    .option("--ssh-key <file>", "sign with a key of OpenSSH; a .pub file where the agent has the key", notEmpty)
    .option("--signer <name>", "who signs (default: whose key it is)", notEmpty)
    .option("--statements <folder>", "folder of statements (default: .gate/approvals beside gate.yaml)", notEmpty)
    .option("--store <file>", "audit store (default: audit.store of gate.yaml)", notEmpty)
    .option("-c, --config <file>", "configuration (default: gate.yaml here or above)", notEmpty);
}

function hours(value: string): number {
  const count = positiveInteger(value);
  if (count > 4) throw new InvalidArgumentError("An emergency bypass holds for at most 4 hours.");
  return count;
}
