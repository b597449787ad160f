import { collectChange } from "../../../ci/change.ts";
import { repositoryRoot } from "../../../ci/git.ts";
import { GateError } from "../../../util/errors.ts";
import type { CommandContext } from "../../context.ts";
import { writeOutput } from "../../write-file.ts";

export interface CollectGitFlags {
  readonly base: string;
  readonly head: string;
  readonly output?: string;
}

/** `gate evidence collect git`: what a change is made of, from the checkout and nothing else. */
export async function collectGit(flags: CollectGitFlags, context: CommandContext): Promise<void> {
  const root = repositoryRoot(context.cwd);
  if (root === undefined) {
    throw new GateError("usage", "this is no git checkout", { hint: "Run it inside the repository." });
  }
  const change = await collectChange(root, flags.base, flags.head, context.variables);
  const text = `${JSON.stringify(change, null, 2)}\n`;
  if (flags.output === undefined) context.out(text);
  else await writeOutput(context.cwd, flags.output, text);
}
