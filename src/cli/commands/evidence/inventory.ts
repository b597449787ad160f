import { repositoryRoot } from "../../../ci/git.ts";
import { type Checkout, openCheckout } from "../../../collect/checkout.ts";
import { collectDockerfiles } from "../../../collect/dockerfile/collect.ts";
import { collectRepository } from "../../../collect/repository/collect.ts";
import type { CommandContext } from "../../context.ts";
import { printOrWrite } from "../../write-file.ts";
import { pathInCheckout } from "./checkout.ts";

export interface InventoryFlags {
  readonly path: readonly string[];
  readonly output?: string;
}

/** `gate evidence collect repo`: what is in the checkout. */
export async function collectRepo(flags: InventoryFlags, context: CommandContext): Promise<void> {
  await write(collectRepository(await checkoutOf(flags, context)), flags, context);
}

/** `gate evidence collect dockerfile`: what its Dockerfiles say. */
export async function collectDockerfile(flags: InventoryFlags, context: CommandContext): Promise<void> {
  await write(collectDockerfiles(await checkoutOf(flags, context)), flags, context);
}

async function write(inventory: object, { output }: InventoryFlags, context: CommandContext): Promise<void> {
  await printOrWrite(`${JSON.stringify(inventory, null, 1)}\n`, output, context);
}

/** Without git the folder is taken as it is. */
async function checkoutOf({ path }: InventoryFlags, { cwd, variables }: CommandContext): Promise<Checkout> {
  const repository = repositoryRoot(cwd);
  const root = repository ?? cwd;
  const hint = "--path names a folder or a file of the checkout.";
  const paths = path.map((one) => pathInCheckout(one, root, cwd, hint));
  return openCheckout(root, paths, repository !== undefined, variables);
}
