import type { Command } from "commander";
import type { CommandContext } from "./context.ts";
import { collect, notEmpty, withStore } from "./options.ts";

/** The commands that take a decision out of the log to where no log is, and verify what comes from there. */
export function addAttestationCommands(program: Command, context: CommandContext): void {
  addAttest(program, context);
  addVerify(program, context);
}

/** The options of `gate check` about attestations. */
export function attesting(command: Command): Command {
  return command
    .option("--attest <format=path>", "write an attestation: dsse, bundle, statement; may be repeated", collect, [])
    .option("--attest-key <file>", "sign it with a private key in PEM, Ed25519 or P-256", notEmpty)
    .option("--attest-signer <command>", "sign it with a program: data on its standard input, signature out", notEmpty)
    .option("--attest-public-key <file>", "the public key that the program signs with", notEmpty)
    .option("--attest-resource <uri>", "what is attested of (default: git+https://HOST/REPOSITORY)", notEmpty)
    .option("--attest-verifier <uri>", "who attests (default: gate)", notEmpty);
}

function addAttest(program: Command, context: CommandContext): void {
  withStore(program.command("attest"))
    .description("say of a recorded decision, signed, what it was: a SLSA verification summary")
    .argument("[decision]", "index, id, or the first characters of an id (default: the last decision)")
    .option("-o, --output <format=path>", "write it: dsse, bundle, statement; may be repeated", collect, [])
    .option("--key <file>", "sign it with a private key in PEM, Ed25519 or P-256", notEmpty)
    .option("--signer <command>", "sign it with a program: data on its standard input, signature out", notEmpty)
    .option("--public-key <file>", "the public key that the program signs with", notEmpty)
    .option("--resource <uri>", "what is attested of (default: git+https://HOST/REPOSITORY)", notEmpty)
    .option("--verifier <uri>", "who attests (default: gate)", notEmpty)
    .action(async (reference: string | undefined, options) =>
      (await import("./commands/attest.ts")).attestCommand(reference, options, context),
    );
}

function addVerify(program: Command, context: CommandContext): void {
  program
    .command("verify")
    .description("verify a file that somebody handed over; exit 0 good, 1 not, 2 cannot tell")
    .argument("<file>", "an audit pack, a receipt, a DSSE envelope or a Sigstore bundle; - for standard input")
    .option("--key <file>", "a public key that may have signed it; may be repeated", collect, [])
    .option("--artifact <file>", "a file that it has to be about; may be repeated", collect, [])
    .option("--digest <algorithm:value>", "a digest that it has to be about; may be repeated", collect, [])
    .option("--commit <id>", "the commit that it has to be about", notEmpty)
    .option("--resource-uri <uri>", "the resource that it has to be about", notEmpty)
    .option("--verifier-id <uri>", "who has to have verified (default: gate)", notEmpty)
    .option("-e, --env <name>", "the environment that it has to let into", notEmpty)
    .option("--level <level>", "a level that it has to have; may be repeated", collect, [])
    .option("--policy <digest>", "the digest of the policies that it has to name", notEmpty)
    .option("--max-age <duration>", "how long ago it may have been verified, such as 4h or 7d", notEmpty)
    .option("--now <time>", "the time that it is held against (default: the clock)", notEmpty)
    .option("--json", "print the result as JSON", false)
    .option("--log-key <key>", "of a receipt or pack: the log's verifier key, or a file that holds it", notEmpty)
    .option(
      "--checkpoint <checkpoint>",
      "of a receipt or pack: a checkpoint that was kept: '<origin> <size> <root>'",
      notEmpty,
    )
    .option("--decision <file>", "of a receipt: the document that has to be the recorded one", notEmpty)
    .option("--decisions", "of a pack: make its decisions again, too, and compare the bytes", false)
    .action(async (file: string, options) => (await import("./commands/verify.ts")).verifyFile(file, options, context));
}
