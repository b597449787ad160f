import { dirname } from "node:path/posix";
import { trackedFiles } from "../files.ts";
import type { UnreadFile } from "../source/parser.ts";
import { parseSources, type SourceContext } from "../source/read.ts";
import { type Selection, selectSources } from "../source/select.ts";
import type { Language, SourceFile } from "../source/tree.ts";
import { examplesOfGo, symbolsOfGo } from "./go.ts";
import { symbolsOfJava } from "./java.ts";
import { symbolsOfJavaScript } from "./javascript.ts";
import { symbolsOfPython } from "./python.ts";
import { both, type FileSymbols, UNSAID } from "./symbols.ts";

/** How far a source file, or a Go package, is documented. */
export interface ModuleDocumentation {
  readonly path: string;
  readonly language: Language;
  /** Whether it has a text of its own. */
  readonly documented: boolean;
  /** Whether that text has an example, or a test of its language is one of the whole module. */
  readonly example: boolean;
  readonly symbols: number;
  readonly documentedSymbols: number;
  /** Symbols with an example. */
  readonly examples: number;
  /** Names of symbols without a text, at most 50. */
  readonly undocumented: readonly string[];
}

/** How far a commit is documented. The adapter `gate-documentation` reads its JSON; the format is in `docs/formats/gate-documentation.md`. */
export interface Documentation {
  readonly schema: "gate/documentation/v1";
  /** Full id. */
  readonly commit: string;
  /** Files or packages that offer something, in the order of their paths. */
  readonly modules: readonly ModuleDocumentation[];
  /** Source files of which nothing is known. */
  readonly unread: readonly UnreadFile[];
  /** Source files that were left out as tests, as generated, or by a pattern. */
  readonly excluded: number;
}

const READERS: Readonly<Record<Language, (file: SourceFile) => FileSymbols>> = {
  go: symbolsOfGo,
  java: symbolsOfJava,
  javascript: symbolsOfJavaScript,
  python: symbolsOfPython,
  typescript: symbolsOfJavaScript,
};

const MOST_NAMES = 50;

/**
 * Measures how far the commit that is checked out is documented.
 *
 * @throws {GateError} as `trackedFiles`, `selectSources` and `parseSources`
 */
export async function collectDocumentation(selection: Selection, context: SourceContext): Promise<Documentation> {
  const { commit, files } = await trackedFiles(context.root, context.variables);
  const { selected, excluded } = selectSources(files, selection);
  const found = new Map<string, FileSymbols & { readonly language: Language }>();
  const report = await parseSources(selected, context, (file) => {
    const { language } = file;
    const path = language === "go" ? dirname(file.path) : file.path;
    const { module, symbols } = READERS[language](file);
    const known = found.get(path);
    found.set(path, {
      language,
      module: both(module, known?.module ?? UNSAID),
      symbols: [...(known?.symbols ?? []), ...symbols],
    });
  });
  const tests = files.filter(({ path, type }) => {
    return type === "file" && path.endsWith("_test.go") && found.get(dirname(path))?.language === "go";
  });
  const examples = new Map<string, Set<string>>();
  await parseSources(
    tests.map((file) => ({ file, language: "go" })),
    context,
    (file) => {
      const folder = dirname(file.path);
      const known = examples.get(folder) ?? new Set();
      examples.set(folder, new Set([...known, ...examplesOfGo(file)]));
    },
  );
  const modules = [...found].map(([path, module]) => moduleOf(path, module, examples.get(path) ?? new Set()));
  return {
    schema: "gate/documentation/v1",
    commit,
    modules: modules.filter(({ symbols }) => symbols > 0).toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    unread: report.unread,
    excluded: excluded + report.generated,
  };
}

function moduleOf(
  path: string,
  { language, module, symbols }: FileSymbols & { readonly language: Language },
  tested: ReadonlySet<string>,
): ModuleDocumentation {
  const undocumented = symbols.filter(({ documented }) => !documented).map(({ name }) => name);
  return {
    path,
    language,
    documented: module.documented,
    example: module.example || tested.has(""),
    symbols: symbols.length,
    documentedSymbols: symbols.length - undocumented.length,
    examples: symbols.filter(({ name, example }) => example || tested.has(name)).length,
    undocumented: undocumented.slice(0, MOST_NAMES),
  };
}
