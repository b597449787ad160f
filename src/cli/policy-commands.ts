import { type Command, Option } from "commander";
import { SIGNING_ALGORITHMS } from "../policy/package/keys.ts";
import { ENGINES } from "../policy/testing/model.ts";
import { POLICY_TEST_OUTPUTS } from "../report/policy-test/registry.ts";
import type { CommandContext } from "./context.ts";
import { collect, notEmpty, percent, positiveInteger } from "./options.ts";

/** The commands of `gate policy`. */
export function addPolicy(program: Command, context: CommandContext): void {
  const policy = program.command("policy").description("work on policies");
  addList(policy, context);
  addCollections(policy, context);
  addTest(policy, context);
  addMutate(policy, context);
  addShow(policy, context);
  addDoc(policy, context);
  addImpact(policy, context);
  addBuild(policy, context);
  addSign(policy, context);
  addVerify(policy, context);
  addPush(policy, context);
  addPull(policy, context);
  addLint(policy, context);
  addCheck(policy, context);
  addFmt(policy, context);
  addCapabilities(policy, context);
  addLsp(policy, context);
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

function addCollections(policy: Command, context: CommandContext): void {
  policy
    .command("collections")
    .description("list the collections of gates that environments can take")
    .argument("[id]", "only this one")
    .option(
      "-c, --config <file>",
      "configuration (default: gate.yaml here or above, else the gates that ship with gate)",
      notEmpty,
    )
    .option("--json", "print JSON", false)
    .action(async (id: string | undefined, options) =>
      (await import("./commands/policy/collections.ts")).listCollections(id, options, context),
    );
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

function addMutate(policy: Command, context: CommandContext): void {
  policy
    .command("mutate")
    .description("change policies in small ways and say which changes no test notices")
    .argument("[folder...]", "policy folders (default: those of gate.yaml)")
    .option("--file <text>", "only mutate files whose path has this in it; may be repeated", collect, [])
    .option("--mutator <name>", "only mutants of this kind; may be repeated", collect, [])
    .option("--run <regex>", "only tests whose name matches", notEmpty)
    .addOption(new Option("--threshold <percent>", "fail below this score").argParser(percent))
    .addOption(
      new Option("--concurrency <count>", "mutants tested at the same time (default: one for each CPU)").argParser(
        positiveInteger,
      ),
    )
    .addOption(new Option("-f, --format <format>", "what to print").choices(["text", "json", "html"]).default("text"))
    .option("-o, --output <format=path>", "write to a file as well; may be repeated", collect, [])
    .action(async (folders: string[], options) =>
      (await import("./commands/policy/mutate.ts")).mutate(folders, options, context),
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

function addBuild(policy: Command, context: CommandContext): void {
  policy
    .command("build")
    .description("make a policy package (an OPA bundle of sources) and print its digest")
    .argument("[folder...]", "policy folders (default: policy.paths of gate.yaml)")
    .requiredOption("-o, --output <file>", "the package to write, a .tar.gz", notEmpty)
    .option("--revision <text>", "what you call this state of the sources, such as a commit or a version", notEmpty, "")
    .option("--tests", "put the tests (*_test.rego) into the package", false)
    .option("--builtin", "the folders use libraries that ship with gate", false)
    .action(async (folders: string[], options) =>
      (await import("./commands/policy/build.ts")).build(folders, options, context),
    );
}

function addSign(policy: Command, context: CommandContext): void {
  const command = policy
    .command("sign")
    .description("sign every file of a policy package")
    .argument("<package>", "a .tar.gz")
    .requiredOption("-o, --output <file>", "the signed package to write", notEmpty)
    .option("--key-id <id>", "what verifiers that hold several keys call this one", notEmpty, "default")
    .option(
      "--key <file>",
      "private key in PEM, or a file with a secret (default: the variable GATE_POLICY_KEY)",
      notEmpty,
    );
  withAlgorithm(command).action(async (path: string, options) =>
    (await import("./commands/policy/sign.ts")).sign(path, options, context),
  );
}

function addVerify(policy: Command, context: CommandContext): void {
  const command = policy
    .command("verify")
    .description("say whether a policy package is what the holder of a key signed")
    .argument("<package>", "a .tar.gz")
    .option(
      "--key <file>",
      "public key in PEM, or a file with a secret (default: the variable GATE_POLICY_KEY)",
      notEmpty,
    );
  withAlgorithm(command).action(async (path: string, options) =>
    (await import("./commands/policy/verify.ts")).verify(path, options, context),
  );
}

function withAlgorithm(command: Command): Command {
  return command.addOption(
    new Option("--alg <algorithm>", "how it is signed (default: what fits the key, RS256 for RSA)").choices(
      SIGNING_ALGORITHMS,
    ),
  );
}

function addPush(policy: Command, context: CommandContext): void {
  policy
    .command("push")
    .description("put a policy package into an OCI registry and print the digests")
    .argument("<reference>", "registry/name:tag")
    .argument("<package>", "a .tar.gz")
    .action(async (reference: string, path: string) =>
      (await import("./commands/policy/push.ts")).push(reference, path, context),
    );
}

function addPull(policy: Command, context: CommandContext): void {
  policy
    .command("pull")
    .description("fetch a policy package from an OCI registry, or all that gate.yaml names, and write gate.lock")
    .argument("[reference]", "registry/name:tag or registry/name@sha256:... (default: the packages of gate.yaml)")
    .option("-o, --output <file>", "the package to write, with a reference", notEmpty)
    .option("-c, --config <file>", "configuration (default: gate.yaml here or above)", notEmpty)
    .action(async (reference: string | undefined, options) =>
      (await import("./commands/policy/pull.ts")).pull(reference, options, context),
    );
}

function addLint(policy: Command, context: CommandContext): void {
  policy
    .command("lint")
    .description("hold policies against the rules of Regal and of gate")
    .argument("[folder...]", "policy folders (default: policy.paths of gate.yaml)")
    .addOption(
      new Option("-f, --format <format>", "what to print")
        .choices(["human", "json", "github", "sarif", "junit"])
        .default("human"),
    )
    .option("--warnings-as-errors", "exit 1 for warnings as well", false)
    .action(async (folders: string[], options) =>
      (await import("./commands/policy/lint.ts")).lint(folders, options, context),
    );
}

function addCheck(policy: Command, context: CommandContext): void {
  policy
    .command("check")
    .description("say everything that a check would refuse policies for, without building them")
    .argument("[folder...]", "policy folders (default: the policies of gate.yaml)")
    .option("--builtin", "the folders use libraries that ship with gate", false)
    .addOption(
      new Option("-f, --format <format>", "what to print").choices(["human", "json", "github"]).default("human"),
    )
    .action(async (folders: string[], options) =>
      (await import("./commands/policy/check.ts")).check(folders, options, context),
    );
}

function addFmt(policy: Command, context: CommandContext): void {
  policy
    .command("fmt")
    .description("format Rego in place, as opa fmt does, and list what was changed")
    .argument("[folder...]", "policy folders (default: policy.paths of gate.yaml)")
    .option("--check", "write nothing; exit 1 where something is not formatted", false)
    .option("--diff", "write nothing; print what would change", false)
    .action(async (folders: string[], options) =>
      (await import("./commands/policy/fmt.ts")).fmt(folders, options, context),
    );
}

function addCapabilities(policy: Command, context: CommandContext): void {
  policy
    .command("capabilities")
    .description("print what gates may call, as OPA's capabilities.json, for editors and for opa")
    .action(async () => (await import("./commands/policy/capabilities.ts")).capabilities(context));
}

function addLsp(policy: Command, context: CommandContext): void {
  policy
    .command("lsp")
    .description("start the language server of an installed Regal")
    .action(async () => (await import("./commands/policy/lsp.ts")).lsp(context));
}
