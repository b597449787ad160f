import { basename, dirname } from "node:path/posix";
import { readTracked, type TrackedFile, trackedFiles } from "../files.ts";
import type { UnreadFile } from "../source/parser.ts";
import { parseSources, type SourceContext } from "../source/read.ts";
import { type Selection, selectSources } from "../source/select.ts";
import type { Language } from "../source/tree.ts";
import { type FunctionMeasures, functionsOf } from "./functions.ts";
import { type Structure, structureOf } from "./graph.ts";
import { linksOf } from "./imports.ts";
import { createResolver, type GoModule, type LinkedFile } from "./resolve.ts";

/** One function, and where it is. */
export interface MeasuredFunction extends FunctionMeasures {
  readonly path: string;
  readonly language: Language;
}

/** How complex a commit's code is. The adapter `gate-maintainability` reads its JSON; the format is in `docs/formats/gate-maintainability.md`. */
export interface Maintainability extends Structure {
  readonly schema: "gate/maintainability/v1";
  /** Full id. */
  readonly commit: string;
  /** Source files that were measured. */
  readonly files: number;
  /** In the order of paths and lines. */
  readonly functions: readonly MeasuredFunction[];
  /** Source files of which nothing is known. */
  readonly unread: readonly UnreadFile[];
  /** Source files that were left out as tests, as generated, or by a pattern. */
  readonly excluded: number;
}

/**
 * Measures the functions and modules of the commit that is checked out.
 *
 * @throws {GateError} as `trackedFiles`, `selectSources` and `parseSources`
 */
export async function collectMaintainability(selection: Selection, context: SourceContext): Promise<Maintainability> {
  const { commit, files } = await trackedFiles(context.root, context.variables);
  const { selected, excluded } = selectSources(files, selection);
  const functions: MeasuredFunction[] = [];
  const linked: LinkedFile[] = [];
  const report = await parseSources(selected, context, (file) => {
    const { path, language } = file;
    functions.push(...functionsOf(file).map((measures) => ({ path, language, ...measures })));
    linked.push({ path, language, ...linksOf(file) });
  });
  const { modules, cycles } = structureOf(linked, createResolver(linked, await goModules(files, context)));
  return {
    schema: "gate/maintainability/v1",
    commit,
    files: linked.length,
    functions,
    modules,
    cycles,
    unread: report.unread,
    excluded: excluded + report.generated,
  };
}

/** A `go.mod` is some lines; what is larger is none. */
const MOST_GO_MOD_BYTES = 1 << 20;

async function goModules(
  files: readonly TrackedFile[],
  { root, variables }: SourceContext,
): Promise<readonly GoModule[]> {
  const found: GoModule[] = [];
  const wanted = files.filter(({ path, type, bytes }) => {
    return type === "file" && basename(path) === "go.mod" && bytes <= MOST_GO_MOD_BYTES;
  });
  for await (const [{ path }, content] of readTracked(root, variables, wanted)) {
    const name = /^module\s+"?([^\s"]+)/m.exec(content.toString("utf8"))?.[1];
    if (name !== undefined) found.push({ name, folder: dirname(path) });
  }
  return found;
}
