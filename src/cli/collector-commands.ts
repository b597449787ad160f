import { type Command, InvalidArgumentError, Option } from "commander";
import { CONTENT_TYPES } from "../collect/content/rules.ts";
import { GITHUB_PARTS } from "../collect/forge/github.ts";
import { GITLAB_PARTS } from "../collect/forge/gitlab.ts";
import type { CommandContext } from "./context.ts";
import { collect, notEmpty } from "./options.ts";

/** The collector of what stands in texts. */
export function addContentCollector(collectors: Command, context: CommandContext): void {
  collectors
    .command("content")
    .description("what is made to mislead in texts that were supplied, as findings of the category `content`")
    .argument("[path...]", "files, or folders with texts")
    .option("--stdin", "look at standard input as well", false)
    .addOption(
      new Option("--as <type>", "as what standard input is read").choices([...CONTENT_TYPES]).default("markdown"),
    )
    .option(
      "--suppress <[rule=]pattern>",
      "mark what is found in these paths as accepted; may be repeated",
      collect,
      [],
    )
    .option("-o, --output <file>", "write to a file instead of printing", notEmpty)
    .action(async (paths: string[], options) =>
      (await import("./commands/evidence/collect-content.ts")).collectContent(paths, options, context),
    );
}

/** The collectors of what a forge knows, each loaded when it is asked for. */
export function addForgeCollectors(collectors: Command, context: CommandContext): void {
  forge(collectors.command("github"), "GITHUB_API_URL", "GITHUB_TOKEN", GITHUB_PARTS)
    .description("a pull request, how its branch is protected, environments and deployments, as GitHub's API says")
    .option("--repository <owner/name>", "the repository (default: GITHUB_REPOSITORY)", notEmpty)
    .option("--pull <number>", "the pull request (default: that of the workflow)", notEmpty)
    .option("--branch <name>", "whose protection is asked for (default: where the pull request goes to)", notEmpty)
    .action(async (options) =>
      (await import("./commands/evidence/collect-forge.ts")).collectFromGithub(options, context),
    );
  forge(collectors.command("gitlab"), "CI_API_V4_URL", "GITLAB_TOKEN or CI_JOB_TOKEN", GITLAB_PARTS)
    .description("a merge request, protected branches and deployments, as GitLab's API says")
    .option("--project <id-or-path>", "the project (default: CI_PROJECT_ID)", notEmpty)
    .option("--merge-request <iid>", "the merge request (default: that of the pipeline)", notEmpty)
    .action(async (options) =>
      (await import("./commands/evidence/collect-forge.ts")).collectFromGitlab(options, context),
    );
}

/** What the collectors of both forges can be told. */
function forge(command: Command, apiVariable: string, token: string, parts: readonly string[]): Command {
  return command
    .requiredOption("-o, --output <folder>", "where the files are written", notEmpty)
    .option("--from <path>", "a file or folder with answers that were saved; may be repeated", collect, [])
    .option("--network", `ask the API, with the token in ${token}`, false)
    .option("--api-url <url>", `where the API is (default: ${apiVariable}, else the public one)`, notEmpty)
    .option(
      "--part <name>",
      `what to ask for, may be repeated: ${parts.join(", ")} (default: all but environments and deployments)`,
      (value: string, previous: readonly string[]) => collect(oneOf(value, parts), previous),
      [],
    )
    .option("--environment <name>", "only deployments to this environment", notEmpty)
    .option("--since <time>", "only deployments since then (RFC 3339)", notEmpty);
}

function oneOf(value: string, known: readonly string[]): string {
  if (known.includes(value)) return value;
  throw new InvalidArgumentError(`It must be one of ${known.join(", ")}.`);
}
