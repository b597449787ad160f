import { collectChange } from "../../../ci/change.ts";
import type { CommandContext } from "../../context.ts";
import { printOrWrite } from "../../write-file.ts";
import { requireCheckout } from "./checkout.ts";

export interface CollectGitFlags {
  readonly base: string;
  readonly head: string;
  readonly output?: string;
}

/** `gate evidence collect git`: what a change is made of, from the checkout and nothing else. */
export async function collectGit(flags: CollectGitFlags, context: CommandContext): Promise<void> {
  const root = requireCheckout(context.cwd);
  const change = await collectChange(root, flags.base, flags.head, context.variables);
  await printOrWrite(`${JSON.stringify(change, null, 2)}\n`, flags.output, context);
}
