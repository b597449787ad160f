import { collectDocumentation } from "../../../collect/documentation/index.ts";
import { collectMaintainability } from "../../../collect/maintainability/index.ts";
import { openParser } from "../../../collect/source/parser.ts";
import type { SourceContext } from "../../../collect/source/read.ts";
import type { Selection } from "../../../collect/source/select.ts";
import type { CommandContext } from "../../context.ts";
import { printOrWrite } from "../../write-file.ts";
import { pathInCheckout, requireCheckout } from "./checkout.ts";

export interface CollectCodeFlags {
  readonly exclude: readonly string[];
  readonly include: readonly string[];
  readonly output?: string;
}

/** `gate evidence collect docs`: how far the commit that is checked out is documented. */
export async function collectDocs(
  paths: readonly string[],
  flags: CollectCodeFlags,
  context: CommandContext,
): Promise<void> {
  await collectFrom(collectDocumentation, paths, flags, context);
}

/** `gate evidence collect code`: how complex the code of that commit is, and how its modules depend on each other. */
export async function collectCode(
  paths: readonly string[],
  flags: CollectCodeFlags,
  context: CommandContext,
): Promise<void> {
  await collectFrom(collectMaintainability, paths, flags, context);
}

async function collectFrom(
  collector: (selection: Selection, context: SourceContext) => Promise<object>,
  paths: readonly string[],
  { exclude, include, output }: CollectCodeFlags,
  context: CommandContext,
): Promise<void> {
  const { cwd, variables, installation } = context;
  const root = requireCheckout(cwd);
  const selection = { paths: paths.map((path) => pathInCheckout(path, root, cwd)), exclude, include };
  const parser = await openParser(installation.grammars);
  const text = `${JSON.stringify(await collector(selection, { root, variables, parser }), null, 2)}\n`;
  await printOrWrite(text, output, context);
}
