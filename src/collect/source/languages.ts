import type { Language } from "./tree.ts";

const LANGUAGES: ReadonlyMap<string, Language> = new Map([
  ["cjs", "javascript"],
  ["cts", "typescript"],
  ["go", "go"],
  ["java", "java"],
  ["js", "javascript"],
  ["jsx", "javascript"],
  ["mjs", "javascript"],
  ["mts", "typescript"],
  ["py", "python"],
  ["ts", "typescript"],
  ["tsx", "typescript"],
]);

/** Files of languages that programs are written in and that are not understood, by the end of their names. */
const OTHER_LANGUAGES: ReadonlySet<string> = new Set([
  "astro",
  "c",
  "cc",
  "clj",
  "cpp",
  "cs",
  "cxx",
  "dart",
  "erl",
  "ex",
  "fs",
  "groovy",
  "h",
  "hpp",
  "hs",
  "jl",
  "kt",
  "lua",
  "ml",
  "php",
  "pl",
  "pm",
  "pyx",
  "rb",
  "rs",
  "scala",
  "svelte",
  "swift",
  "vb",
  "vue",
  "zig",
]);

/** The grammars that the build copies, by the names of their files. */
export const GRAMMARS = ["go", "java", "javascript", "python", "tsx", "typescript"] as const;

/** The language of a file by its name, `other` where it is source code of another one, undefined where it is none. */
export function languageOf(path: string): Language | "other" | undefined {
  const extension = /\.([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? "";
  return LANGUAGES.get(extension) ?? (OTHER_LANGUAGES.has(extension) ? "other" : undefined);
}

/** `<T>value` is an element in a file with elements, and an assertion in one without, so that there are two grammars. */
export function grammarOf(path: string, language: Language): (typeof GRAMMARS)[number] {
  return language === "typescript" && path.toLowerCase().endsWith(".tsx") ? "tsx" : language;
}
