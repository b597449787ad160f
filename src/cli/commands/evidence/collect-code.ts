import { relative, resolve, sep } from "node:path";
import { repositoryRoot } from "../../../ci/git.ts";
import { collectDocumentation } from "../../../collect/documentation/index.ts";
import { collectMaintainability } from "../../../collect/maintainability/index.ts";
import { openParser } from "../../../collect/source/parser.ts";
import type { SourceContext } from "../../../collect/source/read.ts";
import type { Selection } from "../../../collect/source/select.ts";
import { GateError } from "../../../util/errors.ts";
import type { CommandContext } from "../../context.ts";
import { writeOutput } from "../../write-file.ts";

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
  const root = repositoryRoot(cwd);
  if (root === undefined) {
    throw new GateError("usage", "this is no git checkout", { hint: "Run it inside the repository." });
  }
  const selection = { paths: paths.map((path) => pathIn(root, cwd, path)), exclude, include };
  const parser = await openParser(installation.grammars);
  const text = `${JSON.stringify(await collector(selection, { root, variables, parser }), null, 2)}\n`;
  if (output === undefined) context.out(text);
  else await writeOutput(cwd, output, text);
}

/** A path of the command line as git names it; the root itself is empty. */
function pathIn(root: string, cwd: string, path: string): string {
  const found = relative(root, resolve(cwd, path)).split(sep).join("/");
  if (found === ".." || found.startsWith("../")) {
    throw new GateError("usage", `${JSON.stringify(path)} is outside of the checkout`);
  }
  return found;
}
