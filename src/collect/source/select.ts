import { GateError } from "../../util/errors.ts";
import { compileGlob, type PathMatcher } from "../../util/glob.ts";
import type { TrackedFile } from "../files.ts";
import { languageOf } from "./languages.ts";
import type { Language } from "./tree.ts";

/** Which source files are looked at. */
export interface Selection {
  /** Folders or files, relative to the repository's root; all of it where there is none. */
  readonly paths: readonly string[];
  /** Patterns of files that are left out, besides tests and generated code. */
  readonly exclude: readonly string[];
  /** Patterns of files that are looked at although they look like tests or generated code. */
  readonly include: readonly string[];
}

export interface SelectedFile {
  readonly file: TrackedFile;
  readonly language: Language | "other";
}

/** The source files of a selection, in the order of their paths, and how many were left out by patterns. */
export interface SelectedFiles {
  readonly selected: readonly SelectedFile[];
  readonly excluded: number;
}

/** Tests, and what they read. */
const TESTS = [
  "**/{test,tests,__tests__,__mocks__,spec,e2e,testdata,fixtures,__fixtures__}/**",
  "*.{test,spec,e2e,stories}.*",
  "*_test.{go,py}",
  "test_*.py",
  "conftest.py",
  "*{Test,Tests,TestCase,IT}.java",
];

/** What a program wrote, others wrote, or declares what is written elsewhere. */
const GENERATED = [
  "**/{node_modules,bower_components,vendor,third_party,dist,generated,__generated__}/**",
  "*.min.{js,mjs,cjs}",
  "*.d.{ts,mts,cts}",
  "*.{pb,gen,generated}.*",
  "*_{pb2,pb2_grpc}.py",
  "*_{generated,string}.go",
  "zz_generated.*",
];

/** Files of tests and generated files, by their names. */
const isUsual = matcherOf([...TESTS, ...GENERATED], "the patterns of gate");

/**
 * Picks the source files of a selection. Links are passed over: what they lead to has a name of its own.
 *
 * @throws {GateError} `usage` for a pattern that means nothing, or a path at which nothing is tracked
 */
export function selectSources(files: readonly TrackedFile[], selection: Selection): SelectedFiles {
  const isExcluded = matcherOf(selection.exclude, "--exclude");
  const isIncluded = matcherOf(selection.include, "--include");
  for (const path of selection.paths) {
    if (files.some((file) => isBelow(file.path, path))) continue;
    throw new GateError("usage", `nothing is committed at ${JSON.stringify(path)}`, {
      hint: "Paths are taken from the folder that you are in.",
    });
  }
  const sources = files.flatMap((file): readonly SelectedFile[] => {
    const language = languageOf(file.path);
    const isPlain = file.type === "file" || file.type === "executable";
    const isWanted = selection.paths.length === 0 || selection.paths.some((path) => isBelow(file.path, path));
    return language !== undefined && isPlain && isWanted ? [{ file, language }] : [];
  });
  const selected = sources.filter(({ file: { path } }) => {
    return !isExcluded(path) && (!isUsual(path) || isIncluded(path));
  });
  return { selected, excluded: sources.length - selected.length };
}

/** Whether a file says in its first lines that a program wrote it (Go's convention, and `@generated`). */
export function isGenerated(content: Buffer): boolean {
  const head = content.toString("latin1", 0, 2_000);
  return /^\/\/ Code generated .* DO NOT EDIT\.$/m.test(head) || /^\W*@generated\b/m.test(head);
}

function isBelow(path: string, folder: string): boolean {
  return folder === "" || path === folder || path.startsWith(`${folder}/`);
}

/** A matcher of some patterns; one without `/` is that of a name in any folder. */
function matcherOf(patterns: readonly string[], where: string): PathMatcher {
  const matchers = patterns.map((pattern) => {
    const matcher = compileGlob(pattern.includes("/") ? pattern : `**/${pattern}`);
    if (matcher === undefined)
      throw new GateError("usage", `${where} has no pattern of paths: ${JSON.stringify(pattern)}`);
    return matcher;
  });
  return (path) => matchers.some((matches) => matches(path));
}
